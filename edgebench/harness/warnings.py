"""What a reader of a result must know before believing it."""

from __future__ import annotations

from edgebench.datasets.dataset import Dataset
from edgebench.harness.device_request import REMOTE
from edgebench.host.along import Along
from edgebench.host.state import HOT_C, STEADY_GOVERNORS, HostState
from edgebench.rundir.record import DriftRecord, RunRecord

OVERHEAD_SHARE = 0.05
"""DESIGN.md, honesty rule 2."""
CLOCK_TOLERANCE = 0.02
"""Windows of 10 s tell a clock that is off by this much from the time of their answers."""
READING_SHARE = 0.10
OTHERS_SHARE = 0.05
"""FACTS.md, section 10: on a machine that is less idle than this a trial may lie."""


def warnings_of(
    record: RunRecord, dataset: Dataset, before: HostState, after: HostState,
    along: Along | None = None,
) -> list[str]:  # fmt: skip
    """Return the warnings of a run, worst first."""
    warnings = _device_warnings(record)
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
        if others is not None and others > OTHERS_SHARE:
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
    warnings += [drift_warning(each, along) for each in record.drift if each.matters]
    return warnings + _machine_warnings(before, after)


def drift_warning(drift: DriftRecord, along: Along | None) -> str:
    """Return what drifted, and what the machine did meanwhile."""
    text = (
        f"{drift.what} went {'up' if drift.share > 0 else 'down'} by {abs(drift.share):.0%} within "
        f"the test (p = {drift.p_value:.2g}): the figures are of no steady state"
    )
    for name, unit, values in (
        ("temperature", "C", [] if along is None else along.temperature_c),
        ("frequency", "MHz", [] if along is None else along.frequency_mhz),
    ):
        there = [each for each in values if each is not None]
        if there:
            text += f"; {name} {there[0]:.0f} to {there[-1]:.0f} {unit}"
    return text


def _device_warnings(record: RunRecord) -> list[str]:
    if record.device is None:
        return []
    warnings = []
    device = record.request.get("device") or {}
    if record.performance is not None and str(device.get("port", "")).startswith(REMOTE):
        warnings.append(
            "timed by the host across a network: LoadGen's latencies are the network's as much as "
            "the device's"
        )
    reference = record.reference
    if reference is None:
        warnings.append("the device's outputs were not compared with reference kernels")
    elif reference.verdict == "wrong":
        warnings.append(
            f"THE DEVICE'S OUTPUTS ARE WRONG: {reference.other_answers} of {reference.samples} "
            f"answers are not the reference's ({reference.runtime}); its speed means nothing"
        )
    elif reference.verdict == "differs":
        warnings.append(
            f"the device's outputs differ from {reference.runtime} in "
            f"{reference.samples - reference.equal} of {reference.samples} samples, by up to "
            f"{reference.largest_steps} steps"
        )
    if record.device.repairs:
        warnings.append(
            f"{record.device.repairs} repairs while time was taken (`events`): host-timed "
            "latencies hold them"
        )
    tiny = record.tiny
    if tiny is not None and not tiny.valid:
        warnings.append(f"MLPerf Tiny: {tiny.reason}")
    # An emulator's clock counts instructions.
    real = record.image is None and not device.get("emulator_clock")
    if tiny is not None and real and abs(tiny.clock_ratio - 1) > CLOCK_TOLERANCE:
        warnings.append(
            f"the device's clock ran at {tiny.clock_ratio:.1%} of the host's: are its microseconds "
            "microseconds?"
        )
    if not real:
        warnings.append("emulated: instructions, not time: compare nothing but their number")
    elif record.device.is_emulated:
        warnings.append("an emulated device: this machine's speed, not a board's")
    return warnings


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
