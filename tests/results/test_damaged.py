"""A damaged run costs its own row, plot or figure only, and is named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgebench import api
from edgebench.errors import RunDirectoryInvalid
from edgebench.harness.run.session import CompletedRuns
from edgebench.results.comparison.compare_runs import compare_runs
from edgebench.results.report.page import render
from edgebench.results.report.view import views_of
from edgebench.results.submit.eligible import runs_below
from edgebench.rundir.search import find_all_runs, read_all_runs
from tests.cli.call import call
from tests.files.modes import held_to_modes
from tests.results.made_runs import copied, with_latency

HEADER = b"\x93NUMPY\x01\x00"
HUGE = b"{'descr': '<i8', 'fortran_order': False, 'shape': (9000000000000,)}"
OTHER_ROWS = b"{'descr': '<i8', 'fortran_order': False, 'shape': (0,)}"
BROKEN_ARRAYS = {
    "empty": b"",
    "no magic": b"garbage",
    "cut header": HEADER + b"\x76\x00{'descr': [('la",
    "unbalanced header": HEADER + b"\x0a\x00((((((((((",
    "tokens": HEADER + b"\x0d\x00'''unfinished",
    "huge": HEADER + b"\x46\x00" + HUGE.ljust(70),
    "other rows": HEADER + b"\x46\x00" + OTHER_ROWS.ljust(70),
}


@pytest.fixture
def stream(finished: CompletedRuns) -> Path:
    return next(run.path for run in finished.runs if run.record.scenario == "SingleStream")


@pytest.fixture
def three(stream: Path, tmp_path: Path) -> Path:
    """A folder of three repeats: a, b and c."""
    for number, name in enumerate("abc"):
        with_latency(stream, tmp_path / "runs" / name, 100_000, 0.02, number)
    return tmp_path / "runs"


def break_run_json(run: Path) -> None:
    (run / "run.json").write_text("{")


def break_system(run: Path) -> None:
    (run / "system.json").write_text('{"host": 3}')


def newer(run: Path) -> None:
    values = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**values, "format": 3}))


@pytest.mark.parametrize("damage", [break_run_json, break_system, newer])
def test_a_run_that_can_not_be_read_costs_its_row_everywhere(
    three: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    damage(three / "b")
    summary = api.summarize([three])
    assert [Path(row.run).name for row in summary.rows] == ["a", "c"]
    (error,) = summary.errors
    assert str(three / "b") in error

    page = api.report([three], out=tmp_path / "page.html").read_text()
    assert page.count('<section class="run"') == 2
    assert str(three / "b") in page

    compared = api.compare([three])
    assert [Path(row.where).name for row in compared.results] == ["a", "c"]
    assert compared.errors == (error,)

    (found,) = (each for each in compare_runs(three, three) if each.quantity == "median latency")
    assert (found.runs_before, found.runs_after) == (2, 2)
    assert f"left out: {error}" in found.notes


@pytest.mark.parametrize("name", sorted(BROKEN_ARRAYS))
def test_broken_times_cost_the_plots_and_not_the_figures(three: Path, name: str) -> None:
    (three / "b" / "performance" / "times.npy").write_bytes(BROKEN_ARRAYS[name])
    assert len(api.summarize([three]).rows) == 3
    assert not api.summarize([three]).errors
    views = views_of([three]).runs
    assert [bool(view.times) for view in views] == [True, False, True]
    assert "times.npy: damaged" in views[1].problems[0]
    (found,) = (each for each in compare_runs(three, three) if each.quantity == "median latency")
    assert (found.runs_before, found.runs_after) == (3, 3)
    (note,) = {note for note in found.notes if "times.npy" in note}
    assert str(three / "b") in note


def test_a_broken_trace_costs_the_plot_of_power(old_runs: Path, tmp_path: Path) -> None:
    (path,) = find_all_runs(old_runs / "host")
    for number, content in enumerate((b"", b"garbage", b"PK\x05\x06" + bytes(18))):
        run = copied(path, tmp_path / str(number))
        (run / "power" / "samples.npz").write_bytes(content)
    np.savez(copied(path, tmp_path / "3") / "power" / "samples.npz", t_ns=np.arange(3))
    endless = {"t_ns": np.arange(3), "power_w": np.array([1.0, np.inf, 2.0])}
    np.savez(copied(path, tmp_path / "4") / "power" / "samples.npz", **endless)
    page = render([tmp_path])
    assert page.count('<section class="run"') == 5
    assert "Power." not in page
    for number, says in enumerate(
        ("not a sound archive", "not a sound archive", "`t_ns`: missing", "`power_w`: missing")
    ):
        assert f"{number}/power/samples.npz: damaged: {says}" in page
    assert "4/power/samples.npz: damaged: `power_w` has values that are not finite" in page


def test_folders_that_may_not_be_read_stand_in_nobodys_way(three: Path, tmp_path: Path) -> None:
    (three / "locked").mkdir(mode=0o000)
    (three / "b" / "run.json").chmod(0o000)
    (three / "c" / "performance").chmod(0o000)
    try:
        with held_to_modes():
            found = read_all_runs([three])
            page = render([three])
            changes = compare_runs(three, three)
            compared = api.compare([three])
    finally:
        (three / "locked").chmod(0o755)
        (three / "c" / "performance").chmod(0o755)
    assert [run.path.name for run in found.runs] == ["a", "c"]
    assert set(found.errors) == {
        f"{three}/locked: can't be read: Permission denied",
        f"{three}/b/run.json: can't be read: Permission denied",
    }
    assert "performance/times.npy: can&#39;t be read: Permission denied" in page
    assert page.count('<section class="run"') == 2
    (latency,) = (each for each in changes if each.quantity == "median latency")
    assert latency.runs_before == 2
    assert any("times.npy: can't be read" in note for note in latency.notes)
    assert set(compared.errors) == set(found.errors)


def test_a_folder_of_nothing_but_damage_is_an_error(three: Path) -> None:
    for name in "abc":
        break_run_json(three / name)
    assert len(api.summarize([three]).errors) == 3
    says = r"a/run\.json: damaged.*c/run\.json: damaged"
    for read in (render, api.compare, lambda paths: compare_runs(*paths, *paths), runs_below):
        with pytest.raises(RunDirectoryInvalid, match=says):
            read([three])


def test_a_submission_takes_no_folder_with_a_damaged_run(three: Path) -> None:
    break_run_json(three / "b")
    with pytest.raises(RunDirectoryInvalid, match=r"b/run\.json: damaged"):
        runs_below([three])


def test_the_commands_show_the_rest_and_end_with_1(three: Path) -> None:
    break_run_json(three / "b")
    for words in (("summary", three), ("compare", "--table", three, three / "a")):
        done = call(*words)
        assert done.returncode == 1
        assert "SingleStream" in done.stdout
        assert f"edgebench: {three}/b/run.json: damaged" in done.stderr
        assert "Traceback" not in done.stderr
    done = call("report", three, "--out", three / "page.html")
    assert done.returncode == 0
    done = call("compare", three, three)
    assert done.returncode == 0
    assert "left out:" in done.stdout


def test_bare_logs_that_are_damaged_cost_their_own_rows(stream: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        copied(stream, tmp_path / name)
        (tmp_path / name / "run.json").unlink()
    (tmp_path / "two" / "performance" / "mlperf_log_detail.txt").write_text(":::MLLOG {")
    compared = api.compare([tmp_path])
    assert [row.source for row in compared.results] == ["LoadGen log"]
    assert any("two/performance" in error for error in compared.errors)


def test_links_are_followed_once_and_in_no_circle(three: Path, tmp_path: Path) -> None:
    (three / "circle").symlink_to(three)
    (tmp_path / "link").symlink_to(three)
    assert len(read_all_runs([three]).runs) == 3
    assert len(read_all_runs([tmp_path / "link"]).runs) == 3


NUMBERS = st.one_of(
    st.sampled_from([0, -1, 1, 2**63 - 1, -(2**63), 10**30, 1e308, -1e308, 5e-324, 0.0]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(),
)


def numbers_of(values: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the paths of all numbers."""
    items = values.items() if isinstance(values, dict) else enumerate(values)
    for key, value in items:
        if isinstance(value, dict | list):
            yield from numbers_of(value, (*path, key))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield (*path, key)


@pytest.mark.slow
@settings(max_examples=25)
@given(st.data())
def test_any_numbers_make_a_page_or_are_named(
    old_runs: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Of a record that was edited by hand: none of our own code stumbles over a number."""
    folder = tmp_path_factory.mktemp("numbers")
    name = data.draw(st.sampled_from(["host", "device", "clicks"]))
    (path,) = find_all_runs(old_runs / name)

    def change(values: dict[str, Any]) -> None:
        paths = list(numbers_of(values))
        for _ in range(data.draw(st.integers(1, 6))):
            *way, last = data.draw(st.sampled_from(paths))
            where: Any = values
            for key in way:
                where = where[key]
            where[last] = data.draw(NUMBERS)

    run = copied(path, folder / "run", change)
    try:
        page = render([run])
    except RunDirectoryInvalid as error:
        assert "run.json" in str(error)
    else:
        assert "<h1>" in page
