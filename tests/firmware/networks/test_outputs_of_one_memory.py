"""Outputs that have another tensor's values are written, in whatever order the model names them."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from edgebench.firmware.planning.arena import plan_memory
from edgebench.firmware.reading.network import read_network
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import resolve_model
from edgebench.models.tflite.tensors import Quantization
from tests.firmware.compiled import all_quickly_compiled

SAME = Quantization((0.1,), (3,))
VALUES = np.array([-128, -3, 5, 127], np.int8)


def chain(outputs: list[str]) -> NewModel:
    """A RELU's values as `sum`, and two reshaped again: `column` of it, `again` of that.

    `in_column` and `in_again` are the input's in the same way.
    """
    shapes = {"in": (1, 4), "sum": (1, 4), "column": (4, 1), "again": (4,)}
    shapes |= {"in_column": (4, 1), "in_again": (4,)}

    def reshaped(before: str, after: str) -> NewOp:
        return NewOp("RESHAPE", (before,), (after,), ("Reshape", {"newShape": shapes[after]}))

    return NewModel(
        [NewTensor(name, shape, "int8", SAME) for name, shape in shapes.items()],
        [
            NewOp("RELU", ("in",), ("sum",)),
            reshaped("sum", "column"),
            reshaped("column", "again"),
            reshaped("in", "in_column"),
            reshaped("in_column", "in_again"),
        ],
        ["in"],
        outputs,
    )


@pytest.mark.parametrize(
    "outputs",
    [
        *map(list, permutations(("sum", "column", "again"))),
        ["in_column", "in_again", "sum"],
        ["in_again", "in_column", "sum"],
        ["in", "sum", "in_again"],
    ],
    ids=" ".join,
)
def test_every_output_is_written_in_memory_of_its_own(
    outputs: list[str], kernels_folder: Path
) -> None:
    path = kernels_folder / "chain.tflite"
    path.write_bytes(chain(outputs).to_bytes())
    model = resolve_model(str(path))
    network = read_network(model)
    roots = plan_memory(network).roots
    assert len({roots[each] for each in network.output_numbers}) == len(outputs)
    wanted = [VALUES if name.startswith("in") else np.maximum(VALUES, 3) for name in outputs]
    np.testing.assert_array_equal(all_quickly_compiled(model, kernels_folder)(VALUES), wanted)
