"""Data in the layout that MLCommons' runner reads: y_labels.csv and a .bin file per input."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Dataset
from edgebench.datasets.load import load_dataset
from edgebench.datasets.loaders.mlperf_tiny import LABELS_FILE
from edgebench.errors import DatasetMismatch, UsageError
from edgebench.harness.rehearsal.benchmarks import Rehearsed
from edgebench.mlperf.tiny.inputs import TINY_INPUTS
from edgebench.mlperf.tiny.stream_test import read_stream_tests
from edgebench.models.fit import fit
from edgebench.models.resolve import Model
from edgebench.sut.device_input import wire_bytes

STREAM_FILE = "stream_test.json"


def write_inputs(
    folder: Path, model: Model, dataset: str | None, benchmark: Rehearsed, most: int
) -> bytes:
    """Write a benchmark's inputs, of each class in turn, and return the first.

    Parameters
    ----------
    dataset
        None: the model's own.
    most
        How many of them; 0 for all.

    Raises
    ------
    DatasetMismatch
        If the data have no labels, or are not the model's.
    """
    named = dataset or (model.card.dataset if model.card is not None else None)
    if named is None:
        raise DatasetMismatch(
            f"{model.label} is no packaged model, so {benchmark.name}'s data must be named"
        )
    model, data = fit(model, load_dataset(named), {})
    if data.labels is None:
        raise DatasetMismatch(f"{data.name} has no labels: {benchmark.name} can't be scored on it")
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.bin"):
        old.unlink()
    lines, first = [], b""
    for number in _in_turn(data.labels, most):
        parts = [_wire(model, data, index, benchmark) for index in _samples_of(data, number)]
        first = first or parts[0]
        name = _file_name(data, number)
        (folder / name).write_bytes(b"".join(parts))
        windows = f",{len(parts[0])},{len(parts[0])}" if data.groups is not None else ""
        classes = max(len(data.classes), int(data.labels.max()) + 1)
        lines.append(f"{name},{classes},{data.labels[number]}{windows}\n")
    (folder / LABELS_FILE).write_text("".join(lines), encoding="utf-8")
    return first


def write_stream(folder: Path, card: Path, definition: Path) -> None:
    """Write a streaming test for the runner, and its recording to the interface board's card.

    Raises
    ------
    DatasetInvalid
        If the definition can't be read.
    UsageError
        If its recording is not next to it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for test in read_stream_tests(definition):
        recording = definition.parent / test.wav_file
        if not recording.is_file():
            raise UsageError(f"`datasets`: {recording} is not there", field="datasets")
        shutil.copyfile(recording, card / test.wav_file)
    shutil.copyfile(definition, folder / STREAM_FILE)


def _wire(model: Model, data: Dataset, index: int, benchmark: Rehearsed) -> bytes:
    (tensor,) = model.facts.inputs
    return wire_bytes(tensor, data.sample(index)[0], TINY_INPUTS[benchmark.name])


def _samples_of(data: Dataset, number: int) -> Sequence[int]:
    """Return the samples that a label is of: one, or the windows of a recording."""
    if data.groups is None:
        return (number,)
    found: list[int] = np.flatnonzero(data.groups == number).tolist()
    return found


def _file_name(data: Dataset, number: int) -> str:
    own = Path(data.files[number]).stem if data.files else ""
    plain = "".join(each if each.isalnum() or each in "-_" else "_" for each in own)
    return f"{plain or data.name}_{number:05d}.bin"


def _in_turn(labels: NDArray[np.int64], most: int) -> Iterator[int]:
    """Yield places, the classes by turns: few inputs are of all classes, too."""
    places = [np.flatnonzero(labels == each).tolist() for each in np.unique(labels)]
    turns = ((turn, place) for queue in places for turn, place in enumerate(queue))
    ordered = [place for _, place in sorted(turns, key=lambda each: each[0])]
    yield from ordered[: most or None]
