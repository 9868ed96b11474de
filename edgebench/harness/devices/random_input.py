"""A random input for a board that runs edgebench's firmware, as its line takes it."""

from __future__ import annotations

from edgebench.device.client import Device
from edgebench.firmware.emitting.several_inputs_outputs import parts
from edgebench.models.random_inputs import random_dataset
from edgebench.models.resolve import Model
from edgebench.sut.device_input import stated_format, wire_block


def random_input(model: Model, device: Device) -> bytes:
    """Return the bytes of one, in the format that the device says it takes.

    Parameters
    ----------
    device
        Which has said who it is: `edgebench.device.client.Device.wake`.

    Raises
    ------
    DeviceMismatch
        If the model's inputs can't be sent as it takes them.
    """
    inputs, _ = parts(model)
    sample = random_dataset(model.facts, 1).sample(0)
    extensions = device.identity.extensions
    stated = extensions.values.get("wire", "auto") if extensions else "auto"
    return wire_block(inputs, sample, stated_format(model.facts.inputs, stated))
