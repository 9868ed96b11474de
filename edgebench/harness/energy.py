"""A meter beside a run: opened once, read round each performance test."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from edgebench.clock import now_ns
from edgebench.errors import LogInvalid, TooFewSamples
from edgebench.harness.bench import Bench
from edgebench.mlperf.loadgen_log import DETAIL_FILE, read_detail
from edgebench.mlperf.power_log import (
    SplLine,
    checker_metric,
    checker_power_w,
    loadgen_window,
    write_spl,
)
from edgebench.power.contract import PowerMeter
from edgebench.power.energy import energy_between
from edgebench.power.open import open_meter
from edgebench.power.reader import MeterReader
from edgebench.power.trace import PowerTrace
from edgebench.rundir.layout import PERFORMANCE, POWER, POWER_SAMPLES, SPL
from edgebench.rundir.record import EnergyRecord, EnergyWindow, PerformanceRecord
from edgebench.rundir.writer import disk_errors

IDLE_S = 2.0
LEAST_IDLE_PERIODS = 12
_EPOCH = datetime(1970, 1, 1)
WINDOW_CLOCK_NS = 0.5e6
"""LoadGen writes its window to the millisecond."""


class Energizer:
    """A context manager: the meter is open inside.

    Raises
    ------
    MeterNotFound
        If it is not here; said before anything is measured.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._stack = ExitStack()
        self.meter: PowerMeter

    def __enter__(self) -> Self:
        self.meter = self._stack.enter_context(open_meter(self._text))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def measured(
        self, bench: Bench, measure: Callable[[Bench], PerformanceRecord]
    ) -> PerformanceRecord:
        """Carry out a performance test with the meter read, the machine idle before and after.

        What was read is kept whatever happens, and the energy is put into the run's record.
        """
        idle_s = max(IDLE_S, LEAST_IDLE_PERIODS * self.meter.description.period_s)
        offset_ns = time.time_ns() - now_ns()
        windows: list[EnergyWindow] = []
        reader = MeterReader(self.meter)
        try:
            with reader:
                bench.progress.stage(f"idle power, {self._text}", 2 * idle_s)
                windows.append(_rest(idle_s))
                performance = measure(bench)
                windows.append(_rest(idle_s))
        finally:
            trace = reader.trace()
            folder = bench.directory.folder(POWER)
            with disk_errors(folder):
                trace.save(folder / POWER_SAMPLES)
                name = f"{bench.directory.record.session}_testing"
                write_spl(folder / SPL, _spl_lines(trace, offset_ns), name)
        lost = str(reader.lost) if reader.lost is not None else ""
        bench.directory.record.energy = _energy_of(
            bench, performance, trace, windows, offset_ns, lost
        )
        return performance


def _energy_of(
    bench: Bench, performance: PerformanceRecord, trace: PowerTrace, idle: list[EnergyWindow],
    offset_ns: int, lost: str,
) -> EnergyRecord:  # fmt: skip
    """Return the energy of LoadGen's window, and what an inference takes of it."""
    meter = asdict(trace.meter)
    try:
        log = read_detail(bench.directory.path / PERFORMANCE / DETAIL_FILE)
        begin, end = (_utc(each, offset_ns) for each in loadgen_window(log.values))
        window = EnergyWindow("performance", *(_host_ns(each, offset_ns) for each in (begin, end)))
        active = energy_between(trace, window.start_ns, window.end_ns, WINDOW_CLOCK_NS)
        power_w = checker_power_w(_spl_lines(trace, offset_ns), begin, end)
    except (LogInvalid, TooFewSamples) as error:
        return EnergyRecord(meter=meter, problem=f"{lost}; {error}" if lost else str(error))
    figure, unit = checker_metric(bench.scenario.name, power_w, begin, end, performance.query_count)
    count = max(performance.sample_count, 1)
    idle_w = _idle_w(trace, idle)
    net = None if idle_w is None else active.energy_j - idle_w * active.duration_s
    each = active.energy_j / count
    latency_s = performance.latency_ns.get("mean", 0) / 1e9 or active.duration_s / count
    return EnergyRecord(
        meter=meter,
        problem=lost,
        window_s=active.duration_s,
        energy_j=active.energy_j,
        uncertainty_j=active.uncertainty_j,
        parts_j=active.parts_j,
        average_w=active.average_w,
        peak_w=active.peak_w,
        idle_w=idle_w,
        net_energy_j=net,
        inferences=count,
        per_inference_j=each,
        net_per_inference_j=None if net is None else net / count,
        inferences_per_j=1 / each if each > 0 else None,
        energy_delay_js=each * latency_s,
        checker_figure=figure,
        checker_unit=unit,
        samples=active.samples,
        lost_samples=active.lost_samples,
        windows=(window, *idle),
    )


def _idle_w(trace: PowerTrace, windows: list[EnergyWindow]) -> float | None:
    """Return the mean power of the idle windows that have samples enough."""
    joules = seconds = 0.0
    for window in windows:
        with suppress(TooFewSamples):
            found = energy_between(trace, window.start_ns, window.end_ns)
            joules, seconds = joules + found.energy_j, seconds + found.duration_s
    return joules / seconds if seconds else None


def _rest(seconds: float) -> EnergyWindow:
    began = now_ns()
    time.sleep(seconds)
    return EnergyWindow("idle", began, now_ns())


def _spl_lines(trace: PowerTrace, offset_ns: int) -> Iterator[SplLine]:
    pairs = zip(trace.samples.t_ns.tolist(), trace.samples.power_w.tolist(), strict=True)
    for t_ns, watts in pairs:
        yield SplLine(_EPOCH + timedelta(microseconds=(t_ns + offset_ns) / 1e3), watts)


def _utc(when: datetime, offset_ns: int) -> datetime:
    """Return a time of LoadGen's log in UTC: it writes UTC or the local time, by version."""
    here = _EPOCH + timedelta(microseconds=(now_ns() + offset_ns) / 1e3)
    shift = datetime.now().astimezone().utcoffset() or timedelta()
    return min((when, when - shift), key=lambda each: abs(here - each))


def _host_ns(when: datetime, offset_ns: int) -> int:
    return (when - _EPOCH) // timedelta(microseconds=1) * 1000 - offset_ns
