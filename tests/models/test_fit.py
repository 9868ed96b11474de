"""Which array of the data goes into which input, and what fits."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from edgebench.datasets.dataset import Dataset
from edgebench.datasets.load import load_dataset
from edgebench.errors import DatasetInvalid, DatasetMismatch
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.fit import fit
from edgebench.models.resolve import Model, resolve_model
from tests.models.made_models import MadeSignature, dense_model, signed


def difference(
    path: Path, names: dict[str, str] | None = None, shapes: tuple[int, int] = (4, 4)
) -> Model:
    """Write ``a - b`` with a signature that names the inputs; the graph has ``b`` first."""
    graph = NewModel(
        [
            NewTensor("b", (1, shapes[1]), "float32"),
            NewTensor("a", (1, shapes[0]), "float32"),
            NewTensor("made", (1, max(shapes)), "float32"),
        ],
        [NewOp("SUB", ("a", "b"), ("made",), ("Sub", {}))],
        ["b", "a"],
        ["made"],
    )
    content = graph.to_bytes()
    if names is not None:
        content = signed(MadeSignature("serving_default", graph, names, {"out": "made"}))
    path.write_bytes(content)
    return resolve_model(str(path))


def data(path: Path, **arrays: object) -> Dataset:
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return load_dataset(str(path))


ONES, TWOS = np.ones((3, 4), np.float32), np.full((3, 4), 2, np.float32)


@pytest.mark.parametrize("order", [("query", "context"), ("context", "query")])
@pytest.mark.parametrize(
    "names", [{"query": "a", "context": "b"}, {"context": "b", "query": "a"}], ids=["ab", "ba"]
)
def test_named_arrays_go_to_the_inputs_of_their_names(
    tmp_path: Path, names: dict[str, str], order: tuple[str, str]
) -> None:
    model = difference(tmp_path / "m.tflite", names)
    values = {"query": ONES, "context": TWOS}
    named = {name: values[name] for name in order}
    dataset = data(tmp_path / "d.npz", **named, labels=[0, 1, 0])
    _, fitted = fit(model, dataset, {})
    sample = dict(zip(model.facts.input_names, fitted.sample(0), strict=True))
    assert sample["query"].tolist() == [1] * 4
    assert sample["context"].tolist() == [2] * 4


def test_the_tensors_own_names_do_as_well(tmp_path: Path) -> None:
    model = difference(tmp_path / "m.tflite", {"query": "a", "context": "b"})
    _, fitted = fit(model, data(tmp_path / "d.npz", a=ONES, b=TWOS), {})
    assert [part[0] for part in fitted.sample(0)] == [1, 2]


def test_names_that_are_no_inputs_are_said_with_those_that_are(tmp_path: Path) -> None:
    model = difference(tmp_path / "m.tflite", {"query": "a", "context": "b"})
    with pytest.raises(DatasetMismatch, match=r"arrays query, text, .*inputs query, context"):
        fit(model, data(tmp_path / "d.npz", query=ONES, text=TWOS), {})


def test_numbers_that_do_not_say_which_is_which_are_refused(tmp_path: Path) -> None:
    model = difference(tmp_path / "m.tflite", {"context": "b", "query": "a"})
    numbered = data(tmp_path / "d.npz", inputs_0=ONES, inputs_1=TWOS)
    with pytest.raises(DatasetMismatch, match=r"don't say which is which.*context, query"):
        fit(model, numbered, {})


@pytest.mark.parametrize("ends", [("1", "2"), ("1x", "2x")], ids=["digits", "digits and x"])
def test_names_of_thousands_of_digits_tell_no_order(tmp_path: Path, ends: tuple[str, str]) -> None:
    """They ended in a ValueError of Python's own; a pattern looked at each digit for each other."""
    names = {end[0] * 20_000 + end[1:]: own for end, own in zip(ends, "ab", strict=True)}
    model = difference(tmp_path / "m.tflite", names)
    numbered = data(tmp_path / "d.npz", inputs_0=ONES, inputs_1=TWOS)
    started = time.process_time()
    with pytest.raises(DatasetMismatch, match="don't say which is which"):
        fit(model, numbered, {})
    assert time.process_time() - started < 1


def test_numbers_go_by_the_numbers_of_the_inputs_names(tmp_path: Path) -> None:
    """Whatever the order in the file."""
    model = difference(tmp_path / "m.tflite", {"args_1": "b", "args_0": "a"})
    _, fitted = fit(model, data(tmp_path / "d.npz", inputs_0=ONES, inputs_1=TWOS), {})
    sample = dict(zip(model.facts.input_names, fitted.sample(0), strict=True))
    assert (sample["args_0"][0], sample["args_1"][0]) == (1, 2)


def test_numbers_are_the_graphs_order_where_there_are_no_names(tmp_path: Path) -> None:
    model = difference(tmp_path / "m.tflite")
    _, fitted = fit(model, data(tmp_path / "d.npz", inputs_0=ONES, inputs_1=TWOS), {})
    assert [part[0] for part in fitted.sample(0)] == [1, 2]


