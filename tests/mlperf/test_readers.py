"""Every MLPerf log that a user can meet is read, or says its line and what is wrong with it."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebench.errors import EdgebenchError, LogInvalid
from edgebench.mlperf.loadgen.accuracy import read_answers
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
from tests.mlperf import old_logs
from tests.mlperf.old_logs import v1_detail

STREAM, SERVER = old_logs.V07_SINGLESTREAM, old_logs.V31_SERVER


def summary(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "mlperf_log_summary.txt"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("text", "scenario", "score", "rate", "valid"),
    [
        (old_logs.V05_MULTISTREAM, "multistream", 61_000_000, 0.0, False),
        (old_logs.V07_SINGLESTREAM, "singlestream", 6_900_000, 162.25, True),
        (old_logs.V31_SERVER, "server", 451.5, 451.5, True),
        (old_logs.V41_TOKENS, "server", 2520.25, 8.5, True),
        (old_logs.V60_MULTISTREAM, "multistream", 5_300_000, 0.0, False),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_summaries_of_every_generation_are_read(
    tmp_path: Path, text: str, scenario: str, score: float, rate: float, valid: bool, encoding: str
) -> None:
    path = summary(tmp_path, text.replace("\n", "\r\n"), encoding)
    found = read_summary(path)
    assert found.scenario.name == scenario
    result = summary_result(found)
    assert (result.score, result.samples_per_second, result.valid) == (score, rate, valid)
    assert "p50" in result.latency_ns


def test_what_only_some_generations_say_is_kept(tmp_path: Path) -> None:
    old = summary_result(read_summary(summary(tmp_path, old_logs.V05_MULTISTREAM)))
    assert old.streams == 32
    assert old.reasons == (
        "the latency bound was not met",
        "Reduce samples per query to improve latency.",
    )
    new = summary_result(read_summary(summary(tmp_path, old_logs.V60_MULTISTREAM)))
    assert new.estimates_ns == {"p99": 5_300_000}
    assert "it was shorter than the minimum duration" in new.reasons
    found = read_summary(summary(tmp_path, old_logs.V05_MULTISTREAM))
    assert (found.warnings, found.errors) == (3, 1)


def test_a_text_log_of_the_first_rounds_gives_its_settings_and_the_summary_its_result(
    tmp_path: Path,
) -> None:
    (tmp_path / "mlperf_log_detail.txt").write_text(old_logs.V05_DETAIL)
    log = read_detail(tmp_path / "mlperf_log_detail.txt")
    assert log.values["effective_test_mode"] == "PerformanceOnly"
    assert log.values["effective_min_duration_ms"] == "60000"
    assert (log.seeds.qsl, log.seeds.sample_index, log.seeds.schedule) == (195, 235, 634)
    assert log.errors == ["ERROR: something was wrong"]
    assert log.warnings == ["WARNING: something was odd"]
    begin, end = log.window
    assert (end - begin).total_seconds() == pytest.approx(64.227)
    summary(tmp_path, old_logs.V07_SINGLESTREAM)
    row = loadgen_result_row(tmp_path)
    assert row.speed.latency_ns == 6_900_000
    assert row.conditions.rules == "quick"


def test_a_detail_log_without_early_stopping_is_scored_by_its_percentile(tmp_path: Path) -> None:
    path = tmp_path / "mlperf_log_detail.txt"
    path.write_text(v1_detail())
    result = performance_result(read_detail(path), SCENARIOS["singlestream"])
    assert result.score == 281_000
    assert result.query_count == 0  # that log does not say
    assert result.duration_s == 600


@pytest.mark.parametrize(
    "change",
    [
        {"effective_min_duration_ms": "long"},
        {"generated_samples_per_query": [1]},
        {"effective_qsl_rng_seed": {}},
        {"result_validity": None},
    ],
)
def test_values_of_another_kind_are_said_to_be_damaged(
    tmp_path: Path, change: dict[str, object]
) -> None:
    (tmp_path / "mlperf_log_detail.txt").write_text(v1_detail(**change))
    with pytest.raises(LogInvalid, match=str(tmp_path)):
        loadgen_result_row(tmp_path)


def test_server_is_scored_by_what_its_generation_scored(tmp_path: Path) -> None:
    path = tmp_path / "mlperf_log_detail.txt"
    rates = {"result_scheduled_samples_per_sec": 451.5, "result_completed_samples_per_sec": 450.0}
    for version, score in (("3.1", 451.5), ("4.1", 450.0), ("6.0.17 @ 01", 450.0)):
        path.write_text(v1_detail(loadgen_version=version, effective_scenario="Server", **rates))
        assert performance_result(read_detail(path), SCENARIOS["server"]).score == score


@pytest.mark.parametrize(("count", "number"), [("No", 0), ("no", 0), ("NO", 0), ("1", 1), ("2", 2)])
def test_warnings_are_counted_however_none_is_written(
    tmp_path: Path, count: str, number: int
) -> None:
    text = f"{STREAM}\n{count} warnings encountered during test.\n{count} errors encountered.\n"
    read = read_summary(summary(tmp_path, text))
    assert (read.warnings, read.errors) == (number, number)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: is empty: the test did not end"),
        ("hello : world\n", "has no scenario in it"),
        (STREAM[:200], "the test did not end"),
        (SERVER.replace("451.5", "many").replace("450.25", "some"), "'many' is not a number"),
        (STREAM.replace("Single Stream", "Triple Stream"), "no scenario is called"),
        (STREAM.replace(": 6900000", ": fast", 1), "line 7: 'fast' is not a number"),
    ],
)
def test_damaged_summaries_say_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    path = summary(tmp_path, text)
    with pytest.raises(LogInvalid, match=says):
        summary_result(read_summary(path))


@given(st.binary(max_size=400))
def test_no_bytes_harm_the_readers(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("garbage")
    path = folder / "file"
    path.write_bytes(content)
    for read in (read_summary, read_detail, read_published, read_spl):
        try:
            read(path)
        except EdgebenchError as error:
            assert str(path) in str(error)
    try:
        list(read_answers(path))
    except EdgebenchError as error:
        assert str(path) in str(error)


def test_a_long_detail_log_is_read_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "mlperf_log_detail.txt"
    line = ':::MLLOG {"key": "generic_message", "value": "%s", "metadata": {"is_error": false}}\n'
    with path.open("w") as file:
        for number in range(10_000):
            file.write(line % ("x" * 500 + str(number)))
        file.write(v1_detail())
    assert path.stat().st_size > 5e6
    tracemalloc.start()
    read_detail(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000


def test_a_long_accuracy_log_is_read_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "mlperf_log_accuracy.json"
    with path.open("w") as file:
        file.write("[\n")
        for number in range(10_000):
            end = ",\n" if number < 9_999 else "\n]\n"
            entry = {"seq_id": number, "qsl_idx": number, "data": "00" * 40}
            file.write(json.dumps(entry) + end)
    tracemalloc.start()
    assert sum(1 for _ in read_answers(path)) == 10_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000


# -- what was really published ----------------------------------------------------------------


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


# -- tables ------------------------------------------------------------------------------------

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
