"""run.json that is damaged, of an older version, or odd: read, or refused with the key."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from math import inf, nan
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgebench.errors import (
    EdgebenchError,
    RunDirectoryInvalid,
)
from edgebench.harness.run.session import CompletedRuns
from edgebench.results.summary.columns import flat
from edgebench.results.summary.row import summary_row
from edgebench.rundir.reader import read_run
from edgebench.rundir.records.accuracy import SecondaryMetric
from edgebench.rundir.records.energy import MeterRecord
from edgebench.rundir.records.request import RequestRecord
from edgebench.rundir.records.run import RunRecord
from edgebench.rundir.schema import run_schema
from edgebench.rundir.writer import RunDirectory
from tests.conftest import ONE_FOLDER
from tests.results.made_runs import copied


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "damaged"),
        ("[]", "not a JSON object"),
        ("{}", "not written by edgebench"),
        ('{"format": "edgebench-run", "version": 99}', "not written by edgebench: `format`"),
        ('{"format": "edgebench-run", "version": 1}', "damaged: `edgebench_version` is missing"),
        ('{"format": 99, "edgebench_version": "7.0"}', r"format 99, but .* up to 2; .*\(7.0\)"),
        ('{"format": true}', "not written by edgebench"),
        ('{"format": 2.0}', "not written by edgebench"),
        ('{"format": 2}', "damaged: `edgebench_version` is missing"),
        ('{"format": 2, "started": NaN}', "damaged: NaN is not JSON"),
        ('{"format": 2, "started": -Infinity}', "damaged: -Infinity is not JSON"),
        ('{"format": 2, "started": ' + "9" * 5000 + "}", "damaged: a number with too many digits"),
        ('{"format": 2, "a": ' + "[" * 100_000, "damaged: nested too deep"),
    ],
)
def test_a_bad_run_json_says_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(RunDirectoryInvalid, match=says):
        read_run(tmp_path)


@settings(max_examples=300, suppress_health_check=ONE_FOLDER)
@given(st.data())
def test_any_change_to_run_json_reads_or_is_a_clear_error(
    tmp_path: Path, finished: CompletedRuns, data: st.DataObject
) -> None:
    values = json.loads((finished.runs[0].path / "run.json").read_text())
    where = values
    key: str | int = data.draw(st.sampled_from(sorted(values)))
    # However deep: a run of a real device or meter has the same kinds of values.
    while isinstance(where[key], dict | list) and where[key] and data.draw(st.booleans()):
        where = where[key]
        keys = sorted(where) if isinstance(where, dict) else range(len(where))
        key = data.draw(st.sampled_from(keys))
    other = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=5),
        st.just([]),
        st.just([1]),
        st.just({}),
    )
    if data.draw(st.booleans()):
        where[key] = data.draw(other)
    else:
        del where[key]
    (tmp_path / "run.json").write_text(json.dumps(values))
    try:
        flat(summary_row(read_run(tmp_path)))
    except EdgebenchError as error:
        assert "run.json" in str(error)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("sut", {}, "damaged: `sut.name` is missing (and"),
        ("model", {"colour": 1}, "damaged: `model.name` is missing (and"),
        ("colour", 1, "damaged: `colour` is unknown"),
        ("sut", None, "damaged: `sut` must be an object, not null"),
        ("scenario", "Foo", "damaged: no scenario is called 'Foo'"),
        ("state", "done", "damaged: `state` must be one of partial, complete, not 'done'"),
        (
            "calibration",
            {"median_ns": "1"},
            "damaged: `calibration.median_ns` must be a number, not '1'",
        ),
        (
            "calibration",
            {"median_ns": 10**400},
            "damaged: `calibration.median_ns` must be a number, not 1000",
        ),
        ("clock", 1, "damaged: `clock` must be a string, not 1"),
        ("quick", 1, "damaged: `quick` must be true or false, not 1"),
        ("warnings", [1], "damaged: `warnings[0]` must be a string, not 1"),
        ("drift", [{"what": 1}], "damaged: `drift[0].what` must be a string, not 1"),
        ("request", {"round": 6}, "damaged: `request.round` must be a string, not 6"),
        ("request", {"rounds": "v6.0"}, "damaged: `request.rounds` is unknown"),
        (
            "energy",
            {"meter": {"name": "kettle", "period_s": "1"}},
            "damaged: `energy.meter.period_s` must be a number, not '1'",
        ),
    ],
)
def test_a_run_json_of_wrong_kinds_says_where(
    tmp_path: Path, finished: CompletedRuns, name: str, value: object, says: str
) -> None:
    values = json.loads((finished.runs[0].path / "run.json").read_text())
    (tmp_path / "run.json").write_text(json.dumps({**values, name: value}))
    with pytest.raises(RunDirectoryInvalid, match=re.escape(says)):
        read_run(tmp_path)


def test_what_is_no_number_is_null_in_run_json(tmp_path: Path, record: RunRecord) -> None:
    assert record.accuracy is not None
    loss = SecondaryMetric("log-loss", nan, "nats", nan, inf, "mean", None)
    record.accuracy = replace(record.accuracy, secondary=(loss,))
    assert record.performance is not None
    record.performance = replace(record.performance, others_cpu_share=-inf)
    directory = RunDirectory.create(tmp_path, "one", record)
    text = (directory.path / "run.json").read_text()
    assert not re.search("NaN|Infinity", text)
    assert json.loads(text)["performance"]["others_cpu_share"] is None
    read = read_run(directory.path).record
    assert read.accuracy is not None
    (found,) = read.accuracy.secondary
    assert (found.value, found.low, found.high) == (None, None, None)
    assert flat(summary_row(read_run(directory.path)))["log_loss"] is None


@pytest.mark.parametrize("name", ["system.json", "run.json"])
def test_a_damaged_system_json_names_the_key_too(
    tmp_path: Path, finished: CompletedRuns, name: str
) -> None:
    run = copied(finished.runs[0].path, tmp_path / "run")
    values = json.loads((run / name).read_text())
    values["colour"] = 1
    (run / name).write_text(json.dumps(values))
    with pytest.raises(RunDirectoryInvalid, match=rf"{name}: damaged: `colour` is unknown"):
        read_run(run)


def test_cattrs_is_loaded_when_a_run_directory_is_read_and_not_before(
    finished: CompletedRuns,
) -> None:
    code = (
        "import sys, edgebench.cli, edgebench.rundir.reader as reader, edgebench.rundir.writer\n"
        "assert 'cattrs' not in sys.modules\n"
        "reader.read_run(sys.argv[1])\n"
        "assert 'cattrs' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(finished.runs[0].path)], check=True)


@pytest.mark.parametrize(("applied", "usual"), [(["XNNPACK", "/lib/d.so"], True), ([], False)])
def test_an_older_runs_default_delegate_is_known(
    tmp_path: Path, finished: CompletedRuns, applied: list[str], usual: bool
) -> None:
    values = json.loads((finished.runs[0].path / "run.json").read_text())
    assert values["sut"].pop("default_delegates") == ["XNNPACK"]
    values["sut"]["delegates"] = applied
    (tmp_path / "run.json").write_text(json.dumps(values))
    assert read_run(tmp_path).record.sut.default_delegates == ("XNNPACK",) * usual


def test_a_run_whose_dataset_has_the_reuse_of_a_draw_is_still_read(
    tmp_path: Path, finished: CompletedRuns
) -> None:
    values = json.loads((finished.runs[0].path / "run.json").read_text())
    expected = read_run(finished.runs[0].path).record
    values["dataset"]["reuse_drawn"] = {"1": 0.5}
    (tmp_path / "run.json").write_text(json.dumps(values))
    assert read_run(tmp_path).record == expected


def test_what_an_older_run_json_does_not_state_has_its_default(
    tmp_path: Path, finished: CompletedRuns
) -> None:
    values = json.loads((finished.runs[0].path / "run.json").read_text())
    values |= {"request": {"model": "kws-ds-cnn"}, "energy": {"meter": {"name": "virtual:ppk2"}}}
    jsonschema.validate(values, run_schema())
    (tmp_path / "run.json").write_text(json.dumps(values))
    record = read_run(tmp_path).record
    assert record.request == RequestRecord("kws-ds-cnn")
    assert record.energy is not None
    assert record.energy.meter == MeterRecord("virtual:ppk2")
    assert record.energy.is_played
    assert record.energy.meter.measured_at is None
