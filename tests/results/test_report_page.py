"""The page's order, its labels, its overlaid runs, its tooltips and its script."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgebench import api
from edgebench.harness.run.session import CompletedRuns
from edgebench.results.report.conclusion import conclusions_of
from edgebench.results.report.plots.overlay import overlays
from edgebench.results.report.view import views_of
from edgebench.results.summary.texts import markdown_rows
from edgebench.rundir.contents.times import Times, write_times
from tests.results.made_runs import copied

DRIVER = """
document.querySelectorAll("#runs thead th")[ACCURACY].firstChild.click();
const filter = document.getElementById("filter");
filter.value = "odd VALID";
filter.dispatchEvent(new Event("input"));
document.getElementById("theme").click();
"""
"""What a reader does: sort by accuracy, filter, switch the colours."""


@pytest.fixture(scope="module")
def four(finished: CompletedRuns, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copies of a run: four variants, and the last of them once more."""
    folder = tmp_path_factory.mktemp("four")
    run = next(run.path for run in finished.runs if run.record.scenario == "SingleStream")
    accuracies = {"even": 97.0, "odd": 9.5, "odd-b": 88.0, "odd-c": 88.0}
    for name, accuracy in accuracies.items():

        def change(
            record: dict[str, Any],
            variant: str = name.replace("c", "b"),
            accuracy: float = accuracy,
        ) -> None:
            record["model"]["variant"] = variant
            record["accuracy"]["value"] = accuracy

        copied(run, folder / name, change)
    return folder


