"""A meter during a run: opened once, read around each performance test."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Self

import numpy as np

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import LogInvalid, MeterLost, TooFewSamples
from edgebench.files.disk import disk_errors
from edgebench.harness.loadgen.drift_note import POWER_DRIFT, note_drift
from edgebench.harness.loadgen.test_runner import TestRunner
from edgebench.harness.metered.energy_record import energy_record, meter_record
from edgebench.harness.metered.power_session import PowerSession
from edgebench.mlperf.loadgen.detail import DETAIL_FILE, read_detail
from edgebench.mlperf.power.spl import (
    SplLine,
    checker_metric,
    checker_power,
    write_spl,
)
from edgebench.power.acquisition.reader import MeterReader
from edgebench.power.acquisition.self_check import check_meter
from edgebench.power.contract import PowerMeter, Ranging
from edgebench.power.energy import energy_between
from edgebench.power.open import open_meter
from edgebench.power.place import MeterPlace
from edgebench.power.traces.formats.npz import save_trace
from edgebench.power.traces.trace import PowerTrace
from edgebench.rundir.layout import (
    LOADGEN,
    PERFORMANCE,
    POWER,
    POWER_SAMPLES,
    POWER_SESSION,
    RANGING,
    SPL,
)
from edgebench.rundir.records.energy import EnergyRecord, EnergyWindow
from edgebench.rundir.records.run import PerformanceRecord
from edgebench.statistics.drift import drift_of

LEAST_IDLE_PERIODS = 12
_EPOCH = datetime(1970, 1, 1)
SPL_PERIOD_S = 1e-3
WINDOW_CLOCK_NS = 0.5e6
"""LoadGen writes its window to the millisecond."""


class MeteredRun(CloseOnExit):
    """A context manager: the meter is open inside.

    Raises
    ------
    MeterNotFound
        If it is not here; said before anything is measured.
    """

    def __init__(self, place: MeterPlace) -> None:
        self._place = place
        self._stack = ExitStack()
        self.meter: PowerMeter

    def __enter__(self) -> Self:
        with self._stack as stack:
            self.meter = stack.enter_context(open_meter(self._place))
            check_meter(self.meter)
            self._stack = stack.pop_all()
        return self

    def close(self) -> None:
        """Close the meter."""
        self._stack.close()

    def measured(
        self, runner: TestRunner, measure: Callable[[TestRunner], PerformanceRecord]
    ) -> PerformanceRecord:
        """Carry out a performance test with the meter read, the machine idle before and after.

        What was read is kept whatever happens, and the energy is put into the run's record. A
        meter whose ranges can be set measures twice, as MLPerf power wants: to find its ranges,
        then with them.
        """
        if isinstance(self.meter, Ranging):
            return self._measured_in_ranges(runner, measure, self.meter)
        return self._once(runner, measure, POWER, "testing")

    def _measured_in_ranges(
        self, runner: TestRunner, measure: Callable[[TestRunner], PerformanceRecord], meter: Ranging
    ) -> PerformanceRecord:
        session = PowerSession(runner.directory.record.session, self.meter, meter)
        performance = None
        try:
            session.find_ranges()
            performance = self._once(runner, measure, RANGING, "ranging")
            session.ranging_done(runner.directory.record.energy)
            session.hold_ranges()
        except MeterLost as error:
            # The meter is gone, the measurement is not: the ranging run's speed is as good.
            found = performance or measure(runner)
            about = meter_record(self.meter.description)
            runner.directory.record.energy = EnergyRecord(meter=about, problem=str(error))
            return found
        runner.directory.move(PERFORMANCE, RANGING, LOADGEN)
        try:
            performance = self._once(runner, measure, POWER, "testing")
            session.testing_done(runner.directory.record.energy)
        finally:
            session.give_back()
        folder = runner.directory.path / POWER
        with disk_errors(folder):
            session.write(folder / POWER_SESSION)
        return performance

    def _once(
        self,
        runner: TestRunner,
        measure: Callable[[TestRunner], PerformanceRecord],
        where: str,
        what: str,
    ) -> PerformanceRecord:
        if isinstance(self.meter, Ranging):
            self.meter.mark(f"{runner.directory.record.session}_{what}")
        least_s = LEAST_IDLE_PERIODS * self.meter.description.period_s
        idle_s = max(runner.request.idle_s, least_s)
        offset_ns = time.time_ns() - now_ns()
        windows: list[EnergyWindow] = []
        reader = MeterReader(self.meter)
        try:
            with reader:
                runner.progress.stage(f"{what}: idle power, {self._place}", 2 * idle_s)
                windows.append(_rest(idle_s))
                performance = measure(runner)
                windows.append(_rest(idle_s))
        finally:
            trace = reader.trace()
            folder = runner.directory.folder(where)
            with disk_errors(folder):
                save_trace(trace, folder / POWER_SAMPLES)
                name = f"{runner.directory.record.session}_{what}"
                write_spl(folder / SPL, _spl_lines(trace, offset_ns), name)
        lost = str(reader.lost) if reader.lost is not None else ""
        runner.directory.record.energy = _energy_of(
            runner, performance, trace, windows, offset_ns, lost
        )
        runner.directory.record.energy = replace(
            runner.directory.record.energy, reading_cpu_share=reader.cpu_share
        )
        return performance


def _energy_of(
    runner: TestRunner,
    performance: PerformanceRecord,
    trace: PowerTrace,
    idle: list[EnergyWindow],
    offset_ns: int,
    lost: str,
) -> EnergyRecord:
    """Return the energy of LoadGen's window, and what an inference takes of it."""
    meter = meter_record(trace.meter)
    problems = [*([lost] if lost else []), *trace.samples.faults]
    try:
        log = read_detail(runner.directory.path / PERFORMANCE / DETAIL_FILE)
        begin, end = in_utc(*log.window, offset_ns)
        window = EnergyWindow("performance", *(_host_ns(each, offset_ns) for each in (begin, end)))
        active = energy_between(trace, window.start_ns, window.end_ns, WINDOW_CLOCK_NS)
        checker = checker_power(_spl_lines(trace, offset_ns), begin, end)
    except (LogInvalid, TooFewSamples) as error:
        return EnergyRecord(meter=meter, problem="; ".join([*problems, str(error)]))
    power = trace.between(window.start_ns, window.end_ns).samples.power_w
    # What a virtual meter plays goes up and down by itself: it says nothing of a run.
    note_drift(runner, POWER_DRIFT, None if trace.meter.is_played else drift_of(power, np.mean))
    figure, unit = checker_metric(
        runner.scenario.name, checker.power_w, begin, end, performance.query_count
    )
    count = max(performance.sample_count, 1)
    latency_s = performance.latency_ns.get("mean", 0) / 1e9 or active.duration_s / count
    found = energy_record(trace, active, idle, count, latency_s)
    if checker.note:
        meter = replace(meter, cautions=(*meter.cautions, checker.note))
    return replace(
        found,
        meter=meter,
        problem="; ".join(problems),
        checker_figure=figure,
        checker_unit=unit,
        windows=(window, *idle),
    )


