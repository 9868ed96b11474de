from __future__ import annotations

import fcntl
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest

from edgebench.errors import (
    DiskFull,
    Interrupted,
    RunDirectoryBusy,
)
from edgebench.harness.progress import Silent
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import CompletedRuns, run_request
from edgebench.rundir.layout import directory_name, session_name
from edgebench.rundir.reader import read_run
from edgebench.rundir.records.energy import EnergyRecord, MeterRecord
from edgebench.rundir.records.run import RunRecord
from edgebench.rundir.schema import run_schema
from edgebench.rundir.search import find_all_runs, find_runs
from edgebench.rundir.writer import RunDirectory, only_run_in
from tests.conftest import ROOT


def test_the_published_schema_is_the_codes() -> None:
    assert json.loads((ROOT / "docs" / "run.schema.json").read_text()) == run_schema()


def test_a_run_from_before_a_field_fits_the_schema(finished: CompletedRuns) -> None:
    """A field with a default came later: runs of the same format without it are whole."""
    values = json.loads((finished.runs[0].path / "run.json").read_text())
    for name in ("state", "energy", "limited"):
        values.pop(name, None)
    jsonschema.validate(values, run_schema())
    del values["scenario"]
    with pytest.raises(jsonschema.ValidationError, match="'scenario' is a required property"):
        jsonschema.validate(values, run_schema())


def test_what_is_written_fits_the_schema_and_reads_back(finished: CompletedRuns) -> None:
    for run in finished.runs:
        values = json.loads((run.path / "run.json").read_text())
        jsonschema.validate(values, run_schema())
        assert read_run(run.path).record == run.record
        assert run.record.state == "complete"


def test_a_run_directory_holds_what_the_design_says(finished: CompletedRuns) -> None:
    for run in finished.runs:
        names = {str(path.relative_to(run.path)) for path in run.path.rglob("*") if path.is_file()}
        assert names >= {
            "run.json",
            "system.json",
            "performance/user.conf",
            "performance/mlperf_log_summary.txt",
            "performance/mlperf_log_detail.txt",
            "accuracy/mlperf_log_accuracy.json",
            "accuracy/accuracy.txt",
        }
        assert not [name for name in names if "trace" in name and (run.path / name).stat().st_size]
        assert run.system is not None
        assert run.system.before.load_1min is not None


def test_a_directory_has_its_own_name_only_when_it_is_complete(
    tmp_path: Path, record: RunRecord
) -> None:
    directory = RunDirectory.create(tmp_path, "one", record)
    assert [path.name for path in tmp_path.glob("one*")] == ["one.partial"]
    assert read_run(directory.path).is_partial
    directory.finish()
    assert [path.name for path in tmp_path.glob("one*")] == ["one"]
    assert not read_run(tmp_path / "one").is_partial


def test_what_an_earlier_attempt_left_is_set_aside(tmp_path: Path, record: RunRecord) -> None:
    directory = RunDirectory.create(tmp_path, "one", record)
    (directory.folder("performance") / "log").write_text("first")
    assert not list(directory.folder("performance").iterdir())
    assert (directory.path / "set-aside" / "performance-1" / "log").read_text() == "first"


def test_sessions_of_one_second_have_names_of_their_own(tmp_path: Path, record: RunRecord) -> None:
    when = datetime(2026, 11, 24, 16, 5, tzinfo=UTC)
    names = []
    for finish in (False, True, False):
        names.append(session_name(tmp_path, when))
        directory = RunDirectory.create(tmp_path, f"{names[-1]}_a_offline", record)
        if finish:
            directory.finish()
    assert names == ["20261124T160500Z", "20261124T160500Z-2", "20261124T160500Z-3"]


def test_names_of_directories_are_safe() -> None:
    name = directory_name("20261124T000000Z", "my model/../x", "int8", "litert", "offline")
    assert "/" not in name
    assert " " not in name


def test_two_runs_into_one_folder_are_refused_with_whose_it_is(tmp_path: Path) -> None:
    with (tmp_path / ".edgebench.lock").open("w") as other:
        other.write("4711\n")
        other.flush()
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(RunDirectoryBusy, match="process 4711"), only_run_in(tmp_path):
            pass
    with only_run_in(tmp_path):
        pass


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 40 MiB: a run may begin there, and can be made not to end."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small file system can't be mounted here: {error}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_nearly_full_is_refused_before_measuring(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(20 * 2**20))
    with pytest.raises(DiskFull, match=r"MiB free.*`out`"):
        run_request(RunRequest(duration_s=0.2, warmup_s=0.1), small_disk)
    assert [read_run(path).is_partial for path in find_runs(small_disk)] == [True, True]


def test_a_disk_that_fills_up_is_said_to_and_nothing_is_called_complete(
    small_disk: Path, record: RunRecord
) -> None:
    directory = RunDirectory.create(small_disk, "one", record)
    before = (directory.path / "run.json").read_text()
    fill = ["dd", "if=/dev/zero", f"of={small_disk / 'ballast'}", "bs=64k"]
    assert subprocess.run(fill, capture_output=True, check=False).returncode == 1
    record.events += [{"time": "", "what": "x" * 10_000}]
    with pytest.raises(DiskFull, match="no space left"):
        directory.save()
    assert (directory.path / "run.json").read_text() == before


def test_a_directory_that_can_not_be_begun_is_not_there(
    small_disk: Path, record: RunRecord
) -> None:
    """Without run.json it could neither be read nor resumed."""
    fill = ["dd", "if=/dev/zero", f"of={small_disk / 'ballast'}", "bs=4k"]
    assert subprocess.run(fill, capture_output=True, check=False).returncode == 1
    with pytest.raises(DiskFull, match="no space left"):
        RunDirectory.create(small_disk, "one", record)
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]


def test_what_a_killed_run_began_is_no_run_and_the_next_one_removes_it(
    tmp_path: Path, record: RunRecord
) -> None:
    draft = RunDirectory.create(tmp_path, "one", record).path.rename(tmp_path / ".one.draft")
    assert not list(find_runs(tmp_path))
    assert not list(find_all_runs(tmp_path))
    RunDirectory.create(tmp_path, "two", record)
    assert not draft.exists()


def test_ctrl_c_on_a_full_disk_is_ctrl_c(small_disk: Path) -> None:
    class Fills(Silent):
        """The disk is full, and the user presses Ctrl-C."""

        def stage(self, title: str, seconds: float | None) -> None:
            if title == "SingleStream accuracy":
                fill = ["dd", "if=/dev/zero", f"of={small_disk / 'ballast'}", "bs=64k"]
                subprocess.run(fill, capture_output=True, check=False)
                raise KeyboardInterrupt

    request = RunRequest(scenarios=("singlestream",), duration_s=0.1, warmup_s=0.1)
    with pytest.raises(Interrupted, match="What was measured is kept"):
        run_request(request, small_disk, Fills())
    (path,) = find_runs(small_disk)
    assert read_run(path).record.performance is not None
    assert not list(path.glob("*.new"))


@pytest.mark.parametrize(
    ("meter", "reason"),
    [
        (MeterRecord("kettle", estimate_reason="the lid is open"), "the lid is open"),
        (MeterRecord("virtual-like kettle"), "some of the load is not in it"),
    ],
)
def test_why_energy_is_an_estimate_is_what_the_meter_says(meter: MeterRecord, reason: str) -> None:
    assert EnergyRecord(meter=meter).estimate_reason == reason
