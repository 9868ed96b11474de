"""Two models on the same inputs: how far apart their outputs are, and where that begins."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Dataset
from edgebench.datasets.scoring import Score
from edgebench.errors import DatasetMismatch
from edgebench.models.evaluate import Agreement, agreement, scored
from edgebench.models.first_inputs import with_example
from edgebench.models.interpret import Interpreted, runner_of, samples_of
from edgebench.models.resolve import Model
from edgebench.models.tflite.inspect import Op
from edgebench.models.tflite.tensors import DTYPES
from edgebench.text.brief import Brief

DIVERGES_DB = 15.0
"""A layer whose SNR is below this is said to diverge."""
LAYER_SAMPLES = 50
_CONVERSIONS = ("QUANTIZE", "DEQUANTIZE")


@dataclass(frozen=True)
class LayerDifference:
    """An op that both models have, and the SNR of the second's output against the first's."""

    op: str
    shape: tuple[int, ...]
    first_index: int
    second_index: int
    snr_db: float
    macs: int

    @property
    def diverges(self) -> bool:
        """Whether little of the first's output is left."""
        return self.snr_db < DIVERGES_DB


@dataclass(frozen=True, repr=False)
class Comparison(Brief):
    """Two models compared; ``unmatched`` are ops that only one of them has."""

    agreement: Agreement
    scores: tuple[Score | None, Score | None]
    log_losses: tuple[float | None, float | None]
    layers: tuple[LayerDifference, ...]
    unmatched: tuple[str, ...]
    samples: int


def compare_models(first: Model, second: Model, dataset: Dataset) -> Comparison:
    """Run both models on a dataset: .tflite files with the runtime's reference kernels.

    A model of another format runs on its own runtime; layers are compared between .tflite files
    only. Each model quantizes the real-valued samples with its own scale, as a run does.

    Raises
    ------
    DatasetMismatch
        If the data don't fit a model, or the models' outputs have different sizes.
    """
    models = [with_example(each, dataset.sample(0)) for each in (first, second)]
    with ExitStack() as opened:
        runners = [opened.enter_context(runner_of(each)) for each in models]
        interpreted = [each for each in runners if isinstance(each, Interpreted)]
        pairs, unmatched = matched_ops(first, second) if len(interpreted) == 2 else ([], ())
        outputs: list[list[NDArray[np.float32]]] = [[], []]
        signal = np.zeros(len(pairs))
        noise = np.zeros(len(pairs))
        for number, sample in enumerate(samples_of(dataset)):
            for side, each in enumerate(runners):
                outputs[side].append(each.run(sample)[0].ravel())
            if number >= LAYER_SAMPLES:
                continue
            for place, ops in enumerate(pairs):
                exact, found = (
                    model.facts.tensors[op.outputs[0]]
                    .decode(each.tensor(op.outputs[0]))
                    .astype(np.float64)
                    .ravel()
                    for model, each, op in zip((first, second), interpreted, ops, strict=True)
                )
                signal[place] += float(np.sum(exact**2))
                noise[place] += float(np.sum((found - exact) ** 2))
    one, other = (np.stack(each) for each in outputs)
    if one.shape != other.shape:
        raise DatasetMismatch(
            f"{first.label} has {one.shape[1]} output values, {second.label} {other.shape[1]}"
        )
    evaluations = (scored(one, dataset), scored(other, dataset))
    return Comparison(
        agreement=agreement(other, one),
        scores=(evaluations[0].score, evaluations[1].score),
        log_losses=(evaluations[0].log_loss, evaluations[1].log_loss),
        layers=tuple(
            LayerDifference(
                a.name,
                first.facts.tensors[a.outputs[0]].shape,
                a.index,
                b.index,
                _db(signal[place], noise[place]),
                a.macs,
            )
            for place, (a, b) in enumerate(pairs)
        ),
        unmatched=unmatched,
        samples=len(one),
    )


def _db(signal: float, noise: float) -> float:
    if noise == 0:
        return float("inf")
    return 10 * float(np.log10(signal / noise)) if signal else float("-inf")


def matched_ops(first: Model, second: Model) -> tuple[list[tuple[Op, Op]], tuple[str, ...]]:
    """Pair the ops of two models in order, by kind and output shape; conversions don't count."""
    sides = [_ops(each) for each in (first, second)]
    keys = [
        [(op.name, model.facts.tensors[op.outputs[0]].shape[1:]) for op in ops]
        for model, ops in zip((first, second), sides, strict=True)
    ]
    pairs: list[tuple[Op, Op]] = []
    only: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_opcodes():
        if kind == "equal":
            pairs += list(zip(sides[0][a:b], sides[1][c:d], strict=True))
        else:
            only += [f"{first.label}: {op.name} #{op.index}" for op in sides[0][a:b]]
            only += [f"{second.label}: {op.name} #{op.index}" for op in sides[1][c:d]]
    return pairs, tuple(only)


def _ops(model: Model) -> list[Op]:
    tensors = model.facts.tensors
    return [
        op
        for op in model.facts.ops
        if op.name not in _CONVERSIONS and op.outputs and tensors[op.outputs[0]].type_name in DTYPES
    ]
