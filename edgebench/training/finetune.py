"""Fine-tuning a classifier's last layer on data of one's own, as people do on a Pi.

Everything before the last layer stays as it was trained: it is run once over the data by the
TensorFlow Lite runtime, and only the last layer learns (logistic regression, scikit-learn's). So it
takes seconds and needs no TensorFlow; and there may be other classes than before.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.clock import now_ns
from edgebench.datasets.dataset import Dataset
from edgebench.datasets.load import load_dataset
from edgebench.errors import DatasetMismatch, ModelNotSupported, RuntimeMissing, UsageError
from edgebench.files.atomic import write_bytes
from edgebench.files.disk import disk_errors
from edgebench.models.interpret import Interpreted, samples_of
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.tflite.flatbuffer.reading import float32_constant, unpacked
from edgebench.models.tflite.flatbuffer.rewrite import packed
from edgebench.models.tflite.inspect import Op
from edgebench.statistics.intervals import wilson
from edgebench.text.brief import Brief

HELD_OUT = 1 / 3
"""Share of the data that is only evaluated on."""
MOST_STEPS = 2000

Values = NDArray[np.float32]


@dataclass(frozen=True)
class Accuracy:
    """How many of the held-out samples were right, with Wilson's 95 % interval, in percent."""

    percent: float
    low: float
    high: float


@dataclass(frozen=True, repr=False)
class FineTuned(Brief):
    """A model with a new last layer.

    Attributes
    ----------
    before
        Of the model as it was; None where it had other classes.
    seconds
        From the first touch of the data to the layer being learned.
    """

    path: Path
    classes: int
    trained_on: int
    held_out: int
    before: Accuracy | None
    after: Accuracy
    seconds: float


def fine_tune(model: str, dataset: str, out: Path, seed: int = 1) -> FineTuned:
    """Learn a model's last layer again and write the model to ``out``.

    Parameters
    ----------
    model
        A float32 model: a card's name (its float32 variant is taken) or a file.
    dataset
        Labelled data as `load_dataset` takes them; a third of each class is held out.

    Raises
    ------
    ModelNotSupported
        If the model is not in float32 or does not end in a fully connected layer.
    DatasetMismatch
        If the data have no labels, don't fit the model, or are too few.
    RuntimeMissing
        If scikit-learn is not installed.
    """
    try:
        import sklearn  # noqa: F401
    except ImportError as error:
        raise RuntimeMissing(
            "fine-tuning needs scikit-learn: `pip install 'edgebench[train]'`"
        ) from error
    found = _float_model(model)
    layer = _last_layer(found)
    started = now_ns()
    data = load_dataset(dataset)
    labels = _labels(data)
    features = _features(found, data, layer.inputs[0])
    train, held = _split(labels, seed)
    weights, bias = _stored(found, layer)
    # The data say what the classes are: by name, or else by their largest label.
    classes = len(data.classes) or int(labels.max()) + 1
    same = classes == len(bias)
    _check_all_there(labels[train], classes)
    before = _accuracy(features[held] @ weights.T + bias, labels[held]) if same else None
    weights, bias = _learned(features[train], labels[train], (weights, bias) if same else None)
    seconds = (now_ns() - started) / 1e9
    content = _with_layer(found, layer, weights, bias)
    path = out / f"{found.name}-finetuned_float32.tflite"
    with disk_errors(out):
        out.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content)
    after = _accuracy(features[held] @ weights.T + bias, labels[held])
    return FineTuned(path, classes, len(train), len(held), before, after, seconds)


def _float_model(name: str) -> Model:
    found = resolve_model(name)
    if found.card is not None and ":" not in name and "float32" in found.card.variants:
        return resolve_model(f"{name}:float32")
    return found


def _last_layer(model: Model) -> Op:
    facts = model.facts
    ops = [op for op in facts.ops if op.name != "SOFTMAX"]
    last = ops[-1] if ops else None
    types = {facts.tensors[index].type_name for index in last.inputs} if last else set()
    after = facts.ops[last.index + 1 :] if last else ()
    plain = last is not None and last.name == "FULLY_CONNECTED" and len(last.inputs) == 3
    if last is None or not plain or types != {"FLOAT32"} or len(after) > 1:
        raise ModelNotSupported(
            f"{model.label} does not end in a fully connected layer in float32 (and a softmax): "
            "name a float32 classifier, such as digits-resnet8:float32"
        )
    return last


