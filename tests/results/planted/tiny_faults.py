"""Faults of a tree of MLPerf Tiny; the official checker looks at few things."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from edgebench.mlperf.tiny.tree import BENCHMARKS
from tests.results.planted.faults import (
    Fault,
    Harm,
    all_of,
    as_json,
    edited,
    field,
    moved,
    removed,
    without,
    written,
)

HOME = "closed/Org"
SYSTEM = f"{HOME}/systems/board.json"
RESULTS = f"{HOME}/results/board"
KWS, SWW = f"{RESULTS}/kws", f"{RESULTS}/sww"
ENERGY = f"{KWS}/energy"
SWW_ENERGY = f"{SWW}/energy/results.txt"


def window(number: int, benchmark: str = KWS, **values: Any) -> Harm:
    def change(rows: list[Any]) -> None:
        rows[number]["infer"].update(values)

    return as_json(f"{benchmark}/performance/results.json", change)


def rows_of(mode: str, change: Callable[[list[Any]], object], benchmark: str = KWS) -> Harm:
    return as_json(f"{benchmark}/{mode}/results.json", change)


def as_another(below: str, other: str) -> Harm:
    """Put the performance of one benchmark in the place of another's."""

    def harm(root: Path) -> None:
        for name in ("results.txt", "results.json"):
            content = (root / other / "performance" / name).read_bytes()
            (root / below / "performance" / name).write_bytes(content)

    return harm


def of_every_benchmark() -> dict[str, Fault]:
    """Return the faults that all but the streaming benchmark can have, one of each for each."""
    found: dict[str, Fault] = {}
    for name, rules in BENCHMARKS.items():
        if rules.is_streamed:
            continue
        folder = f"{RESULTS}/{name}"
        figure, low = ("AUC = 0.9", "AUC = 0.7") if rules.metric == "auc" else ("= 98.0", "= 70.0")
        rate, cost = ("10.000", "757.3227") if rules.needs else ("40.000", "252.7773")
        found |= {
            f"{name}: accuracy below the target": Fault(
                edited(f"{folder}/accuracy/results.txt", figure, low, 1), "is below the benchmark's"
            ),
            f"{name}: answers of another accuracy": Fault(
                rows_of("accuracy", answered_wrong, folder),
                "the answers in results.json come to",
                False,
            ),
            f"{name}: inputs left out": Fault(
                rows_of("accuracy", lambda r: r.__delitem__(slice(100, None)), folder),
                "accuracy on",
                False,
            ),
            f"{name}: a faster median": Fault(
                edited(f"{folder}/performance/results.txt", f"is     {rate}", "is    400.000"),
                "says a median of 400",
                False,
            ),
            f"{name}: a window left out": Fault(
                rows_of("performance", lambda r: r.pop(), folder), "4 windows; the rules", False
            ),
            f"{name}: cheaper inferences": Fault(
                edited(f"{folder}/energy/results.txt", f"cost is {cost}", "cost is 1.0000"),
                "says a median of",
                False,
            ),
            f"{name}: a shorter trial": Fault(
                rows_of(
                    "energy",
                    lambda r: r[2]["power"].update(timestamps=[["00", 9], ["01", 99]]),
                    folder,
                ),
                "trial 2: 0.09 s; the rules want 10",
                False,
            ),
        }
    return found


def cut_short(rows: list[Any]) -> None:
    rows[2]["power"].update(timestamps=[["00", 9], ["01", 99]])


def answered_wrong(rows: list[Any]) -> None:
    for row in rows[:200]:
        row["infer"]["results"].reverse()
        if len(row["infer"]["results"]) == 1:
            row["infer"]["results"] = [1.0 - row["infer"]["results"][0]]


def emptied(below: str) -> Harm:
    return lambda root: (root / below / "nothing").mkdir()


def linked(below: str) -> Harm:
    def harm(root: Path) -> None:
        (root / below).symlink_to("results.txt")

    return harm


