"""Results of other people's logs: language models, inferred ones, trees, sessions, tables."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import numpy as np
import pytest

from edgebench.errors import RunDirectoryInvalid
from edgebench.mlperf.tiny.find import place_of
from edgebench.mlperf.tiny.results import read_tiny
from edgebench.results.check.tiny.contradictions import contradictions
from edgebench.results.sources.collect import collect
from edgebench.results.sources.from_logs import loadgen_result_row
from edgebench.results.sources.from_published import Filter
from edgebench.results.sources.row import Result
from tests.mlperf.old_logs import v1_detail

ALL = Filter()
TTFT = " * Run successful."
LLM = {"early_stopping_ttft_result": TTFT, "result_completed_samples_per_sec": 29.4}


def logged(folder: Path, **changes: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mlperf_log_detail.txt").write_text(v1_detail(**changes))
    (folder / "mlperf_log_summary.txt").write_text("Scenario : SingleStream\n")
    return folder


def rows(path: Path) -> list[Result]:
    found = collect([path], ALL)
    assert found.errors == ()
    return list(found.results)


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

STREAM = (
    "Power Edition Output\nEnergy data for trial 0\n  Elapsed time  : 1200.002\n"
    "  Inferences    : 1\n  Power         : 25.6220 mW.\n  Total Energy  : 30746401.810 uJ\n"
    "  Energy/Inf    : 30746401.810 uJ/inf\nMedian energy cost is 30746401.8100 uJ/inf.\n"
    "Accuracy: 44 True positives, 6 False negatives, 4 False positives\n"
    "Average duty cycle: 0.56085\nAverage period: 0.031987 s\n"
    "Estimated throughput: 55.742 inf./sec.\n"
)
EEMBC = (
    "0.1 ulp-ml: Energy data for window 2 at time 9.70 for 10.83 sec.:\n"
    "0.1 ulp-ml:   Energy       :    91505.154 uJ\n"
    "0.1 ulp-ml:   Power        :     8452.273 uW\n"
    "0.1 ulp-ml:   Energy/Inf.  :       45.753 uJ/inf.\n"
    "0.1 ulp-ml: Median energy cost is 45.753 uJ/inf.\n"
    "0.1 ulp-ml: Median throughput is 184.700 inf./sec.\n"
)
MODEL = "Device name retrieved: Vendor\nDevice model retrieved: {}\n"


def benchmark(folder: Path, mode: str, text: str, model: str, prefix: str = "") -> Path:
    home = folder / mode
    home.mkdir(parents=True)
    (home / f"{prefix}results.txt").write_text(text)
    (home / f"{prefix}log.txt").write_text(MODEL.format(model))
    return home


def median(rate: float) -> str:
    return f"0.1 ulp-mlperf: Median throughput is {rate:10.3f} inf./sec.\n"


def test_a_tiny_tree_has_its_boards_by_their_folders(tmp_path: Path) -> None:
    home = tmp_path / "closed" / "Vendor"
    for board, rate in (("NUCLEO_A", 10.0), ("NUCLEO_B", 20.0)):
        folder = home / "results" / board / "kws"
        benchmark(folder, "performance", median(rate), "kws01")
        benchmark(folder, "accuracy", "0.1 x: Top-1: 90.2%\n0.1 x: AUC: 0.99\n", "kws01")
        (folder / "accuracy" / "._results.txt").write_bytes(b"\x00\x05\x16")
    (home / "systems").mkdir()
    # Windows' editors put a mark in front.
    (home / "systems" / "NUCLEO_A.json").write_text('\ufeff{"Processor(s) Name": "Cortex-M4"}')
    (home / "code").mkdir()
    (home / "code" / "log.txt").write_text("somebody's own")
    a, b = rows(tmp_path)
    assert (a.system.name, a.system.processor, a.speed.throughput) == ("NUCLEO_A", "Cortex-M4", 10)
    assert (b.system.name, b.speed.throughput, b.workload.accuracy) == ("NUCLEO_B", 20, "90.2%")


def test_a_streams_energy_is_no_inferences(tmp_path: Path) -> None:
    folder = tmp_path / "closed" / "Vendor" / "results" / "board" / "sww"
    benchmark(folder, "energy", STREAM, "sww01")
    (row,) = rows(tmp_path)
    assert row.power.power_w == pytest.approx(0.025622)
    assert row.power.energy_per_sample_j is None
    assert (row.speed.throughput, row.conditions.scenario) == (55.742, "Streaming")
    assert row.workload.accuracy == "6 missed, 4 false"
    assert "duty cycle, 0.56" in row.notes[0]


def test_the_names_of_earlier_rounds_are_read(tmp_path: Path) -> None:
    results = tmp_path / "open" / "Org" / "results"
    tool = results / "tool" / "BOARD" / "anomaly_detection"
    benchmark(tool, "performance", median(50.0), "ad01", "performance_")
    benchmark(tool, "accuracy", "0.1 x: Top-1: 77.4%\n0.1 x: AUC: 0.86\n", "ad01", "accuracy_")
    benchmark(tool, "power", EEMBC, "ad01")
    logs = results / "pi" / "ic" / "fp32" / "performance"
    logs.mkdir(parents=True)
    device = "".join(
        f"{n}.1 dut: m-infer-start-1000\n{n}.1 dut: m-lap-us-{n}000000\n"
        f"{n}.1 dut: m-lap-us-{n + 20}000000\n"
        for n in range(1, 6)
    )
    (logs / "performance_log.txt").write_text(device)
    pi, board = rows(tmp_path)
    assert (board.system.name, board.workload.benchmark) == ("tool/BOARD", "ad")
    # A run for energy states its own throughput; the performance run's counts.
    assert (board.speed.throughput, board.workload.accuracy) == (50.0, "0.86")
    assert board.power.energy_per_sample_j == pytest.approx(45.753e-6)
    assert board.power.power_w == pytest.approx(0.008452273)
    assert (pi.system.name, pi.speed.throughput) == ("pi/fp32", 50.0)


def test_sessions_of_the_official_runner_are_read(tmp_path: Path) -> None:
    benchmark(tmp_path / "sessions", "20250729_144404", median(12.5), "kws01")
    benchmark(tmp_path / "sessions", "20250730_090000", STREAM, "sww01")
    kws, sww = rows(tmp_path / "sessions")
    assert (kws.workload.benchmark, kws.system.name, kws.speed.throughput) == (
        "kws",
        "Vendor",
        12.5,
    )
    assert (sww.workload.benchmark, sww.conditions.scenario) == ("sww", "Streaming")
    assert rows(tmp_path / "sessions" / "20250729_144404") == [kws]


def test_a_tiny_file_without_a_result_costs_its_own_row(tmp_path: Path) -> None:
    results = tmp_path / "closed" / "Org" / "results"
    benchmark(results / "a" / "kws", "performance", median(10.0), "kws01")
    benchmark(results / "b" / "kws", "performance", "interrupted\n", "kws01")
    found = collect([tmp_path], ALL)
    assert len(found.results) == 1
    assert "no line states a result" in found.errors[0]
    with pytest.raises(RunDirectoryInvalid, match="no line states a result"):
        collect([results / "b"], ALL)


def test_the_tiny_checkers_table_is_read(tmp_path: Path) -> None:
    path = tmp_path / "summary.csv"
    path.write_text(
        "Organization,Availability,Division,BoardName,SystemDesc,Model,MlperfModel,Result,"
        "ResultUnit,Accuracy,HasPower,Power,PowerUnit,HostProcessorModelName\n"
        '"ST","available","closed","NUCLEO","nucleo_a","ic","ic","9.003","inf./sec.","87.0",'
        '"True","2578.969","uJ/inf.","Cortex-M33"\n'
        '"ST","available","closed","NUCLEO","nucleo_a","sww","sww","55.742","inf./sec.","0.9",'
        '"True","25.622","mW","Cortex-M33"\n'
        '"ST","available","closed","NUCLEO","nucleo_a","kws","kws","33.1","inf./sec.","90.1",'
        '"False","0","uJ/inf.","Cortex-M33"\n'
    )
    ic, sww, kws = rows(path)
    assert (ic.system.name, ic.system.processor) == ("NUCLEO", "Cortex-M33")
    assert (ic.conditions.scenario, ic.speed.throughput) == ("SingleStream", 9.003)
    assert ic.power.energy_per_sample_j == pytest.approx(2578.969e-6)
    assert (sww.conditions.scenario, sww.power.power_w) == ("Streaming", 0.025622)
    assert sww.power.energy_per_sample_j is None
    assert kws.power.power_w is None
    assert kws.power.energy_per_sample_j is None


def test_answers_that_contradict_the_text_are_noted(tmp_path: Path) -> None:
    home = benchmark(tmp_path / "kws", "accuracy", "0.1 x: Top 1% = 99.0\n", "kws01")
    entries = [
        {"file": f"{n}.bin", "class": str(n % 2), "infer": {"results": [0.9, 0.1]}}
        for n in range(4)
    ]
    (home / "results.json").write_text(json.dumps(entries))
    (row,) = rows(tmp_path / "kws")
    assert any("says Top 1% = 99, the answers in results.json come to 50" in n for n in row.notes)


@pytest.mark.parametrize("value", [10**25, "9" * 25, "unread: a text that ends in damaged"])
def test_answers_that_can_not_be_read_are_noted(tmp_path: Path, value: object) -> None:
    home = benchmark(tmp_path / "kws", "accuracy", "0.1 x: Top 1% = 99.0\n", "kws01")
    entries = [{"file": "a.bin", "class": value, "infer": {"results": [0.9, 0.1]}}]
    (home / "results.json").write_text(json.dumps(entries))
    (row,) = rows(tmp_path / "kws")
    (note,) = row.notes
    assert "results.json, entry 0, class" in note


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


@pytest.mark.parametrize(
    ("scale", "says"),
    [(1.0, None), (1.01, r"says trial 0: 50, trace1-energy\.bin 50\.5"), (None, "no energy trace")],
)
def test_a_trial_that_its_trace_contradicts_is_found(
    tmp_path: Path, scale: float | None, says: str | None
) -> None:
    home = benchmark(
        tmp_path / "kws",
        "energy",
        EEMBC.replace("45.753", "50").replace("91505.154", "100000")
        + "0.1 ulp-ml: Performance results for window 2:\n0.1 ulp-ml:   # Inferences :  2000\n",
        "kws01",
    )
    folder = home if home.name == "energy" else tmp_path / "kws" / "energy"
    samples = np.full(11_000, 10 * (scale or 1), np.float32)
    trace = struct.pack("<Bf", 0xF1, 1000) + samples.tobytes()
    (folder / "trace1-energy.bin").write_bytes(trace if scale else b"\xf1")
    (folder / "trace1-timestamps.json").write_text("[0.018, 0.5, 10.5]")
    found = contradictions(tmp_path / "kws", read_tiny(tmp_path / "kws"))
    about = [each for each in found if "trace1" in each]
    assert bool(about) == (says is not None)
    assert says is None or re.search(says, about[0])
