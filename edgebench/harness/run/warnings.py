"""What a reader of a result must know before believing it."""

from __future__ import annotations

from edgebench.datasets.dataset import Dataset
from edgebench.host.state import HOT_C, MOST_OTHERS_SHARE, STEADY_GOVERNORS, HostState
from edgebench.host.timeline import Timeline
from edgebench.rundir.record import DriftRecord, RunRecord

OVERHEAD_SHARE = 0.05
"""A warning is issued above this share of the latency."""
READING_SHARE = 0.10


def warnings_of(
    record: RunRecord,
    dataset: Dataset,
    before: HostState,
    after: HostState,
    timeline: Timeline | None = None,
) -> list[str]:
    """Return the warnings of a run, worst first."""
    warnings = []
    if record.device is not None:
        from edgebench.harness.devices.warnings import device_warnings  # a host's run needs none

        warnings += device_warnings(record, record.device)
    performance, accuracy = record.performance, record.accuracy
    if performance is not None:
        share = performance.overhead.share
        # Of a device this is what its line costs, and the device's own times are beside it.
        if share > OVERHEAD_SHARE and record.device is None:
            warnings.append(
                f"harness overhead is {share:.1%} ({performance.overhead.kind}): more than "
                f"{OVERHEAD_SHARE:.0%}"
            )
        invalid = sum(not test.valid for test in performance.series)
        if performance.valid and invalid:
            warnings.append(
                f"{invalid} of {len(performance.series)} tests in a row were INVALID; the median "
                "test is not (logs in series/)"
            )
        others = performance.others_cpu_share
        if others is not None and others > MOST_OTHERS_SHARE:
            warnings.append(
                f"other programs used {others:.0%} of the processor: measure on an idle machine"
            )
    if accuracy is not None and accuracy.passed is False:
        warnings.append(
            f"accuracy {accuracy.value:.4g}{accuracy.unit} is below the target "
            f"{accuracy.target:g}{accuracy.unit}"
        )
    if dataset.is_random:
        warnings.append("random inputs: accuracy can't be measured")
    elif dataset.metric is None:
        warnings.append(f"{dataset.name} has no labels: accuracy can't be measured")
    energy = record.energy
    if energy is not None and energy.lost_samples:
        warnings.append(
            f"the meter lost {energy.lost_samples} of {energy.samples + energy.lost_samples} "
            "samples: they are bridged, and their share is in the uncertainty"
        )
    reading = None if record.energy is None else record.energy.reading_cpu_share
    if reading is not None and reading > READING_SHARE:
        warnings.append(
            f"reading the meter took {reading:.0%} of a core: a lower rate= disturbs the run less"
        )
    warnings += [drift_warning(each, timeline) for each in record.drift if each.matters]
    return warnings + _machine_warnings(before, after)


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


def _machine_warnings(before: HostState, after: HostState) -> list[str]:
    warnings = []
    if any(governor not in STEADY_GOVERNORS for governor in after.governors):
        warnings.append(
            f"frequency governor {'/'.join(after.governors)}: speed may vary; "
            "`performance` measures the chip (`edgebench doctor`)"
        )
    if after.throttling:
        warnings.append(f"the board says: {', '.join(after.throttling)}")
    hottest = max(after.temperature_c.values(), default=0.0)
    if hottest >= HOT_C:
        warnings.append(f"{hottest:.0f} degrees C: it may have slowed down")
    if before.frequency_mhz and after.frequency_mhz:
        drop = 1 - max(after.frequency_mhz) / max(before.frequency_mhz)
        if drop > 0.1:
            warnings.append(f"the clock fell by {drop:.0%} during the run")
    return warnings