OFFICIAL: Mapping[str, Fault] = {
    "no system": Fault(removed(SYSTEM), "is missing"),
    "status": Fault(field(SYSTEM, "Status", "soon"), "Status is 'soon'"),
    "system type": Fault(field(SYSTEM, "system_type", "edge"), "crashes on it"),
    "unknown benchmark": Fault(moved(KWS, "keywords"), "no benchmark's name"),
    "ic2 alone": Fault(moved(f"{RESULTS}/ic", "vww2"), "only together with results of ic"),
    "accuracy too low": Fault(
        edited(f"{KWS}/accuracy/results.txt", "Top 1% = 98.0", "Top 1% = 89.0"),
        "89 is below the benchmark's 90",
    ),
    "AUC too low": Fault(
        edited(f"{RESULTS}/ad/accuracy/results.txt", "AUC = 0.9", "AUC = 0.7"),
        "is below the benchmark's 0.85",
    ),
    "no accuracy": Fault(edited(f"{KWS}/accuracy/results.txt", "Top 1%", "Top"), "has no Top 1%"),
    "no accuracy results": Fault(removed(f"{KWS}/accuracy/results.txt"), "is missing"),
    "no median": Fault(
        edited(f"{KWS}/performance/results.txt", "Median throughput", "Throughput"),
        "no line says `Median throughput",
    ),
    "no energy": Fault(
        edited(f"{ENERGY}/results.txt", "Median energy", "Energy"), "no line says `Median energy"
    ),
    "a link": Fault(linked(f"{KWS}/accuracy/link.txt"), "a symbolic link"),
    "an empty folder": Fault(emptied(f"{KWS}/accuracy"), "an empty folder"),
    "compiled Python": Fault(written(f"{HOME}/code/__pycache__/x.pyc", "x"), "compiled Python"),
}
"""What the official checker refuses, too."""

STRICTER: Mapping[str, Fault] = {
    # With energy the official checker reads that run alone.
    "false alarms": Fault(
        edited(f"{SWW}/performance/results.txt", "3 False positives", "9 False positives"),
        "2 missed and 9 false detections",
        False,
    ),
    "no duty cycle": Fault(
        edited(f"{SWW}/performance/results.txt", "duty cycle", "load"),
        "does not state",
        False,
    ),
    "too few words": Fault(
        edited(f"{SWW}/performance/results.txt", "48 True", "40 True"),
        "are not 50 words",
        False,
    ),
    "no performance": Fault(moved(f"{KWS}/performance", "speed"), "no mode's name", False),
    "no Board Name": Fault(without(SYSTEM, "Board Name"), "no field 'Board Name'", False),
    "no log": Fault(removed(f"{KWS}/accuracy/log.txt"), "log.txt: is missing", False),
    "no code": Fault(moved(f"{HOME}/code", "src"), "code: is missing", False),
    "a stranger": Fault(written(f"{KWS}/accuracy/notes.txt", "x"), "does not belong here", False),
    "short window": Fault(
        all_of(
            window(1, elapsed_time=9_000_000, end_time=9_001_000, throughput=440 / 9),
            edited(f"{KWS}/performance/results.txt", "Runtime: 11.000001", "Runtime: 9.0"),
        ),
        "window 2: 9 s and 440",
        False,
    ),
    "four windows": Fault(rows_of("performance", lambda r: r.pop()), "4 windows; the rules", False),
    "throughput contradicts": Fault(
        window(0, throughput=4000.0), "says window 1: 4000, its iterations and time 40", False
    ),
    "time contradicts": Fault(
        window(0, end_time=2000), "elapsed 1.1e+07, start and end 1000", False
    ),
    "median contradicts": Fault(
        edited(f"{KWS}/performance/results.txt", "is     40.000", "is    400.000"),
        "says a median of 400",
        False,
    ),
    "text contradicts": Fault(
        edited(f"{KWS}/performance/results.txt", "# Inferences : 440", "# Inferences : 880", 1),
        "one of them was changed",
        False,
    ),
    "no number": Fault(window(0, iterations="many"), "is not a whole number", False),
    "answers contradict": Fault(
        edited(f"{KWS}/accuracy/results.txt", "Top 1% = 98.0", "Top 1% = 99.0"),
        "the answers in results.json come to 98",
        False,
    ),
    "AUC contradicts": Fault(
        edited(f"{KWS}/accuracy/results.txt", "AUC = 0.9", "AUC = 1.9"),
        "the answers in results.json come to 0.98",
        False,
    ),
    "few inputs": Fault(
        rows_of("accuracy", lambda r: r.__delitem__(slice(500, None))), "accuracy on 500", False
    ),
    "labels changed": Fault(
        rows_of("accuracy", lambda r: [each.update({"class": "0"}) for each in r[:100]]),
        "the answers in results.json come to",
        False,
    ),
    "no answers": Fault(
        rows_of("accuracy", lambda r: r[0]["infer"].pop("results")), "has no results", False
    ),
    "one trial": Fault(
        rows_of("energy", lambda r: r.__delitem__(slice(1, None))), "1 trials of energy", False
    ),
    "trial of 5 s": Fault(
        rows_of("energy", lambda r: r[0]["power"].update(timestamps=[["00", 200], ["01", 5200]])),
        "trial 0: 5 s; the rules want 10",
        False,
    ),
    "energy contradicts": Fault(
        edited(f"{ENERGY}/results.txt", "Median energy cost is 2", "Median energy cost is 1"),
        "says a median of 1",
        False,
    ),
    "power contradicts": Fault(
        edited(f"{ENERGY}/results.txt", "Power         : 1", "Power         : 2"),
        "its power and time",
        False,
    ),
    "one mark": Fault(
        rows_of("energy", lambda r: r[0]["power"].update(timestamps=[["00", 200]])),
        "the meter saw 1 marks",
        False,
    ),
    "other model": Fault(moved(KWS, "vww3"), "no benchmark's name"),
    "model of another": Fault(
        edited(f"{KWS}/performance/log.txt", "kws01", "vww01"), "the device called its model", False
    ),
    "detections contradict": Fault(
        as_json(
            f"{SWW}/performance/results.json",
            lambda r: r[0]["infer"].update(detections=r[0]["infer"]["detections"][:20]),
        ),
        "results.json comes to",
        False,
    ),
    "duty cycle contradicts": Fault(
        as_json(
            f"{SWW}/performance/results.json",
            lambda r: r[0]["dutycycle"].update(duty_cycle=0.9),
        ),
        "says a duty cycle of 0.5, results.json 0.9",
        False,
    ),
    "throughput of a stream contradicts": Fault(
        edited(f"{SWW}/performance/results.txt", "throughput: 62.5", "throughput: 125"),
        "duty cycle and period 62.5",
        False,
    ),
    "damaged JSON": Fault(
        written(f"{KWS}/performance/results.json", '[{"infer'), "damaged or cut short", False
    ),
}
"""What only our check finds."""

