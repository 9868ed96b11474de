"""The map of peak rates over batch and instances."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgebench import api
from edgebench.cli.tables.runs.sweep import print_sweep
from edgebench.errors import UsageError
from edgebench.harness.run.sweep import Sweep, sweeps_of
from edgebench.results.report.page import render
from edgebench.results.report.plots.heat_map import heat_maps
from edgebench.results.report.view import views_of
from tests.results.made_runs import copied

OPTIONS: dict[str, Any] = {
    "scenarios": ("server",),
    "modes": ("performance",),
    "duration_s": 0.2,
    "warmup_s": 0.05,
    "latency_bound_ms": 400,
}


CELLS = {(1, 1): 1000.0, (1, 2): 1900.0, (4, 1): 2600.0, (4, 2): 4100.0}


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One search for a peak, and copies of it with other settings and rates written in."""
    out = tmp_path_factory.mktemp("swept")
    (run,) = api.run("rm3-edge", find_peak=True, out=out / "real", **OPTIONS).runs
    for (batch, instances), rate in CELLS.items():

        def change(
            record: dict[str, Any],
            batch: int = batch,
            instances: int = instances,
            rate: float = rate,
        ) -> None:
            record["sut"]["settings"] |= {"batch": batch, "instances": instances}
            record["performance"] |= {"valid": True, "target_qps": rate}
            record["performance"]["overhead"]["invoke_p50_ns"] = 5000 * batch + 1000 * instances

        copied(run.path, out / "all" / f"b{batch}_i{instances}_server", change)
    return out / "all"


def test_every_pair_has_its_cell(swept: Path) -> None:
    (plot,) = heat_maps(views_of([swept]).runs)
    for rate in CELLS.values():
        assert f"{rate:,.4g}/s" in plot.svg
    assert "400 ms" in plot.alt
    assert "best 4,100 queries/s with batch 4 on 2 instances" in plot.alt
    assert "2 instances at batch 1: +17% (7 us)" in plot.note
    assert "Latency-bounded throughput: rm3-edge int8-dynamic" in render([swept])


def test_one_cell_or_other_bounds_are_no_map(swept: Path, tmp_path: Path) -> None:
    runs = sorted(swept.glob("*_server"))
    alone = copied(runs[0], tmp_path / "alone" / runs[0].name)
    assert heat_maps(views_of([alone]).runs) == []

    def other_bound(record: dict[str, Any]) -> None:
        record["performance"]["latency_bound_ms"] = 7.0

    copied(runs[1], tmp_path / "alone" / runs[1].name, other_bound)
    assert heat_maps(views_of([tmp_path / "alone"]).runs) == []


def test_a_rate_that_no_test_held_is_said(swept: Path, tmp_path: Path) -> None:
    def invalid(record: dict[str, Any]) -> None:
        record["performance"]["valid"] = False

    for number, run in enumerate(sorted(swept.glob("*_server"))[:2]):
        copied(run, tmp_path / run.name, invalid if number else lambda record: None)
    (plot,) = heat_maps(views_of([tmp_path]).runs)
    assert "none held" in plot.svg


def test_sweeps_of_two_settings_run_every_pair(
    dense_tflite: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep = ["batch=1,4", "threads=1,2"]
    result = api.run(
        dense_tflite,
        scenarios=("singlestream",),
        modes=("performance",),
        duration_s=0.1,
        warmup_s=0.05,
        sweep=sweep,
        out=tmp_path,
    )
    settings = [run.record.sut.settings for run in result.runs]
    assert [(each.batch, each.threads) for each in settings] == [
        (1, 1),
        (1, 2),
        (4, 1),
        (4, 2),
    ]
    print_sweep(sweep, result.runs)
    assert "SingleStream against batch and threads" in capsys.readouterr().out


def test_sweeps_of_one_setting_are_refused() -> None:
    assert sweeps_of(["batch=1,2"]) == (Sweep("batch", (1, 2)),)
    with pytest.raises(UsageError, match="name each setting once"):
        sweeps_of(["batch=1", "batch=2"])
