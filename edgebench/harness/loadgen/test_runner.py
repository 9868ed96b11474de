"""An open system with its data and its run directory, on which tests are run one by one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from math import ceil
from pathlib import Path

from edgebench.clock import now_ns
from edgebench.datasets.dataset import Dataset
from edgebench.errors import DiskFull, LogInvalid
from edgebench.files.disk import disk_errors
from edgebench.harness.loadgen.calibrate import Calibration, faster
from edgebench.harness.loadgen.driver import Driver, Issue
from edgebench.harness.loadgen.issued_order import IssuedOrder
from edgebench.harness.loadgen.loadgen import LoadgenTest, Outcome, loaded_bytes, run_test
from edgebench.harness.loadgen.memory_need import check_memory, check_threads
from edgebench.harness.loadgen.settings import ServerLoad, chunk_size, user_conf
from edgebench.harness.progress import Progress
from edgebench.harness.request import RunRequest
from edgebench.host.memory import give_back
from edgebench.mlperf.audits import Audit
from edgebench.mlperf.loadgen.config import AUDIT_CONFIG, USER_CONF, Value, write_config
from edgebench.mlperf.loadgen.detail import LOG_FILES
from edgebench.mlperf.rounds import ROUND_SEEDS, round_of
from edgebench.mlperf.scenarios import MULTISTREAM_QUERIES, SINGLESTREAM_QUERIES, Scenario
from edgebench.rundir.writer import RunDirectory, check_space, is_full
from edgebench.sut.contract import SystemUnderTest

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ran:
    """A test that was run, and for a system of which speed its queries were made.

    ``drawn`` has the first samples that LoadGen drew, in their order; of click logs alone.
    """

    outcome: Outcome
    calibration: Calibration
    drawn: Sequence[int] = ()


@dataclass(frozen=True)
class TestRunner:
    """All that a test of one scenario needs.

    Attributes
    ----------
    conf
        Settings of LoadGen's for the tests, beyond those that the scenario asks for.
    pace
        Called after each query was answered, with a function that says whether the test was
        stopped; LoadGen asks for the next one when it returns. SingleStream only.
    """

    request: RunRequest
    sut: SystemUnderTest
    dataset: Dataset
    scenario: Scenario
    calibration: Calibration
    directory: RunDirectory
    progress: Progress
    retries: int = 3
    conf: Mapping[str, Value] = field(default_factory=dict)
    pace: Callable[[Callable[[], bool]], None] | None = None

    def run(
        self,
        mode: str,
        *folder: str,
        title: str = "",
        audit: Audit | None = None,
        server: ServerLoad | None = None,
        duration_ms: int | None = None,
    ) -> Ran:
        """Run one test of LoadGen, its logs and its settings in a folder of the run directory.

        A test that ends for want of queries is run again for a faster system.

        Raises
        ------
        DiskFull
            If the logs might not fit, or did not.
        MemoryShort
            If LoadGen's queries would not fit.
        SutFailed
            If the system failed.
        LogInvalid
            If LoadGen's log is damaged, or LoadGen did not obey the audit.
        """
        folder = folder or (mode,)
        path = self.directory.folder(*folder)
        check_space(path)
        name = self.scenario.loadgen_name
        values = user_conf(self.scenario.name, self.request, self.calibration, server)
        if duration_ms is not None:
            values["min_duration"] = duration_ms
        values |= self.conf
        give_back()
        check_threads()
        if mode == "performance":
            check_memory(self.scenario, values, loaded_bytes(self.sut, self.dataset))
        test = self._written(mode, path, values, audit)
        driver, order = self._driver(values)
        seconds = self._seconds(mode, values)
        self.progress.stage(f"{name} {title or mode}", seconds)
        tick = self._ticker(mode, seconds, driver, folder)
        logger.info("%s %s: LoadGen starts, about %.1f s", name, title or mode, seconds)
        logger.debug("%s: %s", path / USER_CONF, values)
        try:
            outcome = run_test(test, self.sut, self.dataset, driver, tick)
        except LogInvalid as error:
            self.directory.require_there(*folder)
            if is_full(path):
                raise DiskFull(
                    f"{path}: no space left for LoadGen's logs; free some or choose another `out`. "
                    "What was measured before is kept"
                ) from error
            raise
        logger.info(
            "%s %s: LoadGen ended after %.3f s, %d samples, %s",
            name,
            title or mode,
            outcome.wall_ns / 1e9,
            driver.samples_done,
            outcome.log.values.get("result_validity", "no verdict"),
        )
        self.progress.advance(1.0)
        if outcome.log.too_few_queries and self._faster_helps():
            self.directory.event(f"{title or mode}: LoadGen made too few queries; run again")
            calibration = faster(self.calibration, driver.times, outcome.wall_ns)
            again = replace(self, calibration=calibration, retries=self.retries - 1)
            return again.run(
                mode, *folder, title=title, audit=audit, server=server, duration_ms=duration_ms
            )
        if audit is not None:
            _check_obeyed(outcome, audit, path)
        return Ran(outcome, self.calibration, order.indices)

    def _driver(self, values: Mapping[str, Value]) -> tuple[Driver, IssuedOrder]:
        """Return what answers the queries of one test, and the order in which they come."""
        batch = self.request.settings.batch
        driver = Driver(
            self.sut.lanes,
            self.scenario.name,
            chunk=chunk_size(self.calibration, batch, values["min_duration"]),
            batch=batch if self.scenario.name == "server" else 1,
        )
        if self.pace is not None:
            driver.issue = _paced(driver, self.pace)
        order = IssuedOrder(driver.issue)
        if self.dataset.scored.lookups is not None:
            driver.issue = order.issue
        return driver, order

    def _written(
        self, mode: str, path: Path, values: Mapping[str, Value], audit: Audit | None
    ) -> LoadgenTest:
        """Write a test's configuration files into its folder, and return the test."""
        name = self.scenario.loadgen_name
        kind = "official" if self.request.official else "quick: not a submission"
        audit_file = None
        with disk_errors(path):
            # All at once: LoadGen ends the process by a signal where it can't open one of them.
            with ExitStack() as opened:
                for file in LOG_FILES:
                    opened.enter_context((path / file).open("ab"))
            write_config(path / USER_CONF, name, values, f"edgebench, {kind}")
            if audit is not None:
                audit_file = path / AUDIT_CONFIG
                write_config(audit_file, name, audit.settings, f"{audit.name}: finds {audit.finds}")
        return LoadgenTest(
            self.scenario,
            mode,
            path / USER_CONF,
            path,
            audit_file,
            seeds=ROUND_SEEDS[self.request.round] if self.request.round is not None else None,
            other_seeds=audit is not None and audit.other_seeds,
        )

    def _faster_helps(self) -> bool:
        """Return whether a higher speed means more queries: not where Server's rate sets them."""
        return self.scenario.name != "server" and self.retries > 0

    def _seconds(self, mode: str, values: Mapping[str, Value]) -> float:
        """Return about how long a test with the settings of a user.conf will take."""
        per_sample_s = 1 / self.calibration.samples_per_second
        least_s = 0.0
        if self.scenario.name in ("singlestream", "multistream"):
            samples = self.scenario.samples_per_query
            lanes = len(self.sut.lanes) if self.scenario.name == "multistream" else 1
            query_s = self.calibration.median_ns / 1e9 * ceil(samples / lanes)
            per_sample_s = query_s / samples
            queries = MULTISTREAM_QUERIES if samples > 1 else SINGLESTREAM_QUERIES
            least_s = query_s * max(queries, values.get("min_query_count", 0))
        elif self.scenario.name == "server":
            least_s = values["min_query_count"] / values["target_qps"]
        if mode == "accuracy":
            return per_sample_s * self.dataset.count
        return max(values["min_duration"] / 1000, least_s)

    def _ticker(
        self, mode: str, seconds: float, driver: Driver, folder: Sequence[str]
    ) -> Callable[[], None]:
        started = now_ns()

        def tick() -> None:
            self.directory.require_there(*folder)
            if mode == "accuracy":
                share = driver.samples_done / self.dataset.count
            else:
                share = (now_ns() - started) / 1e9 / seconds
            self.progress.advance(min(1.0, share))

        return tick


def _paced(driver: Driver, wait: Callable[[Callable[[], bool]], None]) -> Issue:
    """Return an issuer that lets LoadGen wait after each answer: that is no part of a latency."""
    issue = driver.issue

    def issue_then_wait(ids: list[int], indices: list[int]) -> None:
        issue(ids, indices)
        wait(lambda: driver.is_stopped)

    return issue_then_wait


def _check_obeyed(outcome: Outcome, audit: Audit, folder: Path) -> None:
    for key, wanted in audit.settings.items():
        effective = outcome.log.values.get(f"effective_{key}")
        if effective is not None and key != "mode" and int(effective) != int(wanted):
            raise LogInvalid(f"{folder}: LoadGen ran with {key} = {effective}, not {wanted}")
    if audit.other_seeds and round_of(outcome.log.seeds) is not None:
        raise LogInvalid(f"{folder}: LoadGen ran with the round's seeds, not with others")