STREAMED: Mapping[str, Fault] = {
    "sww: misses": Fault(
        edited(SWW_ENERGY, "48 True positives, 2 False", "40 True positives, 10 False"),
        "10 missed and 3 false detections",
    ),
    "sww: false alarms": Fault(
        edited(SWW_ENERGY, "3 False positives", "30 False positives"),
        "2 missed and 30 false detections",
    ),
    "sww: no run": Fault(
        all_of(moved(f"{SWW}/energy", "e"), moved(f"{SWW}/performance", "p")), "has no run"
    ),
    "sww: no power": Fault(edited(SWW_ENERGY, "  Power ", "  Load "), "states no power", False),
    "sww: no plot": Fault(removed(f"{SWW}/energy/energy_inf_000.png"), "is missing", False),
    "sww: too few words": Fault(edited(SWW_ENERGY, "48 True", "8 True"), "are not 50 words", False),
    "sww: detections contradict": Fault(
        edited(SWW_ENERGY, "3 False positives", "1 False positives"),
        "results.json comes to 48, 2, 3",
        False,
    ),
    "sww: a smaller duty cycle": Fault(
        edited(SWW_ENERGY, "duty cycle: 0.5", "duty cycle: 0.05"),
        "one of them was changed",
        False,
    ),
    "sww: a faster throughput": Fault(
        edited(SWW_ENERGY, "throughput: 62.5", "throughput: 625"),
        "duty cycle and period 62.5",
        False,
    ),
    "sww: damaged": Fault(written(f"{SWW}/energy/results.json", "[{"), "damaged or cut", False),
    "sww: less power": Fault(
        edited(SWW_ENERGY, ": 20.0000 mW", ": 2.0000 mW"),
        "says trial 0: ",
        False,
    ),
    "sww: a folder that nobody reads": Fault(
        moved(f"{SWW}/performance", "streaming"), "no mode's name", False
    ),
    "sww: another model": Fault(
        edited(f"{SWW}/energy/log.txt", "sww01", "kws01"),
        "the device called its model kws01",
        False,
    ),
}
"""Of the streaming wake word, whose energy the official checker reads, with the rest."""

LARGER: Mapping[str, Fault] = {
    "ic2: the smaller one's performance": Fault(
        as_another(f"{RESULTS}/ic2", f"{RESULTS}/ic"), "the same file as ic's", False
    ),
    "ic2: the smaller one's accuracy": Fault(
        edited(f"{RESULTS}/ic2/accuracy/results.txt", "Top 1% = 98.0", "Top 1% = 88.0"),
        "88 is below the benchmark's 91",
    ),
    "ic: the larger model": Fault(
        all_of(
            edited(f"{RESULTS}/ic/accuracy/log.txt", "ic01", "ic02"),
            edited(f"{RESULTS}/ic/energy/log.txt", "ic01", "ic02"),
            edited(f"{RESULTS}/ic/performance/log.txt", "ic01", "ic02"),
        ),
        "the device called its model ic02",
        False,
    ),
}

TINY_FAULTS: Mapping[str, Fault] = {
    **OFFICIAL,
    **STRICTER,
    **of_every_benchmark(),
    **STREAMED,
    **LARGER,
}