@pytest.fixture(scope="module")
def page(four: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return api.report(four, out=tmp_path_factory.mktemp("page") / "page.html").read_text()


def test_caveats_are_folded_unless_one_is_an_error(four: Path, page: str, tmp_path: Path) -> None:
    assert page.count('<details class="summary">') == 1

    def invalid(record: dict[str, Any]) -> None:
        record["performance"].update(valid=False, reasons=["too short"])

    run = copied(four / "odd", tmp_path / "run", invalid)
    spoilt = api.report(run, out=tmp_path / "page.html").read_text()
    assert '<details class="summary" open>' in spoilt
    assert re.search(r"Caveats: 1 error, \d+ warning", spoilt)
    assert "1 run: 1 INVALID" in spoilt


def test_runs_are_named_by_what_sets_them_apart(four: Path, tmp_path: Path) -> None:
    def threads(record: dict[str, Any]) -> None:
        record["sut"]["settings"]["threads"] = 2

    def later(record: dict[str, Any]) -> None:
        record["started"] = "2031-02-03T04:05:06.000000Z"

    copied(four / "odd", tmp_path / "a")
    copied(four / "odd", tmp_path / "b", threads)
    copied(four / "odd", tmp_path / "c", later)
    copied(four / "even", tmp_path / "d")
    first, two, moved, other = (view.label for view in views_of([tmp_path]).runs)
    assert two.endswith("odd · SingleStream · 2 threads")
    assert moved.endswith("· 1 thread · 2031-02-03 04:05")
    assert first.startswith("kws-ds-cnn odd · SingleStream · 1 thread · 20")
    assert other == "kws-ds-cnn even · SingleStream"


def test_runs_of_a_scenario_are_overlaid(four: Path, finished: CompletedRuns) -> None:
    views = views_of([four, finished.runs[0].path, finished.runs[1].path]).runs
    (plot,) = overlays([view for view in views if view.run.record.scenario == "SingleStream"])
    assert plot.title == "SingleStream runs overlaid"
    for view in views[:3]:
        assert f'data-run="{view.anchor}"><title>{view.label}: median ' in plot.svg
    assert overlays(views[:1]) == []


def test_a_name_that_begins_with_an_underscore_is_in_the_legend(four: Path, tmp_path: Path) -> None:
    for name in ("_one", "_other"):

        def named(record: dict[str, Any], name: str = name) -> None:
            record["model"]["name"] = name

        copied(four / "odd", tmp_path / name, named)
    (plot,) = overlays(views_of([tmp_path]).runs)
    assert re.findall(r"<text[^>]*>(_\w+) ", plot.svg) == ["_one", "_other"]


def test_the_conclusion_tells_runtimes_settings_and_machines_apart(
    four: Path, tmp_path: Path
) -> None:
    def threads(record: dict[str, Any]) -> None:
        record["sut"]["settings"]["threads"] = 2

    def runtime(record: dict[str, Any]) -> None:
        record["sut"]["name"] = "another"

    copied(four / "odd", tmp_path / "a")
    copied(four / "odd", tmp_path / "b", threads)
    copied(four / "odd", tmp_path / "c", runtime)
    copied(four / "odd", tmp_path / "d", system={"board": "", "cpu_model": "Cortex-A76"})
    line = conclusions_of(views_of([tmp_path]).runs)[1]
    for said in ("· 2 threads p90", "SingleStream · another ", "· Cortex-A76 p90"):
        assert said in line


def test_plots_of_all_runs_that_cannot_be_drawn_are_named(four: Path, tmp_path: Path) -> None:
    for number in range(2):
        run = copied(four / "odd", tmp_path / str(number))
        values, zeros = np.full(200, 2**62), np.zeros(200, np.int64)
        write_times(run / "performance", Times(zeros, zeros, values, zeros, zeros + 1))
        record = json.loads((run / "run.json").read_text())
        record["accuracy"]["value"] = 1e308 * (1 - 2 * number)
        (run / "run.json").write_text(json.dumps(record))
    page = api.report(tmp_path, out=tmp_path / "page.html").read_text()
    assert "could not be drawn: accuracy against time: " in page


def test_marks_have_tooltips(page: str) -> None:
    titles = re.findall(r"<g[^>]*><title>([^<]*)</title>", page)
    for pattern in (
        r"[\d,]+ queries from [\d.]+ \w?s to ",
        r"LoadGen(&#x27;|')s p90 latency, ",
        r"p99 of the ",
        r"\w+ answered as \w+: \d+ \(\d+%\)",
        r"kws-ds-cnn even .*: 97 %, .* per sample",
    ):
        assert any(re.match(pattern, title) for title in titles), pattern
    assert 'id="tip-' not in page


def test_a_models_confusion_matrix_is_shown_once(page: str) -> None:
    """Two of the four runs are of one model."""
    assert page.count("<strong>Confusion matrix.</strong>") == 3
    assert page.count('Confusion matrix: the same as in <a href="#run-3">') == 1


def test_energy_has_its_uncertainty(four: Path, tmp_path: Path) -> None:
    energy = {"meter": {"name": "m"}, "energy_j": 1.0, "uncertainty_j": 0.015}

    def measured(record: dict[str, Any]) -> None:
        record["energy"] = energy | {"per_inference_j": 2e-3, "inferences": 500}

    (view,) = views_of([copied(four / "odd", tmp_path / "run", measured)]).runs
    assert markdown_rows([view.row])[0]["energy per inference"] == "2 mJ +- 1.5%"
    assert "2 mJ +- 1.5% per inference" in conclusions_of([view])[1]
    energy["problem"] = "the meter was lost"
    (view,) = views_of([copied(four / "odd", tmp_path / "lost", measured)]).runs
    assert "per inference" not in conclusions_of([view])[1]


def test_the_script_sorts_filters_and_switches_colours(page: str, tmp_path: Path) -> None:
    """It runs under the page's own policy, which has its hash."""
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("no chromium here")
    names = re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', page)
    driver = DRIVER.replace("ACCURACY", str(names.index("accuracy")))
    known = b64encode(sha256(driver.encode()).digest()).decode()
    driven = page.replace("script-src '", f"script-src 'sha256-{known}' '")
    (tmp_path / "page.html").write_text(
        driven.replace("</body>", f"<script>{driver}</script></body>")
    )
    done = subprocess.run(
        [
            browser,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={tmp_path}/profile",
            "--no-first-run",
            "--dump-dom",
            f"file://{tmp_path}/page.html",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    rows = re.findall(r'<tr data-of="(run-\d)"( hidden="")?>', done.stdout)
    # Of accuracies of 97, 9.5, 88 and 88; the first is not odd.
    shown = [("run-2", ""), ("run-3", ""), ("run-4", "")]
    assert rows == [*shown, ("run-1", ' hidden=""')]
    assert re.search(r'<section class="run" id="run-1"[^>]* hidden=""', done.stdout)
    assert re.search(r'<g data-run="run-1" style="[^"]*display: none', done.stdout)
    assert "3 of 4 runs" in done.stdout
    assert re.search(r'<html lang="en" data-theme="(dark|light)"', done.stdout)
