"""A device's outputs against reference kernels on the same inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Dataset, Sample
from edgebench.errors import ModelNotSupported, RuntimeCrashed
from edgebench.harness.devices.oracles import Oracle, oracles
from edgebench.models.evaluate import snr_db
from edgebench.models.resolve import Model
from edgebench.rundir.records.device import ReferenceRecord
from edgebench.sut.contract import SystemUnderTest

LEAST_SAME_ANSWERS = 0.95
"""Kernels that round otherwise change an answer or two in a hundred; fewer the same are wrong."""
LEAST_SNR_DB = 15.0


def check_outputs(
    model: Model, dataset: Dataset, sut: SystemUnderTest, outputs: Mapping[int, bytes]
) -> ReferenceRecord | None:
    """Compare outputs, by sample, with the reference's; None where there is no reference.

    A device that gives a score instead of its output can't be compared.
    """
    tensor = model.facts.outputs[0]
    indices = [index for index in sorted(outputs) if len(outputs[index]) == tensor.size_bytes]
    if not indices:
        return None
    found = _reference(model, [dataset.sample(index) for index in indices])
    if found is None:
        return None
    oracle, theirs = found
    ours = np.stack([sut.decode(outputs[index])[0].ravel() for index in indices])
    step = tensor.quantization.scales[0] if tensor.quantization else 1.0
    steps = np.abs(np.round((ours - theirs) / step)).max(axis=1)
    other = int(np.count_nonzero(np.argmax(ours, axis=1) != np.argmax(theirs, axis=1)))
    if not steps.any():
        verdict = "agrees"
    elif _is_wrong(dataset, other / len(indices), snr_db(ours, theirs)):
        verdict = "wrong"
    elif not oracle.is_exact:
        # One rounding grows through the layers behind it: no count of steps tells it from a fault.
        verdict = "close"
    else:
        verdict = "differs"
    return ReferenceRecord(
        verdict=verdict,
        runtime=oracle.name,
        samples=len(indices),
        equal=int(np.count_nonzero(steps == 0)),
        largest_steps=int(steps.max()),
        other_answers=other,
    )


def _reference(
    model: Model, samples: Sequence[Sample]
) -> tuple[Oracle, NDArray[np.float32]] | None:
    """Return the best reference that runs the model, and its outputs."""
    for oracle in oracles():
        try:
            return oracle, oracle.outputs(model, samples)
        except (ModelNotSupported, RuntimeCrashed):
            continue
    return None


def _is_wrong(dataset: Dataset, other_share: float, snr: float) -> bool:
    if dataset.metric == "top1":
        return other_share > 1 - LEAST_SAME_ANSWERS
    return snr < LEAST_SNR_DB
