"""Children that try a model: only a run to its end is remembered, and they end with us."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgebench.datasets.load import load_dataset
from edgebench.errors import RuntimeCrashed
from edgebench.harness.devices.reference import tflm as tflm_reference
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import resolve_model
from edgebench.models.trial import child
from edgebench.models.trial.job import RAN
from edgebench.models.trial.model_file import file_of
from edgebench.models.trial.passed_trials import key_of
from edgebench.models.trial.trial import require_survival, tried
from edgebench.processes.expendable import GRACE_S, child_command
from edgebench.runtimes.drivers import interpreter_driver
from tests.conftest import ROOT, waited
from tests.kills.leftovers import Surroundings
from tests.models.trial.test_trial import LITERT, job_of, own_cache
from tests.sut.test_delegate import IDLE, built

__all__ = ["own_cache"]
CREATED = "if (count && keys[0][0] == 'f')"
"""Where a delegate does what it does as it is created."""
MODULES = [child.__name__, tflm_reference.__name__]
PARENT = """
import subprocess, sys
from edgebench.processes.expendable import child_command
child = subprocess.Popen(child_command(sys.argv[1], 600, *sys.argv[2:]))
print(child.pid, flush=True)
child.wait()
"""
TRIES = """
import sys
from dataclasses import replace
from edgebench.models.resolve import resolve_model
from edgebench.models.trial.trial import tried
from tests.models.trial.test_trial import job_of
model = resolve_model(sys.argv[2])
path = model.path if sys.argv[3] == "own" else None
tried(job_of(model, delegate=sys.argv[1], path=path))
"""


def delegate(folder: Path, created: str = "", prepared: str = "") -> str:
    """Build a delegate that does something in C as it is created, or given a graph."""
    code = IDLE.replace(CREATED, f"{created} {CREATED}").replace(
        "{ return 0; }", f"{{ {prepared} }}"
    )
    return str(
        built(folder, f"#include <unistd.h>\n#include <stdio.h>\n#include <stdlib.h>\n{code}")
    )


@pytest.mark.parametrize("ending", ["_exit(0)", "_exit(1)", "exit(3)"])
@pytest.mark.parametrize("moment", ["created", "prepared"])
def test_a_delegate_that_exits_is_named(
    tmp_path: Path, own_cache: Path, ending: str, moment: str
) -> None:
    library = delegate(tmp_path, **{moment: f"{ending};"})
    settings = replace(LITERT, delegate=library)
    with pytest.raises(RuntimeCrashed) as raised:
        require_survival(resolve_model("kws-ds-cnn"), interpreter_driver("litert"), settings)
    said = str(raised.value)
    assert f"exits (code {re.findall('[0-9]', ending)[0]}) when it opens the file" in said
    assert f"delegate {library})" in said
    assert not own_cache.exists()


def test_a_child_that_ends_before_it_tries_anything_has_passed_nothing(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgebench.models.trial.trial.CHILD", "edgebench.no_such_module")
    require_survival(resolve_model("kws-ds-cnn"), interpreter_driver("litert"), LITERT)
    assert not own_cache.exists()


def test_a_delegate_that_is_not_there_has_passed_nothing(own_cache: Path) -> None:
    settings = replace(LITERT, delegate="/no/such/delegate.so")
    require_survival(resolve_model("kws-ds-cnn"), interpreter_driver("litert"), settings)
    assert not own_cache.exists()


def test_what_a_library_prints_is_no_stage(tmp_path: Path) -> None:
    library = delegate(tmp_path, 'write(1, "ready\\n!", 7);', "abort();")
    settings = replace(LITERT, delegate=library)
    with pytest.raises(RuntimeCrashed, match="when it opens the file"):
        require_survival(resolve_model("kws-ds-cnn"), interpreter_driver("litert"), settings)
    talks = delegate(tmp_path, 'write(1, "ready!", 6);', "return 0;")
    end = tried(job_of(resolve_model("kws-ds-cnn"), delegate=talks))
    assert end is not None and end.is_passed


def test_a_file_of_the_current_folder_is_not_imported(tmp_path: Path) -> None:
    for name in ("pickle", "edgebench", "numpy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(0)")
    model = resolve_model("kws-ds-cnn")
    end = tried(job_of(model))
    assert end is not None and end.stage == RAN
    if tflm_reference.PACKAGE.version is not None:
        samples = [load_dataset("kws").sample(0)]
        assert np.isfinite(tflm_reference.outputs_by_tflm(model, samples)).all()


COMPARES = """
import sys
from edgebench.datasets.load import load_dataset
from edgebench.harness.devices.reference.tflm import outputs_by_tflm
from edgebench.models.resolve import resolve_model
outputs_by_tflm(resolve_model("kws-ds-cnn"), [load_dataset("kws").sample(0)] * 2000)
"""


@pytest.mark.skipif(tflm_reference.PACKAGE.version is None, reason="tflite-micro is not installed")
def test_a_comparison_that_is_killed_leaves_no_file_and_no_process(tmp_path: Path) -> None:
    surroundings = Surroundings.below(tmp_path)
    command = [sys.executable, "-c", COMPARES]
    with subprocess.Popen(command, env=surroundings.environment) as parent:
        waited(lambda: any(tflm_reference.__name__ in each for _, each in surroundings.processes()))
        parent.kill()
    assert not surroundings.left_processes()
    assert not surroundings.left_files()


@contextmanager
def waiting() -> Iterator[int]:
    """Yield the standard input of a child that waits for what it is to do."""
    reading, writing = os.pipe()
    try:
        yield reading
    finally:
        os.close(reading)
        os.close(writing)


def is_running(pid: int) -> bool:
    try:
        return " (python" in Path(f"/proc/{pid}/stat").read_text() and not is_zombie(pid)
    except (FileNotFoundError, ProcessLookupError):
        return False


def is_zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def is_expendable(pid: int) -> bool:
    return Path(f"/proc/{pid}/oom_score_adj").read_text().strip() == "1000"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
@pytest.mark.parametrize("module", MODULES)
def test_a_child_ends_with_a_parent_that_is_killed(tmp_path: Path, module: str) -> None:
    command = [sys.executable, "-c", PARENT, module, str(tmp_path)]
    with (
        waiting() as stdin,
        subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE) as parent,
    ):
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        waited(lambda: is_expendable(pid))
        parent.kill()
        waited(lambda: not is_running(pid))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_trial_ends_with_a_run_that_is_killed(tmp_path: Path) -> None:
    with hanging_trial(tmp_path, "kws-ds-cnn", "own") as (parent, pid):
        assert is_running(pid)
        parent.kill()
        waited(lambda: not is_running(pid))


@contextmanager
def hanging_trial(
    folder: Path, model: str, file: str
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Yield a process that tries a model, and its child's number, once the model is opened."""
    note = folder / "pid"
    says = f'FILE* f = fopen("{note}", "w"); fprintf(f, "%d\\n", getpid()); fclose(f);'
    library = delegate(folder, prepared=f"{says} for (;;) pause();")
    command = [sys.executable, "-c", TRIES, library, model, file]
    with subprocess.Popen(command, cwd=ROOT) as parent:
        try:
            yield parent, int(waited(lambda: note.exists() and note.read_text().strip()))
        finally:
            parent.kill()


