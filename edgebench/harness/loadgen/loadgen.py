"""One test of the official LoadGen, from settings to finished logs."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import mlperf_loadgen

from edgebench.clock import now_ns
from edgebench.datasets.dataset import Dataset
from edgebench.errors import LogInvalid
from edgebench.harness.loadgen.driver import Driver
from edgebench.harness.loadgen.failures import as_sut_failure
from edgebench.mlperf.loadgen.detail import DETAIL_FILE, DetailLog, read_detail
from edgebench.mlperf.rounds import Seeds
from edgebench.mlperf.scenarios import Scenario
from edgebench.rundir.records.sut import SutDescription
from edgebench.sut.contract import SystemUnderTest

TICK_S = 0.5
SWITCH_INTERVAL_S = 1e-4
"""How soon a waiting thread gets Python's lock: the bar must not delay a query by 5 ms."""
LOADED_BYTES = 256 * 2**20
"""At most this much of a dataset is held ready at once in performance mode."""

LOADED_TOGETHER = 64

_BUILT_IN_CONF, _ONE_FILE = 0, 2  # kinds of FromConfig
_MODES = {
    "performance": mlperf_loadgen.TestMode.PerformanceOnly,
    "accuracy": mlperf_loadgen.TestMode.AccuracyOnly,
}
# LoadGen keeps its state in globals: one test at a time, also while an abandoned one drains.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class LoadgenTest:
    """A test to be run: its files are in `folder`; ``audit`` is an audit.config or None.

    ``seeds`` replace those that LoadGen has built in; ``other_seeds`` asks for the ones that it
    keeps for TEST05.
    """

    scenario: Scenario
    mode: str
    user_conf: Path
    folder: Path
    audit: Path | None = None
    seeds: Seeds | None = None
    other_seeds: bool = False


@dataclass(frozen=True)
class Outcome:
    """The outcome of a test: LoadGen's log, and the driver with its inner times."""

    log: DetailLog
    driver: Driver
    wall_ns: int


def loaded_bytes(sut: SystemUnderTest, dataset: Dataset) -> int:
    """Return about how much of a dataset is held ready in performance mode."""
    return _performance_count(dataset, sut.description) * _held_bytes(dataset, sut.description)


def run_test(
    test: LoadgenTest,
    sut: SystemUnderTest,
    dataset: Dataset,
    driver: Driver,
    tick: Callable[[], None],
) -> Outcome:
    """Run a test and read its log.

    LoadGen runs in a thread of its own, so that this one stays free for Ctrl-C and for `tick`,
    which is called every `TICK_S`. If that raises, the test is abandoned: it ends by itself
    within seconds, and the logs keep what there was.

    Raises
    ------
    SutFailed
        If the system failed; what it raised is the cause.
    LogInvalid
        If LoadGen's log is damaged or cut short.
    """
    settings = _settings(test)
    qsl = mlperf_loadgen.ConstructQSL(
        dataset.count,
        _performance_count(dataset, sut.description),
        *_library(sut, dataset, driver),
    )
    lg_sut = mlperf_loadgen.ConstructFastSUT(driver.issue, driver.flush)
    # A file that is not there means no audit; the default would pick one up where we stand.
    audit = str(test.audit or test.folder / "no-audit.config")
    finished = threading.Event()
    wall: list[int] = []

    def drive() -> None:
        with _one_at_a_time:
            started = now_ns()
            try:
                # LoadGen ends the process by a signal where it can't open its logs.
                if test.folder.is_dir():
                    mlperf_loadgen.StartTestWithLogSettings(
                        lg_sut, qsl, settings, _log_settings(test.folder), audit
                    )
            except Exception as error:  # pybind11 raises what LoadGen's C++ throws
                driver.fail(error)
            finally:
                wall.append(now_ns() - started)
                driver.close()
                mlperf_loadgen.DestroyFastSUT(lg_sut)
                mlperf_loadgen.DestroyQSL(qsl)
                finished.set()

    with _short_switches():
        threading.Thread(target=drive, name="loadgen").start()
        try:
            while not finished.wait(TICK_S):
                tick()
                if driver.failure is not None:
                    break
        except BaseException:  # Ctrl-C as well: LoadGen must not go on asking
            driver.stop()
            raise
    if driver.failure is not None:
        raise as_sut_failure(driver.failure) from driver.failure
    return Outcome(_read_log(test), driver, wall[0])


def _read_log(test: LoadgenTest) -> DetailLog:
    log = read_detail(test.folder / DETAIL_FILE)
    if "power_end" not in log.values:
        raise LogInvalid(
            f"{test.folder / DETAIL_FILE}: LoadGen's log has no end; is the disk full?"
        )
    return log


def _settings(test: LoadgenTest) -> mlperf_loadgen.TestSettings:
    settings = mlperf_loadgen.TestSettings()
    # LoadGen's own way to load both (kind 1) works once a process: from the second test on it
    # leaves out its mlperf.conf, seeds and all, without a word to the caller, and logs an
    # error. So each is loaded by itself, in the same order. The model's name picks LoadGen's
    # special rules; ours has none of them.
    for kind, path in ((_BUILT_IN_CONF, ""), (_ONE_FILE, str(test.user_conf))):
        if settings.FromConfig(path, "edgebench", test.scenario.loadgen_name, kind):
            raise LogInvalid(f"{path or 'mlperf.conf'}: LoadGen can't read it")
    if settings.qsl_rng_seed == 0:
        raise LogInvalid("LoadGen has not loaded its mlperf.conf: its seeds are missing")
    if test.seeds is not None:
        settings.qsl_rng_seed = test.seeds.qsl
        settings.sample_index_rng_seed = test.seeds.sample_index
        settings.schedule_rng_seed = test.seeds.schedule
    settings.scenario = getattr(mlperf_loadgen.TestScenario, test.scenario.loadgen_name)
    settings.mode = _MODES[test.mode]
    settings.test05 = test.other_seeds
    return settings


def _log_settings(folder: Path) -> mlperf_loadgen.LogSettings:
    settings = mlperf_loadgen.LogSettings()
    settings.log_output.outdir = str(folder)
    settings.log_output.copy_summary_to_stdout = False
    settings.log_output.copy_detail_to_stdout = False
    settings.enable_trace = False  # 122 MB for an official run, and nobody reads it
    return settings


def _performance_count(dataset: Dataset, sut: SutDescription) -> int:
    fit = sut.loaded_samples or LOADED_BYTES // max(1, _held_bytes(dataset, sut))
    return max(1, min(dataset.count, fit))


def _held_bytes(dataset: Dataset, sut: SutDescription) -> int:
    """Return what a sample takes at most, in every process that holds it."""
    settings = sut.settings
    copies = settings.instances if settings.instance_kind == "processes" else 1
    return copies * sum(array.nbytes for array in dataset.sample(0))


def _library(
    sut: SystemUnderTest, dataset: Dataset, driver: Driver
) -> tuple[Callable[[list[int]], None], Callable[[list[int]], None]]:
    def load(indices: list[int]) -> None:
        try:
            # A few at a time: real values take four times the memory of the model's int8.
            for first in range(0, len(indices), LOADED_TOGETHER):
                part = indices[first : first + LOADED_TOGETHER]
                sut.load({index: dataset.sample(index) for index in part})
        except Exception as error:  # a user's system; LoadGen's C++ must not see it
            driver.fail(error)

    def unload(indices: list[int]) -> None:
        try:
            sut.unload(indices)
        except Exception as error:  # a user's system; LoadGen's C++ must not see it
            driver.fail(error)

    return load, unload


@contextmanager
def _short_switches() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
