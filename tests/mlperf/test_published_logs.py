"""MLPerf's published logs are read, or their fault is named with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgebench.errors import LogInvalid
from edgebench.mlperf.loadgen.detail import read_detail
from edgebench.mlperf.loadgen.result import performance_result
from edgebench.mlperf.loadgen.summary import read_summary, summary_result
from edgebench.mlperf.power.spl import checker_power_w, read_spl
from edgebench.mlperf.published import PublishedResult, read_published
from edgebench.mlperf.scenarios import SCENARIOS
from edgebench.mlperf.tiny.results import read_tiny
from edgebench.results.check.tiny.contradictions import contradictions
from edgebench.results.sources.collect import collect
from edgebench.results.sources.from_logs import loadgen_result_row
from edgebench.results.sources.from_published import Filter
from edgebench.results.sources.from_tiny import tiny_result_row


def published_rows(published: Path) -> list[PublishedResult]:
    return read_published(published / "inference_v5.1" / "summary_results.json")


def test_every_published_log_is_read(published: Path) -> None:
    details = sorted(published.rglob("mlperf_log_detail.txt"))
    assert len(details) == 6
    for path in details:
        row = loadgen_result_row(path.parent)
        assert row.verdict == "VALID"
        assert row.conditions.rules == "official settings v5.1"
        # A summary alone says the same.
        alone = summary_result(read_summary(path.with_name("mlperf_log_summary.txt")))
        log = read_detail(path)
        whole = performance_result(log, SCENARIOS[log.values["effective_scenario"].lower()])
        assert alone.score == pytest.approx(whole.score, rel=1e-5)
        assert alone.tokens_per_second == whole.tokens_per_second
    assert len(published_rows(published)) == 1448
    tiny = read_tiny(published / "tiny_v1.3" / "NUCLEO_L4R5ZI-P" / "kws")
    assert tiny.inferences_per_second == pytest.approx(23.032)
    assert tiny.uj_per_inference == pytest.approx(1430.6681)
    assert (tiny.top1_percent, tiny.auc) == (90.2, 0.995)
    assert tiny.benchmark == "kws"
    assert contradictions(published / "tiny_v1.3" / "NUCLEO_L4R5ZI-P" / "kws", tiny) == ()


@pytest.mark.parametrize(
    ("folder", "submitter", "model", "scenario", "platform"),
    [
        ("edge_resnet50/singlestream", "GATEOverflow", "resnet", "SingleStream", "AM5-mlcommons"),
        ("edge_resnet50/offline", "GATEOverflow", "resnet", "Offline", "AM5-mlcommons"),
        ("datacenter_retinanet/Offline", "", "retinanet", "Offline", ""),
        ("datacenter_retinanet/Server", "", "retinanet", "Server", ""),
        ("datacenter_power_whisper/run_1", "Lenovo", "whisper", "Offline", ""),
    ],
)
def test_published_figures_are_what_the_readers_take_from_the_logs(
    published: Path, folder: str, submitter: str, model: str, scenario: str, platform: str
) -> None:
    row = loadgen_result_row(published / "inference_v5.1" / folder)
    ours = row.speed.latency_ns / 1e6 if row.speed.latency_ns is not None else row.speed.throughput
    stated = [
        each.result
        for each in published_rows(published)
        if each.mlperf_model == model
        and each.scenario == scenario
        and submitter in each.submitter
        and platform in each.platform
    ]
    assert ours is not None
    assert any(value == pytest.approx(ours, rel=1e-5) for value in stated)


def test_an_inferred_multistream_is_eight_of_the_99th_percentile(published: Path) -> None:
    row = loadgen_result_row(published / "inference_v5.1" / "edge_resnet50" / "multistream")
    assert row.conditions.scenario == "MultiStream"
    assert (row.speed.latency_ns, row.speed.inferred) == (62_695_344, True)
    assert any("62.695344 ms" in note for note in row.notes)
    assert any(
        each.result == 62.695344 and each.inferred and each.scenario == "MultiStream"
        for each in published_rows(published)
    )


def test_the_published_power_is_reproduced(published: Path) -> None:
    folder = published / "inference_v5.1" / "datacenter_power_whisper" / "run_1"
    begin, end = read_detail(folder / "mlperf_log_detail.txt").window
    watts = checker_power_w(read_spl(folder / "spl.txt"), begin, end)
    (stated,) = (
        each.power
        for each in published_rows(published)
        if each.mlperf_model == "whisper" and each.power
    )
    assert watts == pytest.approx(stated, rel=1e-9)
    assert loadgen_result_row(folder).power.power_w == watts


def test_published_results_are_filtered(published: Path) -> None:
    path = published / "inference_v5.1" / "summary_results.json"
    wanted = Filter(round="5.1", category="open", suite="edge", scenarios=("offline",), power=True)
    rows = collect([path], wanted).results
    assert {row.conditions.rules for row in rows} == {"open v5.1"}
    assert {row.conditions.scenario for row in rows} == {"Offline"}
    assert all(row.power.power_w and row.power.energy_per_sample_j for row in rows)
    # Tokens are not samples, whatever the table calls them.
    (whisper,) = collect([path], Filter(model="whisper", system="SR", power=True)).results
    assert whisper.speed.throughput_unit == "tokens/s"
    assert whisper.power.energy_per_sample_j is None


CSV = (
    "Organization,Availability,Division,SystemType,SystemName,Platform,Model,MlperfModel,Scenario,"
    "Result,Accuracy,number_of_nodes,host_processor_model_name,host_processors_per_node,"
    "host_processor_core_count,accelerator_model_name,accelerators_per_node,Location,framework,"
    "operating_system,notes,compliance,errors,version,inferred,has_power,Units\n"
    "Org,available,open,edge,Pi 5,pi5,mobilenet,resnet,SingleStream,12.5,acc: 70.1,1,BCM2712,1,4,,"
    "0,open/Org,LiteRT,Linux,,1,0,v4.1,0,False,Latency (ms)\n"
    "Org,available,open,edge,Pi 5,pi5,mobilenet,resnet,Offline,,acc: 70.1,1,BCM2712,1,4,,0,"
    "open/Org,LiteRT,Linux,,1,0,v4.1,0,False,Samples/s\n"
)


def test_a_checkers_csv_is_read_and_rows_without_a_result_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "summary.csv"
    path.write_text(CSV)
    (row,) = read_published(path)
    assert (row.model, row.mlperf_model, row.result, row.cores) == ("mobilenet", "resnet", 12.5, 4)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("a,b\n1,2\n", "line 1: no published results"),
        (CSV.replace("12.5", "quick"), "line 2, result: 'quick' is not a number"),
        (CSV.replace("Org,available", ",available", 1), "line 2: no submitter"),
        ('[{"Submitter": "x"', "cut short"),
        ('{"Submitter": "x"}', "not a list"),
        ("[3]", "result 0: not an object"),
        pytest.param(f"{'x' * 140_000},b\n", "line 1: field larger", id="csv's limit"),
        pytest.param(f"{CSV}{'x' * 140_000}\n", "line 3: field larger", id="csv's limit, below"),
    ],
)
def test_damaged_tables_say_what_is_wrong(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "table"
    path.write_text(content)
    with pytest.raises(LogInvalid, match=says):
        read_published(path)


def tiny_folder(tmp_path: Path) -> Path:
    performance = tmp_path / "performance"
    performance.mkdir()
    rows = [
        {"infer": {"throughput": value, "iterations": 11 * value, "elapsed_time": 11_000_000}}
        for value in (9.0, 10.0, 11.0)
    ]
    (performance / "results.json").write_text(json.dumps(rows))
    (performance / "results.txt").write_text(
        "0101.0 x: Median throughput is     10.000 inf./sec.\n"
    )
    (performance / "log.txt").write_bytes(b"Device name retrieved: a \xff board\n")
    return tmp_path


def test_a_result_that_was_changed_by_hand_is_doubted(tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path)
    found = read_tiny(folder)
    assert contradictions(folder, found) == ()
    assert found.name == "a  board"
    text = folder / "performance" / "results.txt"
    text.write_text(text.read_text().replace("10.000", "99.000"))
    (doubt,) = tiny_result_row(folder).notes
    assert "results.txt: says a median of 99, results.json 10" in doubt


def test_tiny_results_that_are_cut_short_say_so(tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path)
    (folder / "performance" / "results.json").write_text('[{"infer": {"through')
    (note,) = tiny_result_row(folder).notes
    assert "results.json: damaged or cut short" in note
    (folder / "performance" / "results.txt").write_text("Performance results for window 1\n")
    with pytest.raises(LogInvalid, match="no line states a result"):
        read_tiny(folder)
    with pytest.raises(LogInvalid, match="no results of MLPerf Tiny"):
        read_tiny(tmp_path / "nothing")