TABLE_BYTES = 256 << 20


def large_model(folder: Path) -> Path:
    """A model that is a table of which it gives some rows."""
    table = np.zeros((TABLE_BYTES // 4096, 1024), np.float32)
    made = NewModel(
        tensors=[
            NewTensor("rows", (1, 4), "int32"),
            NewTensor("table", table.shape, "float32", values=table),
            NewTensor("found", (1, 4, 1024), "float32"),
        ],
        ops=[NewOp("GATHER", ("table", "rows"), ("found",), ("Gather", {}))],
        inputs=["rows"],
        outputs=["found"],
    )
    path = folder / "large.tflite"
    path.write_bytes(made.to_bytes())
    return path


def own_bytes(pid: int) -> int:
    """Return the memory that a process shares with no other and with no file."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0]) * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says whose memory it is")
@pytest.mark.parametrize("file", ["own", "made"])
def test_a_trial_takes_no_copy_of_the_model(tmp_path: Path, file: str) -> None:
    path = large_model(tmp_path)
    with hanging_trial(tmp_path, str(path), file) as (parent, pid):
        assert own_bytes(pid) < TABLE_BYTES
        assert TABLE_BYTES < own_bytes(parent.pid) < 2 * TABLE_BYTES
        assert is_expendable(pid)


@pytest.mark.parametrize("stored", [b"as it was", b"otherwise", b"longer than it was", None])
def test_a_child_gets_the_bytes_that_were_read(tmp_path: Path, stored: bytes | None) -> None:
    path = tmp_path / "model.tflite"
    if stored is not None:
        path.write_bytes(stored)
    with file_of(b"as it was", path) as file:
        assert os.pread(file.fileno(), 100, 0) == b"as it was"
        assert (file.name == str(path)) == (stored == b"as it was")


def test_another_library_at_a_delegate_s_path_is_tried(tmp_path: Path, own_cache: Path) -> None:
    model = resolve_model("kws-ds-cnn")
    settings = replace(LITERT, delegate=delegate(tmp_path, prepared="return 0;"))
    for _ in range(2):
        require_survival(model, interpreter_driver("litert"), settings)
    assert len(own_cache.read_text().split()) == 1
    delegate(tmp_path, prepared="abort();")
    with pytest.raises(RuntimeCrashed):
        require_survival(model, interpreter_driver("litert"), settings)


@pytest.mark.parametrize("name", ["libany.so", "/no/such/delegate.so"])
def test_a_library_that_can_not_be_read_here_has_no_key(name: str) -> None:
    assert key_of(job_of(resolve_model("kws-ds-cnn"), delegate=name)) is None


@pytest.mark.parametrize("module", MODULES)
def test_a_child_has_a_limit_of_its_own(tmp_path: Path, module: str) -> None:
    command = child_command(module, 0.5 - GRACE_S, str(tmp_path))
    with waiting() as stdin:
        done = subprocess.run(command, stdin=stdin, timeout=60, check=False)
    assert done.returncode == -signal.SIGALRM
