"""MLPerf Tiny's results of other people: trees, sessions, traces and answers."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import numpy as np
import pytest

from edgebench.errors import RunDirectoryInvalid
from edgebench.mlperf.tiny.results import read_tiny
from edgebench.results.check.tiny.contradictions import contradictions
from edgebench.results.sources.collect import collect
from tests.results.read_rows import ALL, rows
from tests.results.tiny_folders import EEMBC, benchmark, median

STREAM = (
    "Power Edition Output\nEnergy data for trial 0\n  Elapsed time  : 1200.002\n"
    "  Inferences    : 1\n  Power         : 25.6220 mW.\n  Total Energy  : 30746401.810 uJ\n"
    "  Energy/Inf    : 30746401.810 uJ/inf\nMedian energy cost is 30746401.8100 uJ/inf.\n"
    "Accuracy: 44 True positives, 6 False negatives, 4 False positives\n"
    "Average duty cycle: 0.56085\nAverage period: 0.031987 s\n"
    "Estimated throughput: 55.742 inf./sec.\n"
)


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
