"""Fit a streaming model and the audio that it is to hear."""

from __future__ import annotations

from pathlib import Path

from edgebench.datasets.dataset import Dataset
from edgebench.datasets.stream import Grid, StreamSpec, WindowShape, stream_dataset
from edgebench.errors import DatasetMismatch
from edgebench.models.resolve import Model


def streamed(path: Path, model: Model) -> Dataset:
    """Open a recording as the frames of a model.

    A model without a card is taken for one that listens as MLPerf Tiny's reference does.

    Raises
    ------
    DatasetMismatch
        If the model's card is of another task, or its input is not one window of frames.
    DatasetNotFound, DatasetInvalid
        As `stream_dataset`.
    """
    spec = StreamSpec() if model.card is None else model.card.stream
    if spec is None:
        task = "" if model.card is None else model.card.task
        raise DatasetMismatch(
            f"`stream`: {model.name} is for {task}, not for a stream of audio; choose a model "
            "whose card has [stream]",
            field="stream",
        )
    return stream_dataset(path, spec, window_of(model))


def window_of(model: Model) -> WindowShape:
    """Return what a model takes as a window of frames.

    Raises
    ------
    DatasetMismatch
        If it has several inputs.
    """
    inputs = model.facts.inputs
    if len(inputs) != 1:
        raise DatasetMismatch(
            f"a stream is for a model with one input; {model.name} has {len(inputs)}"
        )
    (tensor,) = inputs
    quantization = tensor.quantization
    grid = None
    if quantization is not None and tensor.type_name == "INT8":
        grid = Grid(float(quantization.scales[0]), int(quantization.zero_points[0]))
    return WindowShape(tuple(abs(size) for size in tensor.sample_shape), grid)
