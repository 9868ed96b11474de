"""Results of several origins next to each other: which stand in one class, and in one table."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgebench import api
from edgebench.errors import NotComparable
from edgebench.harness.run.session import CompletedRuns
from edgebench.results.comparison.comparable import caveats, classes
from edgebench.results.sources.from_published import Filter
from edgebench.results.sources.row import (
    COLUMNS,
    Conditions,
    Result,
    ResultSystem,
    Speed,
    Workload,
    flat,
)
from tests.cli.call import call


def test_own_runs_stand_next_to_published_ones(finished: CompletedRuns, published: Path) -> None:
    paths = [run.path for run in finished.runs]
    table = published / "inference_v5.1" / "summary_results.json"
    compared = api.compare(
        paths, others=[table], wanted=Filter(suite="edge", category="closed"), limit=3
    )
    assert {row.conditions.scenario for row in compared.results} == {"SingleStream", "Offline"}
    own = [row for row in compared.results if row.source == "edgebench run"]
    assert len(own) == 2
    assert all(row.gmacs_per_second and row.throughput_per_core for row in own)
    assert sum(row.source == "published" for row in compared.results) == 6
    text = " ".join(compared.caveats)
    assert "The same log format is not the same benchmark" in text
    for word in ("model", "data", "rules", "quick", "closed v5.1"):
        assert word in text
    letters = classes(compared.results)
    ours = {letter for letter, row in zip(letters, compared.results, strict=True) if row in own}
    theirs = {other for other, row in zip(letters, compared.results, strict=True) if row not in own}
    assert not ours & theirs
    with pytest.raises(NotComparable, match="model 'no such model'"):
        api.compare(paths, others=[table], wanted=Filter(model="no such model"))


def test_bare_logs_of_both_benchmarks_are_rows_too(
    finished: CompletedRuns, published: Path
) -> None:
    board = published / "tiny_v1.3" / "NUCLEO_L4R5ZI-P" / "kws"
    resnet = published / "inference_v5.1" / "edge_resnet50"
    compared = api.compare([finished.runs[0].path, board, resnet])
    by_source = {row.source: row for row in compared.results}
    tiny = by_source["MLPerf Tiny log"]
    assert tiny.power.energy_per_sample_j == pytest.approx(1430.6681e-6)
    assert tiny.samples_per_joule == pytest.approx(698.97, rel=1e-3)
    assert tiny.power.power_w == pytest.approx(0.03288, rel=1e-3)
    assert by_source["LoadGen log"].speed.latency_ns == 7_627_156


PARTS: dict[str, Any] = {
    "system": ResultSystem("x"),
    "workload": Workload("m", data="d"),
    "conditions": Conditions("Offline", "quick", "host"),
    "speed": Speed(),
}


def result(**changes: Any) -> Result:
    """Return a result with other values of some fields, whichever part they are in."""
    parts = {
        name: replace(part, **{k: v for k, v in changes.items() if k in vars(part)})
        for name, part in PARTS.items()
    }
    return Result("edgebench run", "", **parts)


@pytest.mark.parametrize(
    "change",
    [
        *({name: "other"} for name in ("model", "data", "scenario", "rules", "clock", "quality")),
        {"samples_per_query": 8},
    ],
)
def test_any_decisive_difference_makes_another_class(change: dict[str, Any]) -> None:
    rows = [result(), result(), result(**change)]
    assert classes(rows) == ["A", "A", "B"]
    assert "not the same benchmark" in caveats(rows)[0]
    assert "not the same benchmark" not in caveats(rows[:2])[0]


def test_many_classes_have_letters_of_their_own() -> None:
    rows = [result(model=str(number)) for number in range(60)]
    letters = classes(rows)
    assert len(set(letters)) == 60
    assert letters[25:28] == ["Z", "AA", "AB"]


def test_figures_are_only_normalised_where_they_can_be() -> None:
    row = result(throughput=100.0, cores=4, macs=2_000_000_000, latency_ns=8e9, samples_per_query=8)
    assert row.throughput_per_core == 25
    assert row.gmacs_per_second == 200
    assert row.latency_per_gmac_ns == 0.5e9
    assert result(throughput=100.0, cores=4, accelerator="GPU").throughput_per_core is None
    assert result(throughput=9.0, throughput_unit="tokens/s", macs=9).gmacs_per_second is None
    columns = flat(row)
    assert tuple(columns) == tuple(COLUMNS)
    assert (columns["cores"], columns["macs"], columns["latency_ns"]) == (4, 2_000_000_000, 8e9)


def test_the_command_shows_a_table(stream: Path, published: Path) -> None:
    table = published / "inference_v5.1" / "summary_results.json"
    done = call("compare", stream, "--with", table, "--suite", "edge", "--limit", "2")
    assert done.returncode == 0, done.stderr
    assert "SingleStream, normalised" in done.stdout
    assert "not the same benchmark" in done.stdout
    assert "more published results match" in done.stdout
    markdown = call("compare", stream, "--with", table, "--limit", "1", "--markdown").stdout
    assert markdown.startswith("|  | system | model |")
    rows = json.loads(call("compare", stream, "--table", stream, "--json").stdout)
    assert len(rows) == 2
