"""Results of other people's logs: language models, inferred ones, trees, sessions, tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgebench.mlperf.tiny.find import place_of
from edgebench.mlperf.tiny.results import read_tiny
from edgebench.results.check.tiny.contradictions import contradictions
from edgebench.results.sources.from_logs import loadgen_result_row
from tests.mlperf.old_logs import v1_detail
from tests.results.read_rows import rows
from tests.results.tiny_folders import benchmark, median

TTFT = " * Run successful."
LLM = {"early_stopping_ttft_result": TTFT, "result_completed_samples_per_sec": 29.4}


def logged(folder: Path, **changes: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mlperf_log_detail.txt").write_text(v1_detail(**changes))
    (folder / "mlperf_log_summary.txt").write_text("Scenario : SingleStream\n")
    return folder


@pytest.mark.parametrize(
    ("folder", "scenario", "key", "shown"),
    [
        ("Server", "Server", "result_completed_tokens_per_second", "Server"),
        ("Interactive", "Server", "result_completed_tokens_per_second", "Interactive"),
        ("Server", "Server", "result_inferred_completed_tokens_per_second", "Server"),
        ("Offline", "Offline", "result_tokens_per_second", "Offline"),
        ("Offline", "Offline", "result_inferred_tokens_per_second", "Offline"),
    ],
)
def test_a_language_models_rate_is_in_tokens(
    tmp_path: Path, folder: str, scenario: str, key: str, shown: str
) -> None:
    home = logged(
        tmp_path / "results" / "box" / "llama2-70b-99" / folder / "performance" / "run_1",
        effective_scenario=scenario,
        result_samples_per_second=29.4,
        **LLM,
        **{key: 8840.42},
    )
    row = loadgen_result_row(home)
    assert (row.speed.throughput, row.speed.throughput_unit) == (8840.42, "tokens/s")
    assert (row.conditions.scenario, row.system.name) == (shown, "box")
    assert not any("the folder says" in note for note in row.notes)


def test_a_language_models_latency_is_of_the_whole_answer(tmp_path: Path) -> None:
    home = logged(
        tmp_path,
        early_stopping_latency_ss=272_739_682,
        early_stopping_latency_ms=333_755_801,
        result_completed_tokens_per_second=37.7,
        **{**LLM, "result_90.00_percentile_latency_ns": 3_545_895_439},
    )
    row = loadgen_result_row(home)
    assert (row.speed.latency_ns, row.speed.latency_kind) == (3_545_895_439, "p90")


@pytest.mark.parametrize(
    ("measured", "named", "more", "latency_ns", "rate"),
    [
        ("SingleStream", "multistream", {"early_stopping_latency_ms": 900_000}, 7_200_000, None),
        ("SingleStream", "Offline", {}, None, 3553.5),
        ("MultiStream", "offline", {"result_mean_latency_ns": 2_000_000}, None, 4000.0),
    ],
)
def test_a_scenario_is_inferred_as_the_edge_rules_do(
    tmp_path: Path,
    measured: str,
    named: str,
    more: dict[str, object],
    latency_ns: float | None,
    rate: float | None,
) -> None:
    home = tmp_path / "results" / "box" / "resnet50" / named / "performance" / "run_1"
    row = loadgen_result_row(logged(home, effective_scenario=measured, **more))
    assert row.conditions.scenario.lower() == named.lower()
    assert row.speed.inferred
    assert row.speed.latency_ns == latency_ns
    if rate is not None:
        assert row.speed.throughput == rate


def spl(*watts: float) -> str:
    return "".join(
        f"Time,11-24-2026 16:06:{second:02d}.000,Watts,{each},Volts,230,Amps,0.1,PF,0.9,Mark,x\n"
        for second, each in enumerate(watts)
    )


@pytest.mark.parametrize(
    ("named", "queries", "figure"),
    [("singlestream", 1000, 24_000), ("multistream", 1000, 192_000), ("multistream", 2000, 96_000)],
)
def test_mlperf_s_energy_per_query_is_shown_as_its_checker_reckons_it(
    tmp_path: Path, named: str, queries: int, figure: float
) -> None:
    home = tmp_path / "results" / "box" / "resnet50" / named / "performance" / "run_1"
    more = {"early_stopping_latency_ms": 900_000, "result_query_count": queries}
    window = {"power_begin": "11-24-2026 16:05:00.000", "power_end": "11-24-2026 16:15:00.000"}
    logged(home, effective_scenario="SingleStream", **more, **window)
    (home / "spl.txt").write_text(spl(30, 50, 0, -1))
    row = loadgen_result_row(home)
    assert f"MLPerf's power: {figure:.6g} mJ/query" in row.notes
    (left_out,) = (note for note in row.notes if "at or below 0 W" in note)
    assert "2 of 4 readings" in left_out
    assert "(40 W); with them the mean is 19.75 W" in left_out
    assert row.power.power_w == 40
    (home / "spl.txt").write_text(spl(30, 50))
    assert not any("at or below 0 W" in note for note in loadgen_result_row(home).notes)


def test_a_tree_has_its_results_and_no_rehearsals_or_audits(tmp_path: Path) -> None:
    scenario = tmp_path / "closed" / "Org" / "results" / "box" / "resnet50" / "SingleStream"
    logged(scenario / "performance" / "run_1")
    logged(scenario / "performance" / "ranging")
    logged(scenario / "accuracy", effective_test_mode="AccuracyOnly")
    logged(scenario / "TEST04" / "performance" / "run_1")
    logged(tmp_path / "closed" / "Org" / "compliance" / "box" / "resnet50" / "x" / "run_1")
    # Whatever its folder is called, an audit's log says that it is one.
    logged(tmp_path / "again", effective_performance_issue_same=True)
    logged(tmp_path / "sampled", effective_accuracy_log_sampling_target=4096)
    (row,) = rows(tmp_path)
    assert row.where == str(scenario / "performance" / "run_1")


# -- MLPerf Tiny -------------------------------------------------------------------------------


def test_a_folders_name_makes_no_rule_a_contradiction(tmp_path: Path) -> None:
    """What kind a finding is does not hang on the words in it, which may be names of others."""
    folder = tmp_path / "damaged" / "kws"
    home = benchmark(folder, "performance", "interrupted\n", "kws01")
    benchmark(folder, "accuracy", "0.1 x: Top 1% = 95.0\n", "kws01")
    (home / "results.txt").write_text(
        "0.1 x: Performance results for window 1\n0.1 x: Throughput: 1.2.3 inf./sec.\n"
    )
    assert contradictions(folder, read_tiny(folder / "accuracy")) == ()


def test_a_folder_that_anybody_calls_results_is_no_submission(tmp_path: Path) -> None:
    home = tmp_path / "me"
    benchmark(home / "results", "20260101_120000", median(12.5), "kws01")
    (home / "systems").mkdir()
    (home / "systems" / "20260101_120000.json").write_text('{"Processor(s) Name": "another"}')
    (row,) = rows(home)
    assert (row.system.name, row.system.processor) == ("Vendor", "")
    assert row.conditions.rules == "MLPerf Tiny"
    # A tree's own is a tree's, whatever lies above and below.
    deep = home / "results" / "open" / "Org" / "results" / "board" / "results" / "ic"
    benchmark(deep, "performance", median(3.0), "ic01")
    place = place_of(deep)
    assert (place.division, place.submitter, place.system) == ("open", "Org", "board/results")
    assert place.home == home / "results" / "open" / "Org"


def test_a_tree_of_both_kinds_is_read_whole(tmp_path: Path) -> None:
    scenario = tmp_path / "edge" / "box" / "resnet50" / "SingleStream"
    logged(scenario / "performance" / "run_1")
    tiny = tmp_path / "tiny" / "board" / "kws"
    home = benchmark(tiny, "performance", median(10.0), "kws01")
    logged(home)  # of the same runs
    first, second = rows(tmp_path)
    assert (first.where, first.source) == (str(tiny), "MLPerf Tiny log")
    assert (second.where, second.source) == (
        str(scenario / "performance" / "run_1"),
        "LoadGen log",
    )
    # A results.txt above all of them hides none of LoadGen's.
    (tmp_path / "results.txt").write_text(median(1.0))
    assert [each.source for each in rows(tmp_path)].count("LoadGen log") == 1
