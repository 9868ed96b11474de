"""Energies of one meter and of two: what their own errors do to a comparison."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgebench.errors import NotComparable, RunDirectoryInvalid
from edgebench.harness.run.session import CompletedRuns
from edgebench.results.comparison.compare_runs import RunChange, compare_runs
from tests.results.made_runs import copied

PPK2 = {
    "name": "ppk2",
    "serial": "C0FFEE",
    "range": "3.3 V, source mode",
    "channels": ["VOUT"],
    "is_estimate": False,
    "accuracy": {"of_reading": 0.10, "offset_w": 1e-6, "source": "made", "others": []},
}
OTHER = {**PPK2, "serial": "BADBEEF"}
RAPL = {
    "name": "rapl",
    "serial": "machine 12345678",
    "range": "",
    "channels": ["package-0"],
    "is_estimate": True,
    "accuracy": {"of_reading": 0.05, "offset_w": 0.0, "source": "made", "others": []},
}
ENERGY = "energy per inference"
COUNT, SECONDS = 1000, 10.0


@pytest.fixture
def stream(finished: CompletedRuns) -> Path:
    return next(run.path for run in finished.runs if run.record.scenario == "SingleStream")


def energy(joules: float, meter: dict[str, Any], random_share: float = 0.001) -> dict[str, Any]:
    limit = meter["accuracy"]["of_reading"]
    return {
        "meter": meter,
        "energy_j": joules,
        "uncertainty_j": joules * 0.95 * limit,
        "repeat_uncertainty_j": joules * random_share,
        "per_inference_j": joules / COUNT,
        "average_w": joules / SECONDS,
        "inferences": COUNT,
        "window_s": SECONDS,
    }


def runs(
    stream: Path, out: Path, joules: list[float], *meters: dict[str, Any], first: int = 0
) -> Path:
    for number, each in enumerate(joules):
        meter = meters[number % len(meters)]

        def change(record: dict[str, Any], each: float = each, meter: Any = meter) -> None:
            record["energy"] = energy(each, meter)
            record["performance"]["others_cpu_share"] = 0.0

        copied(stream, out / f"{first + number:02d}", change)
    return out


def found(changes: list[RunChange]) -> RunChange | None:
    return next((each for each in changes if each.quantity == ENERGY), None)


def test_one_meter_s_gain_error_is_common_to_both_sides(stream: Path, tmp_path: Path) -> None:
    before = runs(stream, tmp_path / "before", [1.0, 1.002, 0.999], PPK2)
    after = runs(stream, tmp_path / "after", [0.94, 0.941, 0.939], PPK2, first=10)
    change = found(compare_runs(before, after))
    assert change is not None
    assert change.change.verdict == "faster"  # by 6 %, though the meter's limit is 10 %
    assert change.change.ratio == pytest.approx(0.94, abs=0.003)
    assert change.change.high - change.change.low < 0.02
    assert not any("limits of error" in note for note in change.notes)


def test_one_run_each_by_one_meter_shows_a_change_too(stream: Path, tmp_path: Path) -> None:
    before = runs(stream, tmp_path / "before", [1.0], PPK2)
    after = runs(stream, tmp_path / "after", [0.94], PPK2)
    change = found(compare_runs(before, after))
    assert change is not None
    assert change.change.verdict == "faster"


def test_two_meters_with_the_same_true_energy_are_seldom_called_different(
    stream: Path, tmp_path: Path
) -> None:
    different = 0
    rng = np.random.default_rng(0)
    pairs = 20
    for number in range(pairs):
        gains = 1 + 0.1 * rng.uniform(-1, 1, 2)
        scatter = 1 + 0.0005 * rng.normal(0, 1, (2, 3))
        sides = [
            runs(stream, tmp_path / f"{number}{side}", list(gain * scatter[side]), meter)
            for side, (gain, meter) in enumerate(zip(gains, (PPK2, OTHER), strict=True))
        ]
        change = found(compare_runs(*sides))
        assert change is not None
        assert any(note.startswith("energy: two meters") for note in change.notes)
        assert any("meter's serial number: C0FFEE -> BADBEEF" in each for each in change.differs)
        different += change.change.verdict != "can't tell"
    assert different <= 3  # 5 of 100 are expected; as many gain errors as runs made it 35 to 73


def test_two_meters_show_what_is_more_than_their_errors(stream: Path, tmp_path: Path) -> None:
    before = runs(stream, tmp_path / "before", [1.0, 1.002, 0.999], PPK2)
    after = runs(stream, tmp_path / "after", [0.5, 0.501, 0.502], OTHER)
    change = found(compare_runs(before, after))
    assert change is not None
    assert change.change.verdict == "faster"
    assert change.change.high - change.change.low > 0.1


def test_a_meter_of_unknown_serial_number_may_be_two(stream: Path, tmp_path: Path) -> None:
    nameless = {**PPK2, "serial": ""}
    before = runs(stream, tmp_path / "before", [1.0, 1.002, 0.999], nameless)
    after = runs(stream, tmp_path / "after", [0.94, 0.941, 0.939], nameless)
    change = found(compare_runs(before, after))
    assert change is not None
    assert change.change.verdict == "can't tell"
    assert any("not known to be one meter (no serial number)" in note for note in change.notes)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"serial": "BADBEEF"}, "meter's serial number: C0FFEE / BADBEEF"),
        ({"name": "joulescope"}, "meter: ppk2 / joulescope"),
        ({"range": "5 V, source mode"}, "meter's range: 3.3 V, source mode / 5 V, source mode"),
        ({"channels": ["VIN"]}, "rails: VOUT / VIN"),
    ],
)
def test_repeats_by_different_meters_are_not_pooled(
    stream: Path, tmp_path: Path, changed: dict[str, Any], says: str
) -> None:
    mixed = runs(stream, tmp_path / "mixed", [1.0, 1.0], PPK2, {**PPK2, **changed})
    other = runs(stream, tmp_path / "other", [1.0], PPK2)
    with pytest.raises(NotComparable, match=says):
        compare_runs(mixed, other)


def test_an_estimate_is_not_compared_with_a_measurement(stream: Path, tmp_path: Path) -> None:
    before = runs(stream, tmp_path / "before", [1.0, 1.0, 1.0], PPK2)
    after = runs(stream, tmp_path / "after", [0.4, 0.4, 0.4], RAPL)
    changes = compare_runs(before, after)
    assert found(changes) is None
    assert "energy is not compared: ppk2 and rapl do not measure the same" in changes[0].notes
    assert "meter: ppk2 -> rapl" in changes[0].differs


def test_two_rails_of_one_kind_of_meter_are_not_compared(stream: Path, tmp_path: Path) -> None:
    sensors = {**PPK2, "name": "hwmon", "channels": ["VDD_IN"]}
    before = runs(stream, tmp_path / "before", [1.0], sensors)
    after = runs(stream, tmp_path / "after", [0.4], {**sensors, "channels": ["VDD_CPU"]})
    changes = compare_runs(before, after)
    assert found(changes) is None
    note = "energy is not compared: hwmon measured VDD_IN before, VDD_CPU after"
    assert note in changes[0].notes


SHELLY = {**PPK2, "name": "shelly:plug", "channels": ["0"], "measured_at": "mains"}
CPU_RAIL = {**PPK2, "name": "hwmon", "channels": ["VDD_CPU"], "measured_at": "rails"}
WHOLE = {**PPK2, "name": "hwmon", "channels": ["VDD_IN"], "measured_at": "inlet"}
JOULESCOPE = {**PPK2, "name": "joulescope", "channels": ["IN"], "measured_at": "inlet"}
SCPI = {**PPK2, "name": "scpi:analyzer", "channels": ["1"], "measured_at": "unknown"}
OLD_INLET = {**PPK2, "channels": ["0"]}
NO_PLACE = {**PPK2, "name": "shelly:plug", "channels": ["0"], "measured_at": None}
OLD_PLUG = {**PPK2, "name": "shelly:plug", "channels": ["0"]}


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        (CPU_RAIL, SHELLY, "hwmon measured rails of the board, shelly the mains"),
        (WHOLE, SHELLY, "hwmon measured the board's inlet, shelly the mains"),
        (JOULESCOPE, CPU_RAIL, "joulescope measured the board's inlet, hwmon rails of the"),
        (CPU_RAIL, SCPI, "hwmon measured VDD_CPU before, scpi 1 after"),
        (OLD_PLUG, OLD_INLET, "a run of an earlier edgebench does not say where shelly measured"),
        (JOULESCOPE, OLD_PLUG, "a run of an earlier edgebench does not say where shelly measured"),
        (JOULESCOPE, NO_PLACE, "a run of an earlier edgebench does not say where shelly measured"),
        (OLD_INLET, SHELLY, "a run of an earlier edgebench does not say where ppk2 measured"),
    ],
)
def test_two_sides_of_a_supply_are_not_compared(
    stream: Path, tmp_path: Path, first: dict[str, Any], second: dict[str, Any], says: str
) -> None:
    before = runs(stream, tmp_path / "before", [1.0], first)
    after = runs(stream, tmp_path / "after", [0.4], second)
    changes = compare_runs(before, after)
    assert found(changes) is None
    assert any(note.startswith(f"energy is not compared: {says}") for note in changes[0].notes)


def test_older_runs_by_one_kind_of_meter_are_compared(stream: Path, tmp_path: Path) -> None:
    before = runs(stream, tmp_path / "before", [1.0], OLD_PLUG)
    after = runs(stream, tmp_path / "after", [0.4], SHELLY)
    assert found(compare_runs(before, after)) is not None


def test_meters_at_one_side_of_a_supply_are_compared(stream: Path, tmp_path: Path) -> None:
    before = runs(stream, tmp_path / "before", [1.0], JOULESCOPE)
    after = runs(stream, tmp_path / "after", [0.4], WHOLE)
    assert found(compare_runs(before, after)) is not None
    after = runs(stream, tmp_path / "scpi", [0.4], SCPI)
    change = found(compare_runs(before, after))
    assert change is not None
    assert any("whether joulescope and scpi measured at the same side" in x for x in change.notes)


@pytest.mark.parametrize("value", [3, ["inlet"]])
def test_a_side_of_another_type_is_damage(value: object, stream: Path, tmp_path: Path) -> None:
    after = runs(stream, tmp_path / "after", [0.4], {**SHELLY, "measured_at": value})
    with pytest.raises(RunDirectoryInvalid, match=r"`energy\.meter\.measured_at` must be a string"):
        compare_runs(after, after)


@pytest.mark.parametrize("value", ["unknown", "a cloud"])
def test_a_side_that_a_record_does_not_say_is_unknown(
    value: str, stream: Path, tmp_path: Path
) -> None:
    before = runs(stream, tmp_path / "before", [1.0], JOULESCOPE)
    after = runs(stream, tmp_path / "after", [0.4], {**SHELLY, "measured_at": value})
    change = found(compare_runs(before, after))
    assert change is not None
    assert any("whether joulescope and shelly measured at the same side" in x for x in change.notes)


def with_limits(*others: tuple[str, float, float]) -> dict[str, Any]:
    """A sum of rails, by its limits: a name, of the reading, an offset in watts."""
    limits = [{"name": n, "of_reading": of, "offset_w": w} for n, of, w in others]
    accuracy = {"of_reading": 0.0, "offset_w": 0.0, "source": "made", "others": limits}
    return {**PPK2, "name": "hwmon", "channels": ["VDD_IN"], "accuracy": accuracy}


def width(change: RunChange | None) -> float:
    assert change is not None
    return (change.change.high - change.change.low) / 2


def test_shunts_of_rails_whose_shares_move_do_not_cancel(stream: Path, tmp_path: Path) -> None:
    def side(name: str, joules: float, share: float) -> Path:
        meter = with_limits(("shunt of A", 0.1 * share, 0.0), ("shunt of B", 0.1 - 0.1 * share, 0))
        energies = [joules, joules * 1.001, joules * 0.999]
        return runs(stream, tmp_path / name, energies, with_own_limit(meter))

    before, same, moved = side("before", 1.0, 0.9), side("same", 0.9, 0.9), side("moved", 0.9, 0.2)
    assert width(found(compare_runs(before, same))) < 0.01
    # Each shunt's 10 % count as far as the shares moved, by 0.7.
    assert 0.9 * 0.1 < width(found(compare_runs(before, moved))) < 0.9 * 0.15


def with_own_limit(meter: dict[str, Any]) -> dict[str, Any]:
    return {**meter, "accuracy": {**meter["accuracy"], "of_reading": 1e-6}}


def test_zeros_of_two_ranges_are_two_errors(stream: Path, tmp_path: Path) -> None:
    def side(name: str, offset_w: float) -> Path:
        meter = with_own_limit(with_limits(("zero", 0.0, offset_w)))
        return runs(stream, tmp_path / name, [1.0, 1.001, 0.999], meter)

    low, low_too, high = side("low", 1e-5), side("low too", 1.01e-5), side("high", 0.01)
    # 10 mW of 100 mW, whichever side has it first.
    for sides in ((low, high), (high, low)):
        assert width(found(compare_runs(*sides))) == pytest.approx(0.095, rel=0.1)
    assert width(found(compare_runs(low, low_too))) < 0.01
    assert width(found(compare_runs(high, high))) < 0.01


def test_an_accuracy_that_is_not_stated_is_not_part_of_an_interval(
    stream: Path, tmp_path: Path
) -> None:
    def change(record: dict[str, Any]) -> None:
        record["energy"] = {**energy(1.0, {**PPK2, "serial": ""}), "uncertainty_j": None}
        record["energy"]["meter"]["accuracy"] = None

    for name in ("before", "after"):
        copied(stream, tmp_path / name, change)
    notes = compare_runs(tmp_path / "before", tmp_path / "after")[0].notes
    assert any("accuracy is not stated" in each for each in notes)
    assert not any("limits of error" in each for each in notes)


def test_a_virtual_meter_is_named(stream: Path, tmp_path: Path) -> None:
    played = {**PPK2, "name": "virtual:ppk2", "is_estimate": True, "serial": "seed 0"}
    before = runs(stream, tmp_path / "before", [1.0], played)
    after = runs(stream, tmp_path / "after", [0.9], played)
    changes = compare_runs(before, after)
    assert found(changes) is not None
    assert "energy by virtual:ppk2 is of no board: a meter that is played" in changes[0].notes


def test_records_without_the_part_that_repeats_differ_by_are_compared_as_before(
    stream: Path, tmp_path: Path
) -> None:
    def old(record: dict[str, Any]) -> None:
        record["energy"] = energy(1.0, PPK2)
        record["energy"].pop("repeat_uncertainty_j")

    for name in ("before", "after"):
        copied(stream, tmp_path / name, old)
    change = found(compare_runs(tmp_path / "before", tmp_path / "after"))
    assert change is not None
    assert change.change.verdict == "can't tell"
    assert change.change.high - change.change.low > 0.1
