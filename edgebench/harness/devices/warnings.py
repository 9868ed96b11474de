"""Warnings that a reader of a serial device's result needs before believing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from edgebench.device_place import NetworkPort, parse_device
from edgebench.harness.devices.reference.oracles import exact_packages
from edgebench.rundir.records.device import DeviceRecord
from edgebench.rundir.records.run import RunRecord

CLOCK_TOLERANCE = 0.02
"""Windows of 10 s tell a clock that is off by this much from the time of their answers."""


def device_warnings(record: RunRecord, device: DeviceRecord) -> list[str]:
    """Return the warnings of a device's run, worst first."""
    return [warning for rule in _RULES for warning in rule(record, device)]


def _network(record: RunRecord, device: DeviceRecord) -> Iterator[str]:
    behind_a_network = isinstance(parse_device(device.port), NetworkPort)
    if record.performance is not None and behind_a_network:
        yield (
            "timed by the host across a network: LoadGen's latencies are the network's as much as "
            "the device's"
        )


def _outputs(record: RunRecord, device: DeviceRecord) -> Iterator[str]:
    reference = record.reference
    if reference is None:
        yield "the device's outputs were not compared with reference kernels"
    elif reference.verdict == "wrong":
        yield (
            f"THE DEVICE'S OUTPUTS ARE WRONG: {reference.other_answers} of {reference.samples} "
            f"answers are not the reference's ({reference.runtime}); its speed means nothing"
        )
    elif reference.verdict == "close":
        steps = f"{reference.largest_steps} step{'s' * (reference.largest_steps != 1)}"
        yield (
            f"the device's outputs equal {reference.runtime}, within {steps}; whether they are "
            f"bit-exact is not known without {exact_packages()} (Python 3.11 or older)"
        )
    elif reference.verdict == "differs":
        yield (
            f"the device's outputs differ from {reference.runtime} in "
            f"{reference.samples - reference.equal} of {reference.samples} samples, by up to "
            f"{reference.largest_steps} steps"
        )


def _repairs(record: RunRecord, device: DeviceRecord) -> Iterator[str]:
    if device.repairs:
        yield (
            f"{device.repairs} repairs while time was taken (`events`): host-timed "
            "latencies hold them"
        )


def _mlperf_tiny(record: RunRecord, device: DeviceRecord) -> Iterator[str]:
    if record.tiny is not None and not record.tiny.valid:
        yield f"MLPerf Tiny: {record.tiny.reason}"


def _clock(record: RunRecord, device: DeviceRecord) -> Iterator[str]:
    tiny = record.tiny
    if tiny is None or _counts_instructions(record):
        return
    if abs(tiny.clock_ratio - 1) > CLOCK_TOLERANCE:
        yield (
            f"the device's clock ran at {tiny.clock_ratio:.1%} of the host's: are its microseconds "
            "microseconds?"
        )


def _emulated(record: RunRecord, device: DeviceRecord) -> Iterator[str]:
    if _counts_instructions(record):
        yield "emulated: instructions, not time: compare nothing but their number"
    elif device.is_emulated:
        yield "an emulated device: this machine's speed, not a board's"


def _counts_instructions(record: RunRecord) -> bool:
    """Return whether the device's clock is an emulator's, which counts instructions."""
    asked = record.request.device
    return record.image is not None or (asked is not None and asked.emulator_clock)


_RULES: tuple[Callable[[RunRecord, DeviceRecord], Iterator[str]], ...] = (
    _network,
    _outputs,
    _repairs,
    _mlperf_tiny,
    _clock,
    _emulated,
)
"""Each yields its warnings of a device's run; the worst come first."""
