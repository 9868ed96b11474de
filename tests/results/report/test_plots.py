"""Plots of the report: their axes, marks and labels."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgebench.harness.run.session import CompletedRuns
from edgebench.results.report.drawing import drawn, span_axis
from edgebench.results.report.plots import latency
from edgebench.results.report.plots.latency import distribution
from edgebench.results.report.plots.overview import overview_plots
from edgebench.results.report.view import views_of
from edgebench.rundir.contents.times import Times
from tests.results.made_runs import copied


def test_warnings_of_matplotlib_stay_off_standard_error(caplog: pytest.LogCaptureFixture) -> None:
    """It has some where a home can't be written, and draws all the same."""
    caplog.set_level(logging.NOTSET, "matplotlib")
    fonts = logging.getLogger("matplotlib.font_manager")
    with drawn("hushed"):
        fonts.warning("a folder can't be made")
    assert caplog.text == ""
    fonts.warning("drawn by the user")
    assert "drawn by the user" in caplog.text


def test_a_level_that_the_user_gave_matplotlib_stays(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "matplotlib")
    with drawn("heard"):
        logging.getLogger("matplotlib.font_manager").debug("found a font")
    assert "found a font" in caplog.text
    assert logging.getLogger("matplotlib").level == logging.DEBUG


def as_server(run: Path, out: Path) -> Path:
    """Copy a run as one of Server, whose queries waited: p99 is 7.9 ms."""

    def change(record: dict[str, Any]) -> None:
        record["scenario"] = "Server"
        record["performance"] |= {"latency_bound_ms": 10.0, "target_qps": 100.0, "series": []}
        waits = {"p50": 600_000, "p90": 3_000_000, "p97": 6_000_000, "p99": 7_900_000}
        record["performance"]["latency_ns"] = waits

    return copied(run, out, change)


def test_the_latency_that_decides_is_marked(finished: CompletedRuns, tmp_path: Path) -> None:
    """Server is judged by its queries' p99, of which the wait is a part."""
    stream = next(run.path for run in finished.runs if run.record.scenario == "SingleStream")
    views = views_of([stream, as_server(stream, tmp_path / "server")]).runs
    single, server = (distribution(view, "x") for view in views)
    assert single is not None
    assert server is not None
    assert "p90, LoadGen" in single.svg
    assert "p99, LoadGen" in server.svg
    assert "with its wait (LoadGen)" in server.svg
    assert "judged by LoadGen's p99 latency, 7.9 ms" in server.note


@pytest.mark.parametrize(
    ("low", "high"),
    [(219_567.8, 219_700), (0.4, 0.5), (1, 2_000_000), (1_234_560, 1_234_570), (100, 100.001)],
)
def test_ticks_have_numbers_that_are_right_and_differ(low: float, high: float) -> None:
    with drawn("x") as canvas:
        canvas.axes[0].plot([low, high], [0, 1])
        span_axis(canvas.axes[0].xaxis, low, high)
    ticks = canvas.axes[0].xaxis.get_major_ticks()
    labels = [tick.label1.get_text() for tick in ticks]
    shown = [float(label.replace(",", "")) for label in labels]
    assert len(set(labels)) == 6

    gaps = np.diff(np.geomspace(low, high, 6))
    assert np.abs(np.array(shown) - np.geomspace(low, high, 6)).max() < gaps.max() / 10


def test_the_latency_that_decides_lies_on_the_axis(
    finished: CompletedRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query's latency is longer than its invoke, by far on a busy machine."""
    (view,) = views_of([finished.runs[0].path]).runs
    ends: list[float] = []

    def shown(axis: Any, low: float, high: float) -> None:
        span_axis(axis, low, high)
        ends.extend(axis.axes.get_xlim())

    monkeypatch.setattr(latency, "span_axis", shown)
    monkeypatch.setattr(latency, "_deciding", lambda view: ("p90", 2e6))
    assert distribution(view, "x") is not None
    assert ends[0] < 2e6 < ends[1]


def test_percentiles_that_are_close_are_written_apart(finished: CompletedRuns) -> None:
    (view,) = views_of([finished.runs[0].path]).runs
    plot = distribution(view, "x")
    assert plot is not None
    marks = re.findall(r'<text[^>]* y="([\d.]+)"[^>]*>p\d+[^<]*</text>', plot.svg)
    heights = sorted(map(float, marks))
    assert len(heights) >= 3
    assert all(after - before > 8 for before, after in pairwise(heights))


def test_a_long_tail_leaves_more_than_a_bar(finished: CompletedRuns) -> None:
    (view,) = views_of([finished.runs[0].path]).runs
    assert view.times is not None
    rng = np.random.default_rng(0)
    slow = rng.lognormal(np.log(50_000), 0.1, 1000).astype(np.int64)
    slow[:100] *= 200
    column = np.zeros(1000, np.int64)
    times = Times(column, np.cumsum(slow), slow, column, np.ones(1000, np.int64))
    plot = distribution(replace(view, times=times), "x")
    assert plot is not None
    bars = re.findall(
        r"<path d=\"M [\d.]+ ([\d.]+) \nL [\d.]+ [\d.]+ \nL [\d.]+ ([\d.]+)", plot.svg
    )
    assert sum(abs(float(low) - float(high)) > 2 for low, high in bars) > 3


def test_an_auc_has_an_axis_of_its_own(finished: CompletedRuns, tmp_path: Path) -> None:
    def as_auc(record: dict[str, Any]) -> None:
        record["accuracy"] |= {"metric": "auc", "unit": "", "value": 0.97}

    run = finished.runs[0].path
    copies = [copied(run, tmp_path / f"auc{number}", as_auc) for number in range(2)]
    views = views_of([run, run, *copies]).runs
    percent, auc = overview_plots(views)
    assert ("accuracy (%)" in percent.svg, "accuracy (AUC)" in auc.svg) == (True, True)
    assert overview_plots(views[1:3]) == []
