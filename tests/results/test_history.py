"""Results over time: a line per metric, and the change points that `compare` would call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgebench import api
from edgebench.cli.tables.runs.history import BARS, bars_of
from edgebench.errors import RunDirectoryInvalid
from edgebench.harness.run.session import CompletedRuns
from edgebench.results.comparison.history import ChangePoint
from tests.cli.call import call
from tests.results.made_runs import copied, with_latency

STEP_AT, COUNT = 4, 9


@pytest.fixture(scope="module")
def runs(finished: CompletedRuns, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine runs; from the fifth on a newer edgebench takes 20 % longer."""
    out = tmp_path_factory.mktemp("history")
    run = next(run.path for run in finished.runs if run.record.scenario == "SingleStream")
    for number in range(COUNT):
        is_after = number >= STEP_AT
        made = with_latency(run, out / f"run{number}", 60_000 if is_after else 50_000, 0.02, number)
        if is_after:
            record = json.loads((made / "run.json").read_text())
            record["edgebench_version"] = "9.9"
            (made / "run.json").write_text(json.dumps(record))
    return out


def test_a_step_is_a_change_point_and_says_what_else_changed(runs: Path) -> None:
    (line,) = api.history(runs).lines
    assert (line.metric, line.unit, len(line.points)) == ("median latency", "ns", COUNT)
    assert [point.started for point in line.points] == sorted(p.started for p in line.points)
    (found,) = line.changes
    assert found.run == str(runs / f"run{STEP_AT}")
    assert found.change.verdict == "slower"
    assert found.change.ratio == pytest.approx(1.2, abs=0.02)
    assert [text for text in found.differs if text.startswith("edgebench: ")] == [
        f"edgebench: {api.read_run(runs / 'run0').record.edgebench_version} -> 9.9"
    ]


def test_compare_calls_the_same_change(runs: Path, tmp_path: Path) -> None:
    (line,) = api.history(runs).lines
    for number in range(COUNT):
        side = "before" if number < STEP_AT else "after"
        copied(runs / f"run{number}", tmp_path / side / f"run{number}")
    latency = next(
        each
        for each in api.compare_runs(tmp_path / "before", tmp_path / "after")
        if each.quantity == line.metric
    )
    assert latency.change == line.changes[0].change


def test_runs_without_a_change_have_no_change_point(runs: Path) -> None:
    (line,) = api.history([runs / f"run{number}" for number in range(STEP_AT)]).lines
    assert line.changes == ()


def test_other_settings_are_a_line_of_their_own(runs: Path, tmp_path: Path) -> None:
    def threads(record: dict[str, Any]) -> None:
        record["sut"]["settings"]["threads"] = 2

    run = copied(runs / "run0", tmp_path / "run", threads)
    one, two = api.history([runs / "run0", run]).lines
    assert (one.settings, two.settings) == ({"threads": "1"}, {"threads": "2"})


def test_the_table_and_json_have_the_same(runs: Path) -> None:
    done = call("history", runs)
    assert done.returncode == 0, done.stderr
    assert "kws-ds-cnn int8 SingleStream, median latency: slower +" in done.stdout
    assert "edgebench: " in done.stdout
    values = json.loads(call("history", runs, "--json").stdout)
    assert values["lines"][0]["changes"][0]["change"]["verdict"] == "slower"
    assert values["errors"] == []


def test_damaged_and_missing_runs_are_named(runs: Path, tmp_path: Path) -> None:
    copied(runs / "run0", tmp_path / "whole")
    (copied(runs / "run1", tmp_path / "broken") / "run.json").write_text("{")
    done = call("history", tmp_path)
    assert done.returncode == 1
    assert "broken" in done.stderr
    assert "no change points" in done.stdout
    with pytest.raises(RunDirectoryInvalid, match="no finished VALID run"):
        api.history(
            copied(
                runs / "run0",
                tmp_path / "invalid",
                lambda record: record["performance"].update(valid=False),
            )
        )


def test_bars_reach_from_the_least_to_the_largest() -> None:
    assert bars_of([1, 10, 100]) == f"{BARS[0]}{BARS[4]}{BARS[-1]}"
    assert bars_of([5, 5]) == BARS[0] * 2


def test_noise_between_runs_is_no_change_point(runs: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    found: list[ChangePoint] = []
    for history in range(4):
        out = tmp_path / str(history)
        for number in range(9):
            with_latency(runs / "run0", out / f"r{number}", _noisy(rng), 0.005, number)
        (line,) = api.history(out).lines
        found += line.changes
    assert found == []


def _noisy(rng: np.random.Generator) -> float:
    return 50_000 * float(np.exp(rng.normal(0, 0.03)))


def test_what_an_older_record_lacks_does_not_part_a_line(runs: Path, tmp_path: Path) -> None:
    def older(record: dict[str, Any]) -> None:
        record["model"].pop("inputs")

    copied(runs / "run0", tmp_path / "older", older)
    copied(runs / "run1", tmp_path / "newer")
    (line,) = api.history(tmp_path).lines
    assert [Path(point.run).name for point in line.points] == ["older", "newer"]


def test_energies_of_other_meters_are_lines_of_their_own(runs: Path, tmp_path: Path) -> None:
    meters = [
        {"name": "virtual:hwmon"},
        {"name": "joulescope:1", "channels": ["vdd"]},
        {"name": "joulescope:2", "channels": ["vio"]},
        {"name": "rapl", "is_estimate": True},
        {"name": "rapl", "is_estimate": True},
    ]
    for number, meter in enumerate(meters):

        def metered(record: dict[str, Any], meter: Any = meter) -> None:
            record["energy"] = {"meter": meter, "energy_j": 1.0, "uncertainty_j": 0.01}
            record["energy"] |= {"per_inference_j": 0.002, "inferences": 500}

        copied(runs / f"run{number}", tmp_path / f"run{number}", metered)
    latency, *energies = api.history(tmp_path).lines
    assert len(latency.points) == len(meters)
    assert [len(line.points) for line in energies] == [1, 1, 1, 2]
    assert [line.settings["energy"] for line in energies] == [
        "played",
        "measured",
        "measured",
        "estimated",
    ]
    assert [line.settings.get("rails") for line in energies[1:3]] == ["vdd", "vio"]


def test_a_figure_of_zero_costs_its_run_only(runs: Path, tmp_path: Path) -> None:
    copied(runs / "run0", tmp_path / "run0")
    copied(
        runs / "run1",
        tmp_path / "zero",
        lambda record: record["performance"]["latency_ns"].update(p50=0),
    )
    history = api.history(tmp_path)
    assert [len(line.points) for line in history.lines] == [1]
    (error,) = history.errors
    assert "zero: its median latency is 0" in error


def test_a_line_says_only_what_parts_it_from_others_of_its_model(
    runs: Path, tmp_path: Path
) -> None:
    def another(record: dict[str, Any]) -> None:
        record["model"]["name"] = "another"
        record["sut"]["settings"]["threads"] = 2

    copied(runs / "run0", tmp_path / "one")
    copied(runs / "run1", tmp_path / "other", another)
    assert [line.settings for line in api.history(tmp_path).lines] == [{}, {}]
