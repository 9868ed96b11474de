from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from edgebench.errors import RunDirectoryInvalid
from edgebench.harness.run.session import CompletedRuns
from edgebench.results.export import to_csv, to_json
from edgebench.results.summary.columns import COLUMNS, ESTIMATE, PEAK, STREAM, TIMES, flat
from edgebench.results.summary.peak import peak_note
from edgebench.results.summary.row import SummaryRow
from edgebench.results.summary.summarize import summarize
from edgebench.results.summary.texts import markdown_rows
from tests.cli.call import call
from tests.results.made_runs import copied

DEVICE = {
    "port": "board:mps2-an386",
    "baud": 115200,
    "name": "mps2-an386",
    "profile": "ulp-mlperf",
    "model": "ic01",
    "extensions": "",
    "is_emulated": True,
}
IMAGE = {
    "board": "mps2-an386",
    "text_bytes": 1,
    "rodata_bytes": 1,
    "ram_bytes": 1,
    "arena_bytes": 1,
    "stack_bytes": 1,
}


@pytest.fixture
def rows(finished: CompletedRuns) -> tuple[SummaryRow, ...]:
    return summarize([finished.runs[0].path.parent]).rows


def test_a_row_has_what_the_record_has(
    rows: tuple[SummaryRow, ...], finished: CompletedRuns
) -> None:
    by_scenario = {row.record.scenario: row for row in rows}
    for run in finished.runs:
        row = by_scenario[run.record.scenario]
        assert row.record == run.record
        assert row.run == str(run.path)
        assert row.verdict == ("VALID" if run.record.valid else "INVALID")
        performance, accuracy, columns = run.record.performance, run.record.accuracy, flat(row)
        assert performance is not None
        assert accuracy is not None
        assert columns["samples_per_second"] == performance.samples_per_second
        assert columns["accuracy"] == accuracy.value
        assert columns["quick"]
    stream, offline = (flat(by_scenario[name]) for name in ("SingleStream", "Offline"))
    assert stream["p50_ns"] <= stream["p90_ns"] <= stream["p99_ns"]
    # Offline's one query is the test: its "latency" would mislead.
    assert offline["p50_ns"] is None
    assert offline["overhead_ns"] is None
    assert offline["overhead_share"] is not None


def test_json_is_nested_and_csv_flat_and_they_say_the_same(rows: tuple[SummaryRow, ...]) -> None:
    from_json = json.loads(to_json(rows))
    from_csv = list(csv.DictReader(io.StringIO(to_csv(map(flat, rows), COLUMNS))))
    assert len(from_json) == len(from_csv) == len(rows)
    for one, other in zip(from_json, from_csv, strict=True):
        assert tuple(other) == COLUMNS
        record = one["record"]
        performance = record["performance"]
        assert float(other["samples_per_second"]) == performance["samples_per_second"]
        assert other["scenario"] == record["scenario"]
        assert other["verdict"] == one["verdict"]
        assert other["warnings"] == "; ".join(record["warnings"])


COLUMNS_OF_0_1 = """
run model variant runtime runtime_version threads instances instance_kind batch resolver
delegates affinity scenario quick verdict reasons p50_ns p90_ns p99_ns samples_per_second score
score_name score_unit tests test_low test_high accuracy accuracy_unit metric accuracy_low
accuracy_high target target_met best_accuracy log_loss log_loss_low log_loss_high best_log_loss
audits_passed audits_run overhead_ns overhead_share device device_p50_ns device_p90_ns
device_samples_per_second tiny_inferences_per_second tiny_valid instructions_per_inference
reference meter energy_is_estimate energy_problem energy_per_inference_j
energy_uncertainty_share net_energy_per_inference_j inferences_per_j energy_delay_js average_w
peak_w idle_w tiny_uj_per_inference tiny_energy_valid tiny_energy_reason query_size
items_per_second data data_limits warnings
"""
PROVIDER = {"provider", "inter_threads", "allow_fallback"}
OF_FLOAT32 = {"of_float32", "of_float32_low", "of_float32_high", "met_99", "met_99_9"}