def _labels(data: Dataset) -> NDArray[np.int64]:
    if data.labels is None or data.groups is not None:
        raise DatasetMismatch(f"{data.name} has no label for each sample: nothing to learn from")
    return data.labels


def _features(model: Model, data: Dataset, tensor: int) -> Values:
    """Return what comes into the last layer, shape (samples, values)."""
    interpreted = Interpreted(model, keep_tensors=True)
    found = []
    for sample in samples_of(data):
        interpreted.run(sample)
        found.append(interpreted.tensor(tensor).ravel().copy())
    return np.asarray(np.stack(found), np.float32)


def _split(labels: NDArray[np.int64], seed: int) -> tuple[NDArray[Any], NDArray[Any]]:
    from sklearn.model_selection import train_test_split

    try:
        train, held = train_test_split(
            np.arange(len(labels)), test_size=HELD_OUT, random_state=seed, stratify=labels
        )
    except ValueError as error:
        raise DatasetMismatch(
            f"too few samples to hold a third of each class out: {error}"
        ) from error
    return np.sort(train), np.sort(held)


def _check_all_there(labels: NDArray[np.int64], classes: int) -> None:
    missing = sorted(set(range(classes)) - set(labels.tolist()))
    if missing or classes < 2:
        named = ", ".join(map(str, missing[:10])) or "all but one"
        raise DatasetMismatch(
            f"the data have no samples of class {named}: the last layer would forget what it can't "
            "see; add some, or leave the class out of the data's classes"
        )


def _learned(
    features: Values, labels: NDArray[np.int64], start: tuple[Values, Values] | None
) -> tuple[Values, Values]:
    from sklearn.linear_model import LogisticRegression

    regression = LogisticRegression(max_iter=MOST_STEPS, warm_start=start is not None)
    classes = int(labels.max()) + 1
    if start is not None and classes > 2:
        regression.coef_, regression.intercept_ = (each.astype(np.float64) for each in start)
    regression.fit(features, labels)
    weights, bias = regression.coef_, regression.intercept_
    if classes == 2:  # one row of log-odds: the other class's is 0
        weights, bias = np.stack([0 * weights[0], weights[0]]), np.array([0.0, bias[0]])
    return weights.astype(np.float32), bias.astype(np.float32)


def _accuracy(logits: Values, labels: NDArray[np.int64]) -> Accuracy:
    right = int(np.sum(np.argmax(logits, axis=1) == labels))
    interval = wilson(right, len(labels)).scaled(100)
    return Accuracy(100 * right / len(labels), interval.low, interval.high)


def _stored(model: Model, layer: Op) -> tuple[Values, Values]:
    written = unpacked(model.content, str(model.path))
    weights, bias = (
        float32_constant(written, model.facts.tensors[index], str(model.path))
        for index in layer.inputs[1:3]
    )
    return weights, bias


def _with_layer(model: Model, layer: Op, weights: Values, bias: Values) -> bytes:
    written = unpacked(model.content, str(model.path))
    graph = written.subgraphs[0]
    op = graph.operators[layer.index]
    for index, values in zip(op.inputs[1:3], (weights, bias), strict=True):
        tensor = graph.tensors[index]
        if sum(other.buffer == tensor.buffer for other in graph.tensors) > 1:
            raise UsageError(f"{model.label}: its last layer shares its weights with another")
        written.buffers[tensor.buffer].data = (
            np.ascontiguousarray(values).reshape(-1).view(np.uint8)
        )
        tensor.shape = list(values.shape)
    for later in graph.operators[layer.index :]:
        for index in later.outputs:
            tensor = graph.tensors[index]
            tensor.shape = [*list(tensor.shape)[:-1], len(bias)]
            if tensor.shapeSignature is not None:
                tensor.shapeSignature = [*list(tensor.shapeSignature)[:-1], len(bias)]
    return packed(written)
