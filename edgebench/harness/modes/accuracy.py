"""Accuracy: from LoadGen's accuracy log to a metric, never from a side channel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.card import load_dataset_card
from edgebench.datasets.dataset import Dataset
from edgebench.datasets.scoring import SCORERS, Score
from edgebench.errors import DatasetMismatch, LogInvalid
from edgebench.files.disk import disk_errors
from edgebench.harness.loadgen.test_runner import TestRunner
from edgebench.metrics import is_classification
from edgebench.mlperf.loadgen.accuracy import read_answers
from edgebench.mlperf.loadgen.detail import ACCURACY_FILE
from edgebench.models.card import Quality
from edgebench.models.resolve import Model
from edgebench.registry import card_files
from edgebench.rundir.contents.confusion import confusion_of, write_confusion
from edgebench.rundir.layout import ACCURACY, ACCURACY_TXT
from edgebench.rundir.records.accuracy import AccuracyRecord, Float32Share, SecondaryMetric
from edgebench.sut.contract import SystemUnderTest

FLOAT32 = "float32"
"""The variant that others are quantized from."""


def measure_answers(runner: TestRunner) -> None:
    """Run every sample once in accuracy mode; the answers are in LoadGen's accuracy log."""
    runner.run("accuracy")


def score_answers(runner: TestRunner, model: Model) -> AccuracyRecord:
    """Score the accuracy log of a run of a model and write accuracy.txt next to it.

    Raises
    ------
    LogInvalid
        If a sample is missing from the log, or has two answers.
    DatasetMismatch
        If the dataset has no metric, or its labels don't fit the outputs.
    """
    folder = runner.directory.path / ACCURACY
    if runner.dataset.metric is None:
        raise DatasetMismatch(f"{runner.dataset.name} has no labels: accuracy can't be measured")
    dataset = runner.dataset.scored
    outputs = outputs_in_order(folder / ACCURACY_FILE, runner.sut, runner.dataset)
    score = SCORERS[runner.dataset.metric](outputs, dataset)
    with disk_errors(folder):
        (folder / ACCURACY_TXT).write_text(_accuracy_txt(score, dataset), encoding="utf-8")
        if is_classification(score.metric) and dataset.labels is not None:
            answers = np.argmax(outputs, axis=1)
            confusion = confusion_of(answers, dataset.labels, dataset.classes)
            if confusion is not None:
                write_confusion(folder, confusion)
    quality = model.card.quality if model.card else None
    return _record(score, quality, of_float32(score, model, dataset))


def outputs_in_order(path: Path, sut: SystemUnderTest, dataset: Dataset) -> NDArray[np.float32]:
    """Return the first output of every sample, shape (samples, values), in the dataset's order.

    Of queries: of every item.

    Raises
    ------
    LogInvalid
        As `score_answers`.
    """
    outputs: NDArray[np.float32] | None = None
    known = np.zeros(dataset.count, bool)
    for answer in read_answers(path):
        index, values = answer.sample_index, sut.decode(answer.data)[0].ravel()
        if not 0 <= index < dataset.count:
            raise LogInvalid(f"{path}: there is no sample {index}")
        if outputs is None:
            outputs = np.zeros((dataset.count, values.size), np.float32)
        if known[index] and not np.array_equal(outputs[index], values):
            raise LogInvalid(f"{path}: sample {index} has two different answers")
        outputs[index], known[index] = values, True
    if outputs is None or not known.all():
        missing = int(np.count_nonzero(~known))
        raise LogInvalid(f"{path}: {missing} of {dataset.count} samples have no answer")
    if dataset.queries is None:
        return outputs
    apart = outputs.reshape(dataset.count, dataset.queries.longest, -1)
    sizes = np.diff(dataset.queries.starts)
    return np.concatenate([rows[:size] for rows, size in zip(apart, sizes, strict=True)])


def of_float32(score: Score, model: Model, dataset: Dataset) -> Float32Share | None:
    """Return a score as a share of float32's, by the model's card; None where it has none.

    The card's figures are of the samples that its dataset has by default: others under the same
    name (``CARD@PATH``) have another SHA-256.
    """
    card = model.card
    if card is None or model.variant == FLOAT32 or card.quality.metric != score.metric:
        return None
    reference = card.variants.get(FLOAT32)
    if reference is None or reference.accuracy <= 0:
        return None
    if score.count != reference.accuracy_samples or not _is_default(dataset, card.dataset):
        return None
    scale = 1 / reference.accuracy
    share, low, high = (
        each * scale for each in (score.value, score.interval.low, score.interval.high)
    )
    return Float32Share(reference.accuracy, share, low, high, share >= 0.99, share >= 0.999)


def _is_default(dataset: Dataset, name: str) -> bool:
    """Say whether samples are a card's own: those that it has if nothing else is asked of it."""
    path = card_files("datasets").get(name)
    if path is None:
        return False
    card = load_dataset_card(path)
    names, sha256 = {name}, ""
    if card.recipes:
        recipe, sha256 = next(iter(card.recipes.items()))
        names.add(f"{name}:{recipe}")
    elif "eval" in card.parts:
        sha256 = card.parts["eval"].sha256
    return dataset.name in names and sha256 != "" and dataset.sha256 == sha256


def _record(score: Score, quality: Quality | None, share: Float32Share | None) -> AccuracyRecord:
    same = quality is not None and quality.metric == score.metric
    target = quality.target if quality is not None and same else None
    return AccuracyRecord(
        metric=score.metric,
        value=score.value,
        unit=score.unit,
        samples=score.count,
        low=score.interval.low,
        high=score.interval.high,
        confidence=score.interval.confidence,
        interval_method=score.interval.method,
        target=target,
        target_source=quality.source if quality is not None and same else "",
        passed=None if target is None else score.value >= target,
        best=score.best,
        secondary=tuple(_secondary(each) for each in score.secondary),
        of_float32=share,
    )


def _best(score: Score) -> str:
    return "" if score.best is None else f"; at best {score.best:.6f}"


def _secondary(score: Score) -> SecondaryMetric:
    interval = score.interval
    return SecondaryMetric(
        score.metric,
        score.value,
        score.unit,
        interval.low,
        interval.high,
        interval.method,
        score.best,
    )


def _accuracy_txt(score: Score, dataset: Dataset) -> str:
    """Write the line that MLPerf's checkers look for, and what stands behind it."""
    if is_classification(score.metric):
        good = round(score.value * score.count / 100)
        line = f"accuracy={score.value:.3f}%, good={good}, total={score.count}"
    else:
        line = f"AUC={score.value:.6f}, total={score.count}"
    interval = score.interval
    others = "".join(
        f"# {each.metric}={each.value:.6f} {each.unit}, {each.interval.low:.6f} to "
        f"{each.interval.high:.6f} ({each.interval.method}){_best(each)}\n"
        for each in score.secondary
    )
    return (
        f"{line}\n"
        f"# {interval.confidence:.0%} interval ({interval.method}): "
        f"{interval.low:.3f} to {interval.high:.3f}{_best(score)}\n"
        f"{others}"
        f"# data: {dataset.name}: {dataset.limits or dataset.source}\n"
    )
