"""What a reader must know of a serial device's result before believing it."""

from __future__ import annotations

from edgebench.device_place import NetworkPort, parse_device
from edgebench.rundir.device_record import DeviceRecord
from edgebench.rundir.record import RunRecord

CLOCK_TOLERANCE = 0.02
"""Windows of 10 s tell a clock that is off by this much from the time of their answers."""


def device_warnings(record: RunRecord, device: DeviceRecord) -> list[str]:
    """Return the warnings of a device's run, worst first."""
    warnings = []
    asked = record.request.get("device") or {}
    behind_a_network = isinstance(parse_device(device.port), NetworkPort)
    if record.performance is not None and behind_a_network:
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
    if device.repairs:
        warnings.append(
            f"{device.repairs} repairs while time was taken (`events`): host-timed "
            "latencies hold them"
        )
    tiny = record.tiny
    if tiny is not None and not tiny.valid:
        warnings.append(f"MLPerf Tiny: {tiny.reason}")
    # An emulator's clock counts instructions.
    real = record.image is None and not asked.get("emulator_clock")
    if tiny is not None and real and abs(tiny.clock_ratio - 1) > CLOCK_TOLERANCE:
        warnings.append(
            f"the device's clock ran at {tiny.clock_ratio:.1%} of the host's: are its microseconds "
            "microseconds?"
        )
    if not real:
        warnings.append("emulated: instructions, not time: compare nothing but their number")
    elif device.is_emulated:
        warnings.append("an emulated device: this machine's speed, not a board's")
    return warnings
