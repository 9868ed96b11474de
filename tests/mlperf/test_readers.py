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
from edgebench.mlperf.power.spl import read_spl
from edgebench.mlperf.published import read_published
from edgebench.mlperf.scenarios import SCENARIOS
from edgebench.results.sources.from_logs import loadgen_result_row
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
