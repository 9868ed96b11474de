"""Find out what a device takes as inputs: by its model's name, then by its first answers.

Firmware does not say whether it wants a model's own int8, the pixels' uint8 or float32, and it
answers other bytes with other results. So the first samples are sent in each format, the likeliest
first, until the answers are the reference kernels'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Dataset, Sample
from edgebench.device.client import Device
from edgebench.device.options import InputFormat
from edgebench.errors import DeviceFailed
from edgebench.harness.devices.reference.check import reference_outputs, scores_of
from edgebench.models.resolve import Model
from edgebench.sut.device import SCORE_BYTES, DeviceSut
from edgebench.sut.device_input import check_format, formats_to_try, stated_format

SAMPLES = 3
MOST_BYTES = 8192
"""Of all samples together: a large one takes seconds on a serial line."""
LEAST_SCORE = 0.02
TOLERANCE = 0.05
"""Of the reference's range: kernels that round otherwise are within it, another input is not."""


@dataclass(frozen=True)
class Trial:
    """The samples of a trial and the reference's answers; None where there is no reference."""

    samples: tuple[Sample, ...]
    outputs: tuple[NDArray[np.float32], ...] | None


def settle_input(
    sut: DeviceSut, device: Device, model: Model, dataset: Dataset, wanted: InputFormat
) -> None:
    """Set what a device's inputs are sent as.

    Parameters
    ----------
    wanted
        The user's choice; ``auto`` tries.

    Raises
    ------
    UsageError
        If the model's inputs can't be sent as the user wants.
    DeviceMismatch
        If they can't be sent as edgebench's own firmware says.
    DeviceError
        If the device refuses every format.
    """
    inputs = model.facts.inputs
    check_format(inputs, wanted)
    sut.input_format = wanted
    extensions = device.identity.extensions
    if wanted == "auto" and extensions is not None:
        # edgebench's own firmware says what it takes.
        sut.input_format = stated_format(inputs, extensions.values.get("wire", "auto"))
        return
    formats = formats_to_try(inputs, device.identity.model)
    if wanted != "auto" or not formats:
        return
    trial = _trial(model, dataset)
    refused: list[str] = []
    answered: list[InputFormat] = []
    for tried in formats:
        sut.input_format = tried
        device.loading.begin_again()
        try:
            if _answers_as_reference(sut, device, trial):
                _note(device, formats, tried)
                return
            answered.append(tried)
        except DeviceFailed as error:
            refused.append(f"as {tried}: {error}")
    if not answered:
        raise DeviceFailed(
            f"the device refuses {model.label}'s input in every format ({'; '.join(refused)}): is "
            "it another model's firmware?"
        )
    # Which of them is right is not known: the check of all outputs says that they are wrong.
    sut.input_format = answered[0]
    device.on_event(
        f"the device's first answers are not the reference's with inputs as "
        f"{', '.join(answered)}: {sut.input_format} is used (`input_format` sets it)"
    )


def _trial(model: Model, dataset: Dataset) -> Trial:
    size = max(1, sum(tensor.size_bytes for tensor in model.facts.inputs))
    count = max(1, min(SAMPLES, dataset.count, MOST_BYTES // size))
    samples = tuple(dataset.sample(index) for index in range(count))
    found = reference_outputs(model, samples)
    return Trial(samples, None if found is None else found[1])


def _answers_as_reference(sut: DeviceSut, device: Device, trial: Trial) -> bool:
    """Return whether the answers to all samples are about the reference's."""
    for number, sample in enumerate(trial.samples):
        data = sut.wire_row(sample)

        def once(data: bytes = data) -> bytes:
            device.load(data)
            return sut.output_of(device.infer(timestamps=False))

        output = device.repaired(once, f"sample {number} as {sut.input_format}")
        if trial.outputs is None:
            return True
        theirs = [each[number] for each in trial.outputs]
        if not _is_close(sut, output, sample, theirs):
            return False
    return True


def _is_close(
    sut: DeviceSut, output: bytes, sample: Sample, theirs: Sequence[NDArray[np.float32]]
) -> bool:
    decoded = [each.ravel().astype(np.float64) for each in sut.decode(output)]
    if len(output) == SCORE_BYTES and theirs[0].size > 1:
        score = float(scores_of([sample], theirs[0][np.newaxis])[0])
        return abs(float(decoded[0][0]) - score) <= TOLERANCE * max(score, LEAST_SCORE)
    return all(
        np.abs(ours - its).max() <= TOLERANCE * max(float(np.ptp(its)), 1e-9)
        for ours, its in zip(decoded, theirs, strict=True)
    )


def _note(device: Device, formats: Sequence[InputFormat], found: InputFormat) -> None:
    if found != formats[0]:
        device.on_event(
            f"the device takes {found}: its first answers are the reference's then, and are not "
            f"with {formats[0]}"
        )
