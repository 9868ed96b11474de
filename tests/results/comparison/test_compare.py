"""Runs next to runs, and next to published results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edgebench import api
from edgebench.errors import NotComparable, RunDirectoryInvalid, UsageError
from edgebench.harness.run.session import CompletedRuns
from edgebench.results.comparison.compare_runs import compare_runs, slower_than
from tests.cli.call import call
from tests.results.made_runs import copied, with_latency


def repeats(stream: Path, folder: Path, ns: float, first: int, **system: Any) -> Path:
    for number in range(5):
        with_latency(stream, folder / f"run{number}", ns, 0.02, first + 2 * number, **system)
    return folder


def test_repeats_of_two_programs_get_a_verdict(stream: Path, tmp_path: Path) -> None:
    before = repeats(stream, tmp_path / "a", 100_000, 0)
    after = repeats(stream, tmp_path / "b", 110_000, 1)
    found, best = compare_runs(before, after)
    assert (found.quantity, found.unit) == ("median latency", "ns")
    assert best.quantity == "undisturbed median latency"
    assert best.change.verdict == "slower"
    assert found.change.verdict == "slower"
    assert found.change.low < 1.1 < found.change.high
    assert (found.runs_before, found.runs_after) == (5, 5)
    assert "quick runs: not submissions" in found.notes
    assert not any("all of one were run before" in note for note in found.notes)
    assert slower_than([found], 0.05) == [found]
    assert slower_than([found], 0.15) == []
    assert {each.change.verdict for each in compare_runs(before, before)} == {"can't tell"}


def test_of_a_series_the_median_is_compared_as_its_times_are_of_all_tests(
    stream: Path, tmp_path: Path
) -> None:
    with_latency(stream, tmp_path / "whole", 100_000, 0.02, 0)

    def chosen_apart(record: dict[str, Any]) -> None:
        """The test that stands, by its p90, has the fastest p50 of three."""
        test = {
            "folder": "",
            "valid": True,
            "score": 0.0,
            "query_count": 1,
            "p90_ns": 1,
            "samples_per_second": 1.0,
            "p99_ns": 1,
        }
        p50s = (90_000, 100_000, 101_000)
        record["performance"]["series"] = [{**test, "p50_ns": p50} for p50 in p50s]
        record["performance"]["latency_ns"]["p50"] = p50s[0]

    copied(tmp_path / "whole", tmp_path / "series", chosen_apart)
    (found,) = compare_runs(tmp_path / "whole", tmp_path / "series")
    assert found.change.after == 100_000
    assert found.change.verdict == "can't tell"


def test_runs_one_after_the_other_are_warned_of(stream: Path, tmp_path: Path) -> None:
    before = repeats(stream, tmp_path / "a", 100_000, 0)
    after = repeats(stream, tmp_path / "b", 110_000, 20)
    found, _ = compare_runs(before, after)
    assert any("run them in turn" in note for note in found.notes)


@pytest.mark.parametrize(
    ("system", "says"),
    [
        ({"cpu_model": "another"}, "processor: .* / another"),
        ({"kernel": "9.9"}, "kernel: .* / 9.9"),
        ({"python": "3.99"}, "Python: .* / 3.99"),
    ],
)
def test_repeats_on_another_machine_are_not_pooled(
    stream: Path, tmp_path: Path, system: dict[str, str], says: str
) -> None:
    folder = repeats(stream, tmp_path / "a", 100_000, 0)
    with_latency(stream, folder / "z-other", 100_000, 0.02, 30, **system)
    with pytest.raises(NotComparable, match=says):
        compare_runs(folder, folder)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda record: record["sut"]["settings"].update(threads=7), "threads: 1 / 7"),
        (lambda record: record["sut"].update(runtime_version="9"), "runtime's version: .* / 9"),
        (lambda record: record.update(edgebench_version="9"), "edgebench: .* / 9"),
        (lambda record: record["model"].update(variant="float32"), "variant: int8 / float32"),
        (lambda record: record["request"].update(frequency_mhz=900.0), "held frequency"),
    ],
)
def test_repeats_of_something_else_are_not_pooled(
    stream: Path, tmp_path: Path, change: Any, says: str
) -> None:
    folder = repeats(stream, tmp_path / "a", 100_000, 0)
    copied(stream, folder / "z-other", change)
    with pytest.raises(NotComparable, match=says):
        compare_runs(folder, folder)


def test_another_governor_is_not_pooled(stream: Path, tmp_path: Path) -> None:
    folder = repeats(stream, tmp_path / "a", 100_000, 0)
    other = with_latency(stream, folder / "z-other", 100_000, 0.02, 30)
    system = json.loads((other / "system.json").read_text())
    system["after"]["governors"] = ["powersave"]
    (other / "system.json").write_text(json.dumps(system))
    with pytest.raises(NotComparable, match=r"frequency governor: .* / .*powersave"):
        compare_runs(folder, folder)


def in_a_container(number: int, cpus: float = 2.0, mib: int = 512) -> dict[str, Any]:
    """Return limits as a container of its own name has them, under a group that others share."""
    own, shared = f"/docker/{number}", "/docker"
    return {
        "cpu_quota": {"cpus": cpus, "group": own},
        # Which group has the least left goes by what others take.
        "memory": {
            "limit_bytes": (mib if number % 2 else 4096) * 2**20,
            "left_bytes": 2**28 + number,
            "group": own if number % 2 else shared,
        },
        "least_memory_bytes": mib * 2**20,
    }


def test_containers_with_equal_limits_are_pooled_and_others_are_not(
    stream: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "a"
    for number in range(3):
        limits = in_a_container(number)
        with_latency(stream, folder / str(number), 100_000, 0.02, number, limits=limits)
    assert compare_runs(folder, folder)[0].runs_before == 3
    others = (
        (in_a_container(3, cpus=1.5), "CPU quota: 2 CPUs / 1.5 CPUs"),
        (in_a_container(3, mib=256), "memory limit: 512 MiB / 256 MiB"),
        ({}, "CPU quota: 2 CPUs / none; memory limit: 512 MiB / none"),
    )
    for number, (limits, says) in enumerate(others):
        there = tmp_path / f"b{number}"
        with_latency(stream, there / "0", 100_000, 0.02, 0, limits=in_a_container(0))
        with_latency(stream, there / "1", 100_000, 0.02, 1, limits=limits)
        with pytest.raises(NotComparable, match=says):
            compare_runs(there, there)


def test_what_an_older_record_lacks_is_no_difference(stream: Path, tmp_path: Path) -> None:
    def without(record: dict[str, Any]) -> None:
        for name in ("signature", "inputs", "measured_as"):
            record["model"].pop(name, None)

    def signed(record: dict[str, Any]) -> None:
        record["model"]["signature"] = "serving_default"

    old = copied(stream, tmp_path / "old", without)
    facts = json.loads((old / "system.json").read_text())
    for name in ("usable_cpus", "limits"):
        del facts["host"][name]
    (old / "system.json").write_text(json.dumps(facts))
    new = copied(stream, tmp_path / "new", signed, {"limits": in_a_container(1)})
    assert {each.differs for each in compare_runs(old, new)} == {()}
    other = copied(stream, tmp_path / "other", system={"usable_cpus": [977]})
    (found,) = {each.differs for each in compare_runs(new, other)}
    assert [each.partition(":")[0] for each in found] == [
        "usable CPUs",
        "CPU quota",
        "memory limit",
    ]


def test_a_part_of_a_model_is_no_repeat_of_the_whole(stream: Path, tmp_path: Path) -> None:
    def cut(record: dict[str, Any]) -> None:
        record["request"]["until"] = "SOFTMAX"
        record["model"]["measured_as"] = "until op 12, SOFTMAX"

    part = copied(stream, tmp_path / "part", cut)
    assert {each.differs for each in compare_runs(stream, part)} == {
        ("part: whole -> until op 12, SOFTMAX",)
    }


def test_what_sets_two_programs_apart_is_said_and_compared_all_the_same(
    stream: Path, tmp_path: Path
) -> None:
    before = repeats(stream, tmp_path / "a", 100_000, 0)
    after = tmp_path / "b"
    for number in range(3):
        run = with_latency(stream, after / str(number), 80_000, 0.01, 1 + 2 * number)
        record = json.loads((run / "run.json").read_text())
        record["sut"]["settings"]["threads"] = 2
        (run / "run.json").write_text(json.dumps(record))
    found, _ = compare_runs(before, after)
    assert found.change.verdict == "faster"
    assert found.differs == ("threads: 1 -> 2",)


def test_nothing_in_common_is_an_error(finished: CompletedRuns, tmp_path: Path) -> None:
    stream, offline = (run.path for run in finished.runs)
    with pytest.raises(NotComparable, match="no model and scenario in common"):
        compare_runs(stream, offline)
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunDirectoryInvalid, match="no run directory is in it"):
        compare_runs(stream, tmp_path / "empty")


def test_an_invalid_run_is_not_compared(stream: Path, tmp_path: Path) -> None:
    def spoil(record: dict[str, Any]) -> None:
        record["performance"].update(valid=False, reasons=["too short"])

    spoilt = copied(stream, tmp_path / "spoilt", spoil)
    with pytest.raises(NotComparable, match="INVALID: too short"):
        compare_runs(stream, spoilt)


def test_an_emulators_instructions_are_counted_and_no_time(stream: Path, tmp_path: Path) -> None:
    image = {
        "board": "b",
        "text_bytes": 1,
        "rodata_bytes": 1,
        "ram_bytes": 1,
        "arena_bytes": 1,
        "stack_bytes": None,
    }
    for name, count in (("a", 1000.0), ("b", 1001.0)):
        changed = {**image, "instructions_per_inference": count}
        copied(stream, tmp_path / name, lambda record, image=changed: record.update(image=image))
    (found,) = compare_runs(tmp_path / "a", tmp_path / "b")
    assert (found.quantity, found.unit) == ("instructions per inference", "")
    assert found.change.verdict == "slower"
    assert call("compare", tmp_path / "a", tmp_path / "b").returncode == 0
    (same,) = compare_runs(tmp_path / "a", tmp_path / "a")
    assert same.change.verdict == "can't tell"


# -- with others -----------------------------------------------------------------------------


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a run directory, a folder with MLPerf's logs"):
        api.compare([tmp_path])


# -- the command -------------------------------------------------------------------------------


def test_the_command_answers_and_ends_with_its_code(stream: Path, tmp_path: Path) -> None:
    before = repeats(stream, tmp_path / "a", 100_000, 0)
    after = repeats(stream, tmp_path / "b", 120_000, 1)
    done = call("compare", before, after)
    assert done.returncode == 0
    assert "slower" in done.stdout
    assert "+20" in done.stdout
    failed = call("compare", before, after, "--fail-if-slower", "5%")
    assert failed.returncode == 1
    assert "more than 5.0%" in failed.stderr
    assert call("compare", before, after, "--fail-if-slower", "0.5").returncode == 0
    wrong = call("compare", before, after, "--fail-if-slower", "a lot")
    assert wrong.returncode == 2
    rows = json.loads(call("compare", before, after, "--json").stdout)
    assert rows[0]["change"]["verdict"] == "slower"
    assert "| slower |" in call("compare", before, after, "--markdown").stdout
