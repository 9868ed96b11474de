"""A device's outputs against reference kernels on the same inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Dataset, Sample
from edgebench.errors import ModelNotSupported, RuntimeCrashed
from edgebench.harness.devices.reference.oracles import Oracle, oracles
from edgebench.metrics import is_classification
from edgebench.models.evaluate import snr_db
from edgebench.models.resolve import Model
from edgebench.models.tflite.tensors import Tensor
from edgebench.rundir.records.device import ReferenceRecord, ReferenceVerdict
from edgebench.sut.contract import SystemUnderTest

LEAST_SAME_ANSWERS = 0.95
"""Kernels that round otherwise change an answer or two in a hundred; fewer the same are wrong."""
LEAST_SNR_DB = 15.0
PRINTED = 0.001
"""A score's last printed decimal, which is a step where scores are compared."""
SCORE_ROUNDING, SCORE_TOLERANCE = 1e-4, 0.05


def check_outputs(
    model: Model, dataset: Dataset, sut: SystemUnderTest, outputs: Mapping[int, bytes]
) -> ReferenceRecord | None:
    """Compare outputs, by sample, with the reference's; None where there is no reference.

    Of a device that gives a score instead of its output, the scores are compared.
    """
    indices, gives_scores = _comparable(model, outputs)
    samples = [dataset.sample(index) for index in indices]
    found = reference_outputs(model, samples)
    if found is None:
        return None
    oracle, theirs = found
    decoded = [sut.decode(outputs[index]) for index in indices]
    ours = [np.stack([each.ravel() for each in output]) for output in zip(*decoded, strict=True)]
    if gives_scores:
        return _of_scores(ours[0].ravel(), scores_of(samples, theirs[0]), oracle.name)
    return _of_outputs(dataset, model.facts.outputs, ours, theirs, oracle)


def _comparable(model: Model, outputs: Mapping[int, bytes]) -> tuple[list[int], bool]:
    """Return the samples whose outputs can be compared, and whether these are scores."""
    tensors = model.facts.outputs
    whole = sum(tensor.size_bytes for tensor in tensors)
    indices = [index for index in sorted(outputs) if len(outputs[index]) == whole]
    gives_scores = not indices and tensors[0].elements == model.facts.inputs[0].elements
    if gives_scores:
        indices = sorted(outputs)
    if model.facts.keeps_state:  # an output is of all samples up to its own
        indices = [index for place, index in enumerate(indices) if place == index]
    return indices, gives_scores


def _of_outputs(
    dataset: Dataset,
    tensors: Sequence[Tensor],
    ours: Sequence[NDArray[np.float32]],
    theirs: Sequence[NDArray[np.float32]],
    oracle: Oracle,
) -> ReferenceRecord:
    """Compare each output, shape (samples, values), with an oracle's."""
    each_output = list(zip(tensors, ours, theirs, strict=True))
    steps = np.max([_steps(*each) for each in each_output], axis=0)
    answers = [np.argmax(values[0], axis=1) for values in (ours, theirs)]
    other = int(np.count_nonzero(answers[0] != answers[1]))
    verdict: ReferenceVerdict
    if not steps.any():
        verdict = "agrees"
    elif _is_wrong(
        dataset, other / len(steps), min(snr_db(mine, its) for _, mine, its in each_output)
    ):
        verdict = "wrong"
    elif not oracle.is_exact:
        # One rounding grows through the layers behind it: no count of steps tells it from a fault.
        verdict = "close"
    else:
        verdict = "differs"
    return ReferenceRecord(
        verdict=verdict,
        runtime=oracle.name,
        samples=len(steps),
        equal=int(np.count_nonzero(steps == 0)),
        largest_steps=int(steps.max()),
        other_answers=other,
    )


def _steps(
    tensor: Tensor, ours: NDArray[np.float32], theirs: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return by how many steps of an output each sample differs at most; real ones by whole units,
    begun ones too."""
    away: NDArray[np.float64] = np.abs(ours.astype(np.float64) - theirs)
    if tensor.quantization is None:
        away = np.ceil(away)
    else:
        away = np.round(away / tensor.quantization.scales[0])
    most: NDArray[np.float64] = away.max(axis=1)
    return most


def reference_outputs(
    model: Model, samples: Sequence[Sample]
) -> tuple[Oracle, tuple[NDArray[np.float32], ...]] | None:
    """Return the best reference that runs the model, and each of its outputs for every sample.

    None where no reference runs it, or there is no sample.
    """
    for oracle in oracles() if samples else ():
        try:
            return oracle, oracle.outputs(model, samples)
        except (ModelNotSupported, RuntimeCrashed):
            continue
    return None


def scores_of(samples: Sequence[Sample], outputs: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return an autoencoder's mean squared error of each sample, as MLPerf Tiny's ad01 prints it.

    Shape (samples,).
    """
    inputs = np.stack([np.asarray(sample[0], np.float64).ravel() for sample in samples])
    errors: NDArray[np.float64] = np.mean(np.square(outputs - inputs), axis=1)
    return errors


def _of_scores(
    ours: NDArray[np.float64], theirs: NDArray[np.float64], runtime: str
) -> ReferenceRecord:
    """Compare scores, which are printed with three decimals."""
    off = np.abs(ours - theirs)
    equal = int(np.count_nonzero(off <= PRINTED + SCORE_ROUNDING * theirs))
    other = int(np.count_nonzero(off > PRINTED + SCORE_TOLERANCE * theirs))
    verdict: ReferenceVerdict
    if other > (1 - LEAST_SAME_ANSWERS) * len(off):
        verdict = "wrong"
    else:
        verdict = "agrees" if equal == len(off) else "differs"
    return ReferenceRecord(
        verdict=verdict,
        runtime=runtime,
        samples=len(off),
        equal=equal,
        largest_steps=int(np.ceil(off.max() / PRINTED)),
        other_answers=other,
    )


def _is_wrong(dataset: Dataset, other_share: float, snr: float) -> bool:
    if is_classification(dataset.metric):
        return other_share > 1 - LEAST_SAME_ANSWERS
    return snr < LEAST_SNR_DB
