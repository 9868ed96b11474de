from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgebench.errors import LogInvalid
from edgebench.harness.run.session import CompletedRuns
from edgebench.mlperf.loadgen.accuracy import read_answers
from edgebench.mlperf.loadgen.config import write_config
from edgebench.mlperf.loadgen.detail import DETAIL_FILE, read_detail
from edgebench.mlperf.loadgen.result import performance_result
from edgebench.mlperf.rounds import ROUND_SEEDS, round_of
from edgebench.mlperf.scenarios import SCENARIOS, scenario_called
from tests.conftest import ONE_FOLDER
from tests.mlperf.loadgen_config import read_config

FUZZ = settings(max_examples=150, suppress_health_check=ONE_FOLDER)


def entry(key: str, value: object, **metadata: object) -> str:
    return ":::MLLOG " + json.dumps({"key": key, "value": value, "metadata": metadata})


def test_every_published_detail_log_is_read(published: Path) -> None:
    logs = sorted(published.rglob(DETAIL_FILE))
    assert logs
    for path in logs:
        log = read_detail(path)
        result = performance_result(log, scenario_called(log.values["effective_scenario"]))
        assert result.valid
        assert result.score > 0
        assert round_of(log.seeds) == "v5.1"


def test_published_scores_are_the_summarys(published: Path) -> None:
    """What the summary of the edge ResNet-50 run states, we take from its detail log."""
    for folder, text in (
        ("singlestream", " * Early stopping 90.0th percentile estimate"),
        ("offline", "Samples per second"),
    ):
        path = published / "inference_v5.1" / "edge_resnet50" / folder
        summary = (path / "mlperf_log_summary.txt").read_text()
        (line,) = [line for line in summary.splitlines() if line.startswith(text)]
        result = performance_result(read_detail(path / DETAIL_FILE), SCENARIOS[folder])
        assert result.score == pytest.approx(float(line.partition(":")[2]))


def test_our_own_logs_are_read_with_their_seeds(finished: CompletedRuns) -> None:
    for run in finished.runs:
        log = read_detail(run.path / "performance" / DETAIL_FILE)
        assert round_of(log.seeds) == "v6.1"
        assert log.values["effective_scenario"].replace(" ", "") == run.record.scenario


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / DETAIL_FILE
    path.write_text(entry("a", 1) + "\n" + entry("b", 2)[:-5] + "\n")
    with pytest.raises(LogInvalid, match="line 2: damaged or cut short"):
        read_detail(path)


def test_a_test_that_did_not_end_is_no_result(tmp_path: Path) -> None:
    path = tmp_path / DETAIL_FILE
    path.write_text(entry("result_query_count", 5) + "\n")
    with pytest.raises(LogInvalid, match="did not end"):
        performance_result(read_detail(path), SCENARIOS["offline"])


def test_too_few_queries_are_said_from_other_reasons(tmp_path: Path) -> None:
    path = tmp_path / DETAIL_FILE
    for reason, expected in (
        ("Decrease the expected latency so the loadgen pre-generates more queries.", True),
        ("Increase expected QPS so the loadgen pre-generates a larger (coalesced) query.", True),
        ("Reduce target QPS to improve latency.", False),
    ):
        path.write_text(entry("result_invalid_reason", reason))
        assert read_detail(path).too_few_queries is expected


@FUZZ
@given(st.lists(st.one_of(st.text(max_size=40), st.just(entry("k", [1, {}])[:-1])), max_size=6))
def test_any_text_is_a_log_or_a_clear_error(tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / DETAIL_FILE
    path.write_text("\n".join(":::MLLOG " + line for line in lines), errors="replace")
    try:
        read_detail(path)
    except LogInvalid as error:
        assert ", line " in str(error)


@FUZZ
@given(st.binary(max_size=200))
def test_any_bytes_are_answers_or_a_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mlperf_log_accuracy.json"
    path.write_bytes(content)
    try:
        list(read_answers(path))
    except LogInvalid as error:
        assert str(path) in str(error)


def test_answers_are_read_back(tmp_path: Path) -> None:
    path = tmp_path / "mlperf_log_accuracy.json"
    path.write_text('[{"seq_id": 0, "qsl_idx": 7, "data": "0AFF"}]')
    (answer,) = read_answers(path)
    assert (answer.sample_index, answer.data) == (7, b"\x0a\xff")
    path.write_text('[{"seq_id": 0, "qsl_idx": 7, "data": "0AFX"}]')
    with pytest.raises(LogInvalid, match="entry 0"):
        list(read_answers(path))
    # As LoadGen writes it, an entry a line; then cut short.
    entry_line = '{ "seq_id" : 0, "qsl_idx" : 7, "data" : "0AFF" }'
    path.write_text(f"[\n{entry_line},\n{entry_line}\n]\n")
    assert [answer.data for answer in read_answers(path)] == [b"\x0a\xff"] * 2
    path.write_text(f"[\n{entry_line},\n")
    with pytest.raises(LogInvalid, match="cut short after 1 entries"):
        list(read_answers(path))


def test_configurations_are_written_without_exponents(tmp_path: Path) -> None:
    path = tmp_path / "user.conf"
    write_config(path, "Server", {"target_qps": 0.00001, "min_duration": 600_000}, "a comment")
    assert read_config(path) == {
        "*.Server.target_qps": "0.00001",
        "*.Server.min_duration": "600000",
    }


def test_rounds_have_seeds_of_their_own() -> None:
    assert len({seeds.qsl for seeds in ROUND_SEEDS.values()}) == len(ROUND_SEEDS)
    assert round_of(ROUND_SEEDS["v6.0"]) == "v6.0"
