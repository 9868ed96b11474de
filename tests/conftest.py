"""What several tests share: the real data next to the project, small models, one finished run."""

from __future__ import annotations

import os
import signal
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from edgebench.datasets.dataset import Dataset
from edgebench.datasets.load import load_dataset
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import CompletedRuns, run_request
from edgebench.runtimes.drivers import runtime_driver
from tests.models.made_models import dense_model
from tests.reruns import RerunLimit
from tests.together import Groups

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
FEW = 40
LITERT = "litert"
TFLITE_RUNTIME = "tflite-runtime"
T = TypeVar("T")
RUNTIME_NAMES = [LITERT, pytest.param(TFLITE_RUNTIME, marks=pytest.mark.tflite_runtime)]
"""What a test of every runtime is parametrized by: each runs in its own environment."""
ONE_FOLDER = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
"""Suppressed by a Hypothesis test whose examples all write the same files of one `tmp_path`."""


def pytest_configure(config: pytest.Config) -> None:
    """Limit reruns, keep groups; let programs see Ctrl-C; take time out of Hypothesis."""
    # A background job of a shell ignores SIGINT, one under nohup SIGHUP, and so would every program
    # that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    config.pluginmanager.register(RerunLimit())
    config.pluginmanager.register(Groups())
    # TensorFlow's: here, as forks have the variables that were set before tests are collected.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # How long an example takes says how busy the machine is.
    settings.register_profile(
        "edgebench", deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("edgebench")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs tflite-runtime where it is not installed."""
    if runtime_driver(TFLITE_RUNTIME).requires.version is not None:
        return
    absent = pytest.mark.skip(reason="needs tflite-runtime: `make test` has an environment for it")
    for item in items:
        if item.get_closest_marker("tflite_runtime"):
            item.add_marker(absent)


@pytest.fixture(scope="session")
def tiny() -> Path:
    """MLPerf Tiny's reference models and real samples, which don't ship with edgebench."""
    folder = SHARED / "mlperf_tiny"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here: MLPerf Tiny's own files don't ship with edgebench")
    return folder


@pytest.fixture(scope="session")
def fault_cases() -> Path:
    """Small models and data that went wrong once, which don't ship with edgebench."""
    folder = SHARED / "fault_cases"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here: the models that went wrong don't ship with edgebench")
    return folder


@pytest.fixture(scope="session")
def published() -> Path:
    """Published MLPerf logs, which don't ship with edgebench."""
    folder = SHARED / "mlperf_results"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here: published logs don't ship with edgebench")
    return folder


@pytest.fixture(autouse=True)
def clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test stands in an empty folder and sees the packaged cards only."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EDGEBENCH_PATH", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    """The command line, called in this process, ignores signals after its end: programs that later
    tests start would ignore them, too.
    """
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def dense_tflite(tmp_path: Path) -> Path:
    """A float model of 8 inputs and 3 outputs."""
    path = tmp_path / "dense.tflite"
    path.write_bytes(dense_model((8, 16, 3)).to_bytes())
    return path


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> CompletedRuns:
    """The main job, short: kws in SingleStream and Offline, performance and accuracy."""
    out = tmp_path_factory.mktemp("finished")
    return run_request(RunRequest(duration_s=0.3, warmup_s=0.1), out)


@pytest.fixture(scope="session")
def old_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run directories that edgebench 0.1 left: tests/rundir/test_format_1.py says how."""
    folder = tmp_path_factory.mktemp("format_1")
    with tarfile.open(ROOT / "tests" / "rundir" / "format_1.tar.xz") as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # not in Python 3.11.2
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A dataset of a few keywords: a device takes a while for all."""
    data = load_dataset("kws")
    assert data.labels is not None
    path = tmp_path_factory.mktemp("few") / "few.npz"
    np.savez(
        path, inputs=np.stack([data.sample(i)[0] for i in range(FEW)]), labels=data.labels[:FEW]
    )
    return str(path)


def labelled(count: int, shape: tuple[int, ...] = (8,), classes: int = 3) -> Dataset:
    """Return random labelled samples."""
    rng = np.random.default_rng(3)
    inputs = rng.uniform(-1, 1, (count, *shape)).astype(np.float32)
    return Dataset(
        name="made-up",
        count=count,
        sample=lambda index: (inputs[index],),
        labels=rng.integers(0, classes, count),
        metric="top1",
        sha256="0" * 64,
    )


def waited(holds: Callable[[], T], seconds: float = 120) -> T:
    """Return what a function gives when it first gives something; fail when it never does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = holds()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"it did not come true in {seconds:g} s")