def test_numbers_are_enough_where_shapes_differ(tmp_path: Path) -> None:
    model = difference(tmp_path / "m.tflite", {"context": "b", "query": "a"}, (4, 1))
    numbered = data(tmp_path / "d.npz", inputs_0=ONES[:, :1], inputs_1=TWOS)
    _, fitted = fit(model, numbered, {})
    assert [part.shape for part in fitted.sample(0)] == [(1,), (4,)]
    with pytest.raises(DatasetMismatch, match="takes 1 = 1 values a sample, the dataset gives 4"):
        fit(model, data(tmp_path / "e.npz", inputs_0=TWOS, inputs_1=ONES[:, :1]), {})


def test_inputs_may_be_called_as_single_ones_are(tmp_path: Path) -> None:
    model = difference(tmp_path / "m.tflite", {"mask": "b", "x": "a"})
    _, fitted = fit(model, data(tmp_path / "d.npz", x=ONES, mask=TWOS, labels=[0, 1, 2]), {})
    assert [part[0] for part in fitted.sample(0)] == [2, 1]
    assert fitted.labels is not None


def test_arrays_that_are_no_inputs_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "dense.tflite"
    path.write_bytes(dense_model((4, 3)).to_bytes())
    dataset = data(
        tmp_path / "d.npz", inputs=ONES, labels=[0, 1, 2], ids=[7, 8, 9], names=["a", "b", "c"]
    )
    _, fitted = fit(resolve_model(str(path)), dataset, {})
    assert [part.tolist() for part in fitted.sample(0)] == [[1] * 4]


def test_named_arrays_of_different_lengths_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetInvalid, match=r"query, context have \[3, 2\] samples"):
        data(tmp_path / "d.npz", query=ONES, context=TWOS[:2])


def images(path: Path, shape: tuple[int, ...]) -> Model:
    path.write_bytes(
        NewModel(
            [NewTensor("x", shape, "float32"), NewTensor("y", shape, "float32")],
            [NewOp("RELU", ("x",), ("y",))],
            ["x"],
            ["y"],
        ).to_bytes()
    )
    return resolve_model(str(path))


@pytest.mark.parametrize(
    ("shape", "given", "order"),
    [
        ((1, 3, 32, 32), (32, 32, 3), (2, 0, 1)),
        ((1, 32, 32, 3), (3, 32, 32), (1, 2, 0)),
        ((1, 49, 10), (10, 49), (1, 0)),
        ((1, 49, 10, 1), (10, 49), (1, 0)),
        ((1, 49, 10), (1, 10, 49), (0, 2, 1)),
        ((1, 2, 3, 4, 5), (5, 2, 3, 4), (1, 2, 3, 0)),
    ],
)
def test_the_transposition_that_fits_is_named(
    tmp_path: Path, shape: tuple[int, ...], given: tuple[int, ...], order: tuple[int, ...]
) -> None:
    model = images(tmp_path / "m.tflite", shape)
    values = np.zeros((2, *given), np.float32)
    with pytest.raises(DatasetMismatch, match="in another order") as raised:
        fit(model, data(tmp_path / "d.npz", inputs=values), {})
    every = (0, *(place + 1 for place in order))
    assert f"each sample by {order}, an array of all samples by {every}" in str(raised.value)
    fit(model, data(tmp_path / "e.npz", inputs=values.transpose(every)), {})


@pytest.mark.parametrize(
    ("shape", "given"),
    [
        ((1, 49, 10, 1), (49, 10)),
        ((1, 49, 10, 1), (1, 49, 10)),
        ((1, 49, 10, 1), (490,)),
        ((1, 49, 10), (49, 10, 1)),
        ((1, 1, 28, 28), (28, 28, 1)),
        ((1, 8), (8,)),
    ],
)
def test_what_changes_no_order_is_no_other_shape(
    tmp_path: Path, shape: tuple[int, ...], given: tuple[int, ...]
) -> None:
    fit(
        images(tmp_path / "m.tflite", shape),
        data(tmp_path / "d.npz", inputs=np.zeros((2, *given), np.float32)),
        {},
    )


def test_a_shape_that_no_transposition_makes_is_refused(tmp_path: Path) -> None:
    model = images(tmp_path / "m.tflite", (1, 4, 6))
    with pytest.raises(DatasetMismatch, match=r"takes 4x6 = 24 .* gives 8x3 = 24 in another shape"):
        fit(model, data(tmp_path / "d.npz", inputs=np.zeros((2, 8, 3))), {})
    flat = images(tmp_path / "f.tflite", (1, 24))
    with pytest.raises(DatasetMismatch, match=r"takes 24 = 24 .* gives 4x6 = 24 in another shape"):
        fit(flat, data(tmp_path / "e.npz", inputs=np.zeros((2, 4, 6))), {})
