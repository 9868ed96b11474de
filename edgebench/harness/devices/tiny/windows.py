"""MLPerf Tiny's procedure on a serial device: windows of inferences, by the device's clock.

Performance: five inputs, for each a window of 10 s or more, the median of their throughputs.
Accuracy: every sample once; the answers are those of LoadGen's accuracy mode.
Source: MLPerf Tiny's rules (mlcommons/tiny).
"""

from __future__ import annotations

import statistics
from functools import partial
from math import ceil
from pathlib import Path

from edgebench.clock import utc_now
from edgebench.device.client import Device
from edgebench.device.timing import Timed
from edgebench.files.disk import disk_errors
from edgebench.harness.devices.rig import DeviceRig
from edgebench.harness.loadgen.test_runner import TestRunner
from edgebench.mlperf.tiny.files import (
    LEAST_INFERENCES,
    LEAST_WINDOW_US,
    PERFORMANCE_WINDOWS,
    TinyHead,
    TinyInference,
    accuracy_line,
    write_accuracy,
    write_performance,
)
from edgebench.rundir.layout import ACCURACY, PERFORMANCE, TINY
from edgebench.rundir.records.accuracy import AccuracyRecord
from edgebench.rundir.records.device import TinyRecord, TinyWindow
from edgebench.sut.device import Answer

WARMUPS = 1
MARGINS = (1.05, 1.25, 1.6)
"""A window is aimed at this much more than it must last; at more where that was too little."""
TRIALS = 20
SLOWEST_CLOCK = 4.0
"""How many times slower than the host's a device's clock may be for its windows to be full."""


def measure_windows(runner: TestRunner, rig: DeviceRig) -> tuple[TinyRecord, dict[int, bytes]]:
    """Run the windows, write their files; return the record, and each sample's output.

    A window that ends too soon is run again with more inferences. With a duration that is
    shorter than the rules' (``duration_s``) windows are that long, and the record says so.
    """
    device = rig.device
    count = min(PERFORMANCE_WINDOWS, runner.dataset.count)
    wanted_us = LEAST_WINDOW_US
    if runner.request.duration_s is not None:
        wanted_us = min(wanted_us, max(1, round(runner.request.duration_s * 1e6)))
    rows = [rig.sut.wire_row(runner.dataset.sample(index)) for index in range(count)]
    runner.progress.stage("MLPerf Tiny performance", count * wanted_us / 1e6)
    windows: list[tuple[int, Timed]] = []
    for index in range(count):
        windows.append((index, _window(device, rows[index], index, wanted_us)))
        runner.progress.advance((index + 1) / count)
    inferences = [_inference(runner, index, timed, WARMUPS) for index, timed in windows]
    median = statistics.median(each.inferences_per_second for each in inferences)
    folder = runner.directory.folder(TINY, PERFORMANCE)
    with disk_errors(folder):
        write_performance(folder, tiny_head(rig), inferences, median, utc_now())
    short = [each for each in inferences if not each.is_long_enough]
    reason = (
        ""
        if not short
        else (f"{len(short)} of {count} windows are shorter than 10 s: not by MLPerf Tiny's rules")
    )
    if count < PERFORMANCE_WINDOWS:
        reason = f"{count} inputs, not {PERFORMANCE_WINDOWS}"
    record = TinyRecord(
        inferences_per_second=median,
        windows=tuple(
            TinyWindow(
                index,
                timed.count,
                timed.device_us,
                each.inferences_per_second,
                timed.host_started_ns,
                timed.host_started_ns + timed.host_ns,
            )
            for (index, timed), each in zip(windows, inferences, strict=True)
        ),
        valid=not reason,
        reason=reason,
        clock_ratio=_clock_ratio([timed for _, timed in windows]),
    )
    return record, {index: rig.sut.output_of(timed) for index, timed in windows}


def _window(device: Device, data: bytes, index: int, wanted_us: int) -> Timed:
    def step(count: int, warmups: int) -> Timed:
        # Loaded again each time: after a repair the device may have booted.
        device.load(data)
        return device.infer(count, warmups)

    def repaired(count: int, warmups: int = WARMUPS) -> Timed:
        return device.repaired(partial(step, count, warmups), f"window {index + 1}")

    timed = repaired(1, 0)
    if timed.device_us * TRIALS < wanted_us:
        # One cold inference says little of many.
        timed = repaired(_count(device, timed, wanted_us / TRIALS))
    for margin in MARGINS:
        timed = repaired(max(LEAST_INFERENCES, _count(device, timed, margin * wanted_us)))
        if timed.device_us >= wanted_us:
            break
    return timed


def _count(device: Device, timed: Timed, wanted_us: float) -> int:
    """Return how many inferences last that long.

    A timer that stands still or is far too slow must not ask for a window of hours: the host's
    time sets a limit.
    """
    count = ceil(wanted_us * timed.count / max(1, timed.device_us))
    if not device.clock_is_real:
        return count
    host_us = max(1.0, (timed.host_ns - timed.line_ns) / 1e3)
    return min(count, ceil(SLOWEST_CLOCK * wanted_us * timed.count / host_us) + TRIALS)


def _clock_ratio(timed: list[Timed]) -> float:
    """Return the device's time of the windows by the host's, less the line's and the warm-up's."""
    host_us = sum(
        (each.host_ns - each.line_ns) / 1e3 * each.count / (each.count + WARMUPS) for each in timed
    )
    return sum(each.device_us for each in timed) / host_us if host_us > 0 else 0.0


def write_accuracy_files(
    runner: TestRunner, rig: DeviceRig, answers: dict[int, Answer], accuracy: AccuracyRecord
) -> Path:
    """Write MLPerf Tiny's accuracy files from an accuracy run's answers; return their folder."""
    samples = []
    for index in sorted(answers):
        answer = answers[index]
        results = tuple(float(value) for value in rig.sut.decode(answer.output)[0].ravel())
        samples.append(_inference(runner, index, Timed(1, answer.device_us, 0, results), 0))
    folder = runner.directory.folder(TINY, ACCURACY)
    with disk_errors(folder):
        line = accuracy_line(accuracy.metric, accuracy.value)
        write_accuracy(folder, tiny_head(rig), samples, [line], utc_now())
    return folder


def _inference(runner: TestRunner, index: int, timed: Timed, warmups: int) -> TinyInference:
    labels, groups = runner.dataset.labels, runner.dataset.groups
    place = index if groups is None else int(groups[index])
    label = None if labels is None else int(labels[place])
    files = runner.dataset.files
    return TinyInference(
        # Windows of one file carry its name: MLPerf Tiny scores by file.
        file=files[place] if files else f"{runner.dataset.name}_{place:06d}",
        classes=len(timed.results),
        label=label,
        started_us=timed.started_us,
        elapsed_us=timed.device_us,
        iterations=timed.count,
        warmups=warmups,
        results=timed.results,
    )


def tiny_head(rig: DeviceRig) -> TinyHead:
    """Return what a log of a device begins with."""
    identity, link = rig.device.identity, rig.device.link
    return TinyHead(link.port, link.baud, identity.name, identity.profile, identity.model)