def test_the_columns_of_csv_are_those_that_programs_read_already() -> None:
    newer = {"delegate", "delegate_options", *PROVIDER, *STREAM, *PEAK, *ESTIMATE, *OF_FLOAT32}
    assert set(COLUMNS) == {*COLUMNS_OF_0_1.split(), *newer}
    assert len(COLUMNS) == len(set(COLUMNS))


def test_every_column_is_somewhere_in_a_record(old_runs: Path) -> None:
    """Of runs on this machine and a device, with a meter, a click model's loss, and audits."""
    rows = [flat(row) for row in summarize([old_runs]).rows]
    never = {name for name in COLUMNS if all(row[name] in (None, "", (), {}) for row in rows)}
    # Theirs are a series of tests, queries of several items, an emulator and an INVALID result;
    # streams, peaks and shares of float32's accuracy have tests of their own.
    assert never == {
        *("reasons", "affinity", "delegate", "delegate_options", "test_low", "test_high"),
        "provider",
        *("energy_problem", "query_size", "items_per_second", "instructions_per_inference"),
        *(*STREAM, *PEAK, *ESTIMATE, *OF_FLOAT32),
    }


def test_a_damaged_run_does_not_hide_the_others(
    tmp_path: Path, finished: CompletedRuns, rows: tuple[SummaryRow, ...]
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "run.json").write_text("{")
    summary = summarize([broken, finished.runs[0].path])
    assert len(summary.rows) == 1
    assert len(summary.errors) == 1
    assert "damaged" in summary.errors[0]


def test_a_folder_without_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunDirectoryInvalid, match="no run directory is in it"):
        summarize([tmp_path])
    with pytest.raises(RunDirectoryInvalid, match="there is no such folder"):
        summarize([tmp_path / "nowhere"])


def test_a_peak_is_in_every_form(tmp_path: Path, finished: CompletedRuns) -> None:
    """As a Server run leaves it that has searched its peak."""

    def searched(record: dict[str, Any]) -> None:
        record["scenario"] = "Server"
        record["performance"] |= {"target_qps": 1234.5, "latency_bound_ms": 5.0, "valid": True}
        record["peak_search"] = [
            {"target_qps": rate, "met": rate < 1300, "p99_ns": 1, "folder": ""}
            for rate in (2000.0, 1000.0, 1234.5)
        ]

    out = copied(finished.runs[0].path, tmp_path / "peak", searched)
    (row,) = summarize([out]).rows
    assert (flat(row)["peak_qps"], flat(row)["peak_rates_tried"]) == (1234.5, 3)
    assert markdown_rows([row])[0]["peak"] == "1,234.5 queries/s"
    said = call("summary", out).stdout
    note = (
        "Server: the peak is 1,234.5 queries/s within a p99 latency of 5 ms; 3 rates from 1,000.0"
    )
    assert note in said

    def never(record: dict[str, Any]) -> None:
        record["performance"]["valid"] = False

    (row,) = summarize([copied(out, tmp_path / "none", never)]).rows
    assert flat(row)["peak_qps"] is None
    assert peak_note(row.record).startswith("Server: no rate held a p99 latency of 5 ms; 3 rates")


def test_an_emulated_board_has_instructions_and_no_times(
    tmp_path: Path, finished: CompletedRuns
) -> None:
    def counted(record: dict[str, Any]) -> None:
        record["device"] = DEVICE
        record["image"] = {**IMAGE, "instructions_per_inference": 14_468_731.25}
        record["performance"]["overhead"] |= {"overhead_ns": -825_247_977, "share": -8.19}

    stream = next(run.path for run in finished.runs if run.record.scenario == "SingleStream")
    out = copied(stream, tmp_path / "emulated", counted)
    (row,) = summarize([out]).rows
    values = flat(row)
    assert [values[name] for name in TIMES] == [None] * len(TIMES)
    assert values["instructions_per_inference"] == 14_468_731.25
    table = call("summary", out).stdout.partition("warning")[0]
    assert "14,468,731" in table
    assert "emulated" in table
    assert not re.search(r"VALID|\d (us|ms|s)\b|p50", table)