def _rest(seconds: float) -> EnergyWindow:
    began = now_ns()
    time.sleep(seconds)
    return EnergyWindow("idle", began, now_ns())


def _spl_lines(trace: PowerTrace, offset_ns: int) -> Iterator[SplLine]:
    """Yield the samples as spl.txt has them; means of `SPL_PERIOD_S` of a faster meter."""
    samples = trace.samples
    size = max(1, round(SPL_PERIOD_S / trace.meter.period_s)) if trace.meter.period_s > 0 else 1
    starts = np.arange(0, len(samples), size)
    if not len(starts):
        return
    counts = np.diff(starts, append=len(samples))
    columns = [
        np.full(len(starts), -1.0) if each is None else np.add.reduceat(each, starts) / counts
        for each in (samples.power_w, samples.volts_v, samples.amps_a, samples.power_factor)
    ]
    ends = samples.t_ns[starts + counts - 1]
    for t_ns, *values in zip(ends.tolist(), *(each.tolist() for each in columns), strict=True):
        yield SplLine(_EPOCH + timedelta(microseconds=(t_ns + offset_ns) / 1e3), *values)


def in_utc(begin: datetime, end: datetime, offset_ns: int) -> tuple[datetime, datetime]:
    """Return times of LoadGen's log in UTC: it writes UTC or the local time, by version.

    The test's end, which was just now, shows which.
    """
    here = _EPOCH + timedelta(microseconds=(now_ns() + offset_ns) / 1e3)
    local = datetime.now().astimezone().utcoffset() or timedelta()
    shift = min((timedelta(), local), key=lambda each: abs(here - (end - each)))
    return begin - shift, end - shift


def _host_ns(when: datetime, offset_ns: int) -> int:
    return (when - _EPOCH) // timedelta(microseconds=1) * 1000 - offset_ns
