"""Warnings that a reader of a result needs before believing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from edgebench.datasets.dataset import Dataset
from edgebench.harness.run.chance_accuracy import chance_warning
from edgebench.harness.run.submittable import short_of_samples
from edgebench.host.state import HOT_C, MOST_OTHERS_SHARE, STEADY_GOVERNORS, HostState
from edgebench.host.timeline import Timeline
from edgebench.mlperf.tiny.detections import MOST_PERIOD_VARIATION
from edgebench.models.tflite.inspect import ModelFacts
from edgebench.rundir.records.drift import DriftRecord
from edgebench.rundir.records.run import RunRecord
from edgebench.rundir.records.stream import StreamRecord

OVERHEAD_SHARE = 0.05
"""A warning is issued above this share of the latency."""
READING_SHARE = 0.10
LEAST_LAYOUT = 3
"""Dimensions, but for those of size 1, of an input whose channels may be first or last."""
CLOCK_DROP_SHARE = 0.10


@dataclass(frozen=True)
class _Measured:
    """The facts that the warnings of a run are made of."""

    record: RunRecord
    dataset: Dataset
    before: HostState
    after: HostState
    timeline: Timeline | None
    facts: ModelFacts | None


def warnings_of(
    record: RunRecord,
    dataset: Dataset,
    before: HostState,
    after: HostState,
    timeline: Timeline | None = None,
    facts: ModelFacts | None = None,
) -> list[str]:
    """Return the warnings of a run, worst first.

    Parameters
    ----------
    facts
        The model, where its inputs are known.
    """
    measured = _Measured(record, dataset, before, after, timeline, facts)
    return [warning for rule in _RULES for warning in rule(measured)]


def _device(run: _Measured) -> Iterator[str]:
    if run.record.device is not None:
        from edgebench.harness.devices.warnings import device_warnings  # a host's run needs none

        yield from device_warnings(run.record, run.record.device)


def _fallback(run: _Measured) -> Iterator[str]:
    sut = run.record.sut
    if sut.asked_of is None:
        return
    if sut.placement is None:
        yield f"{sut.name} does not tell which ops ran on {sut.asked_of}"
        return
    for part in sut.fallback:
        yield f"fallback: {sut.placement.text_of(part)} ran by {part.by}, not {sut.asked_of}"


def _not_submittable(run: _Measured) -> Iterator[str]:
    record = run.record
    if record.quick or record.device is not None:
        return
    reason = short_of_samples(record.model.name, record.request.round, run.dataset)
    if reason:
        yield f"{run.dataset.name}: {reason}"


def _overhead(run: _Measured) -> Iterator[str]:
    performance = run.record.performance
    # Of a device this is what its line costs, and the device's own times stand next to it.
    if performance is None or run.record.device is not None:
        return
    overhead = performance.overhead
    if overhead.share > OVERHEAD_SHARE:
        yield (
            f"harness overhead is {overhead.share:.1%} ({overhead.kind}): more than "
            f"{OVERHEAD_SHARE:.0%}"
        )


def _invalid_tests(run: _Measured) -> Iterator[str]:
    performance = run.record.performance
    if performance is None or not performance.valid:
        return
    invalid = sum(not test.valid for test in performance.series)
    if invalid:
        yield (
            f"{invalid} of {len(performance.series)} tests in a row were INVALID; the median "
            "test is not (logs in series/)"
        )


def _other_programs(run: _Measured) -> Iterator[str]:
    performance = run.record.performance
    others = None if performance is None else performance.others_cpu_share
    if others is not None and others > MOST_OTHERS_SHARE:
        yield f"other programs used {others:.0%} of the processor: measure on an idle machine"


def _accuracy(run: _Measured) -> Iterator[str]:
    accuracy = run.record.accuracy
    if accuracy is not None and accuracy.passed is False:
        yield (
            f"accuracy {accuracy.value:.4g}{accuracy.unit} is below the target "
            f"{accuracy.target:g}{accuracy.unit}"
        )
    if accuracy is not None:
        yield from chance_warning(accuracy, run.dataset, run.facts)


def _shuffled(run: _Measured) -> Iterator[str]:
    """Say that outputs are of no sequence, where nothing ran the samples in their own order."""
    record = run.record
    if run.facts is None or not run.facts.keeps_state:
        return
    if record.accuracy is None and record.performance is None:  # a stream's frames come in order
        return
    if record.device is None or not _resets(record.device.extensions):
        yield (
            "the model keeps a state, and LoadGen shuffles its samples: outputs, and an accuracy "
            "from them, are of no sequence; firmware (`device`) runs the samples in their order"
        )


def _resets(extensions: str) -> bool:
    """Whether a device can begin a sequence again."""
    states = [each for each in extensions.split() if each.startswith("state=")]
    return bool(states) and states != ["state=0"]


def _stream(run: _Measured) -> Iterator[str]:
    if run.record.stream is not None:
        yield from stream_warnings(run.record.stream)


def stream_warnings(stream: StreamRecord) -> Iterator[str]:
    """Yield what of a stream falls short of its target."""
    if stream.answers_are_equal is False:
        yield (
            "frames that came as a stream were answered otherwise than by LoadGen's accuracy test: "
            "the runtime does not compute the same twice"
        )
    found, timing = stream.detections, stream.timing
    if found is not None and found.passed is False:
        yield (
            f"{found.false_negatives} misses and {found.false_positives} false alarms: the target "
            f"is {found.target:g} of each"
        )
    if timing is not None and timing.late:
        yield (
            f"{timing.late:,} of {timing.frames:,} frames were late: not answered within "
            f"{stream.deadline_ns / 1e6:g} ms, the worst after {timing.worst_ns / 1e6:.1f} ms"
        )
    variation = None if timing is None else timing.period_variation
    if variation is not None and variation > MOST_PERIOD_VARIATION:
        yield (
            f"the periods of the frames vary by {variation:.1%}: more than "
            f"{MOST_PERIOD_VARIATION:.0%}, as MLPerf Tiny's runner warns of"
        )


def _inputs(run: _Measured) -> Iterator[str]:
    if run.dataset.is_random:
        yield "random inputs: accuracy can't be measured"
    elif run.dataset.metric is None:
        yield f"{run.dataset.name} has no labels: accuracy can't be measured"


def _flat_samples(run: _Measured) -> Iterator[str]:
    """Say that values without a layout went into an input that may have one of several."""
    if run.dataset.is_random or run.dataset.queries is not None:
        return
    inputs = run.record.model.inputs.items()
    for (name, shape), values in zip(inputs, run.dataset.sample(0), strict=False):
        sizes = [size for size in shape if size != 1]
        if len(sizes) >= LEAST_LAYOUT and sum(size != 1 for size in np.shape(values)) == 1:
            yield (
                f"the samples are flat: their {np.size(values)} values went into {name} in the "
                f"order of {'x'.join(map(str, sizes))}"
            )


def _one_value(run: _Measured) -> Iterator[str]:
    for name in run.facts.single_values if run.facts else ():
        yield (
            f"the size of the input {name} is open, and 1 here: one value per inference; `shape` "
            "sets another"
        )
    for name in run.facts.sizes_of_one if run.facts else ():
        yield (
            f"the first size of the input {name} is open, and 1 here, though its name is not a "
            "batch's; `shape` sets another, with a dataset of that shape"
        )


def _lost_samples(run: _Measured) -> Iterator[str]:
    energy = run.record.energy
    if energy is not None and energy.lost_samples:
        yield (
            f"the meter lost {energy.lost_samples} of {energy.samples + energy.lost_samples} "
            "samples: they are bridged, and their share is in the uncertainty"
        )


def _meter_cautions(run: _Measured) -> Iterator[str]:
    if run.record.energy is not None:
        yield from (f"energy: {each}" for each in run.record.energy.meter.cautions)


def _coarse_samples(run: _Measured) -> Iterator[str]:
    if run.record.energy is not None and run.record.energy.advice:
        yield f"energy: {run.record.energy.advice}"


def _reading(run: _Measured) -> Iterator[str]:
    reading = None if run.record.energy is None else run.record.energy.reading_cpu_share
    if reading is not None and reading > READING_SHARE:
        yield f"reading the meter took {reading:.0%} of a core: a lower rate= disturbs the run less"


def _drift(run: _Measured) -> Iterator[str]:
    return (drift_warning(each, run.timeline) for each in run.record.drift if each.matters)


def drift_warning(drift: DriftRecord, timeline: Timeline | None) -> str:
    """Return what drifted, and what the machine did meanwhile."""
    text = (
        f"{drift.what} went {'up' if drift.share > 0 else 'down'} by {abs(drift.share):.0%} within "
        f"the test (p = {drift.p_value:.2g}): the figures are of no steady state"
    )
    for name, unit, values in (
        ("temperature", "C", [] if timeline is None else timeline.temperature_c),
        ("frequency", "MHz", [] if timeline is None else timeline.frequency_mhz),
    ):
        there = [each for each in values if each is not None]
        if there:
            text += f"; {name} {there[0]:.0f} to {there[-1]:.0f} {unit}"
    return text


def _governor(run: _Measured) -> Iterator[str]:
    governors = run.after.governors
    if any(governor not in STEADY_GOVERNORS for governor in governors):
        yield (
            f"frequency governor {'/'.join(governors)}: speed may vary; "
            "`performance` measures the chip (`edgebench doctor`)"
        )


def _throttling(run: _Measured) -> Iterator[str]:
    if run.after.throttling:
        yield f"the board says: {', '.join(run.after.throttling)}"


def _heat(run: _Measured) -> Iterator[str]:
    hottest = max(run.after.temperature_c.values(), default=0.0)
    if hottest >= HOT_C:
        yield f"{hottest:.0f} degrees C: it may have slowed down"


def _clock(run: _Measured) -> Iterator[str]:
    before, after = run.before.frequency_mhz, run.after.frequency_mhz
    if before and after:
        drop = 1 - max(after) / max(before)
        if drop > CLOCK_DROP_SHARE:
            yield f"the clock fell by {drop:.0%} during the run"


_RULES: tuple[Callable[[_Measured], Iterator[str]], ...] = (
    _device,
    _fallback,
    _not_submittable,
    _overhead,
    _invalid_tests,
    _other_programs,
    _shuffled,
    _accuracy,
    _stream,
    _inputs,
    _flat_samples,
    _one_value,
    _lost_samples,
    _coarse_samples,
    _meter_cautions,
    _reading,
    _drift,
    _governor,
    _throttling,
    _heat,
    _clock,
)
"""Each yields its warnings of a run; the worst come first."""
