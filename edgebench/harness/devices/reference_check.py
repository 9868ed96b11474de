"""A device's outputs against reference kernels on the same inputs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from edgebench.datasets.dataset import Dataset
from edgebench.errors import ModelNotSupported
from edgebench.models.evaluate import snr_db
from edgebench.models.interpret import outputs_of
from edgebench.models.resolve import Model
from edgebench.rundir.records.device import ReferenceRecord
from edgebench.runtimes.drivers import installed_interpreters
from edgebench.sut.contract import SystemUnderTest

LEAST_SAME_ANSWERS = 0.95
"""Kernels that round otherwise change an answer or two in a hundred; fewer the same are wrong."""
LEAST_SNR_DB = 15.0
ORACLES = ("tflite-runtime", "litert")
"""tflite-runtime's reference kernels round as TFLM's do; LiteRT's round FULLY_CONNECTED once
instead of twice, which may change an output by a step or two."""


def check_outputs(
    model: Model, dataset: Dataset, sut: SystemUnderTest, outputs: Mapping[int, bytes]
) -> ReferenceRecord | None:
    """Compare outputs, by sample, with the reference's; None where there is no reference.

    A device that gives a score instead of its output can't be compared.
    """
    tensor = model.facts.outputs[0]
    indices = [index for index in sorted(outputs) if len(outputs[index]) == tensor.size_bytes]
    here = {driver.name: driver.requires.version for driver in installed_interpreters()}
    runtime = next((name for name in ORACLES if name in here), None)
    if not indices or runtime is None:
        return None
    ours = np.stack([sut.decode(outputs[index])[0].ravel() for index in indices])
    try:
        theirs = outputs_of(
            model, [dataset.sample(index) for index in indices], runtime, "reference"
        )
    except ModelNotSupported:
        return None
    step = tensor.quantization.scales[0] if tensor.quantization else 1.0
    steps = np.abs(np.round((ours - theirs) / step)).max(axis=1)
    other = int(np.count_nonzero(np.argmax(ours, axis=1) != np.argmax(theirs, axis=1)))
    if not steps.any():
        verdict = "agrees"
    elif _is_wrong(dataset, other / len(indices), snr_db(ours, theirs)):
        verdict = "wrong"
    else:
        verdict = "differs"
    return ReferenceRecord(
        verdict=verdict,
        runtime=f"{runtime} {here[runtime]}, reference kernels",
        samples=len(indices),
        equal=int(np.count_nonzero(steps == 0)),
        largest_steps=int(steps.max()),
        other_answers=other,
    )


def _is_wrong(dataset: Dataset, other_share: float, snr: float) -> bool:
    if dataset.metric == "top1":
        return other_share > 1 - LEAST_SAME_ANSWERS
    return snr < LEAST_SNR_DB
