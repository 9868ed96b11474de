"""What a refusal says besides the op: what to do, and what would still be missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgebench.firmware.reading.network import why_not_compiled
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.tflite.tensors import Quantization


def chain(folder: Path, dtype: str, *ops: NewOp) -> Model:
    """A model of ops one after the other, each of tensor n to n + 1."""
    stored = None if dtype == "float32" else Quantization((0.1,), (0,))
    tensors = [NewTensor(str(n), (1, 4), dtype, stored) for n in range(len(ops) + 1)]
    path = folder / "chain.tflite"
    path.write_bytes(NewModel(tensors, list(ops), ["0"], [tensors[-1].name]).to_bytes())
    return resolve_model(str(path))


def test_a_float32_model_gets_a_command_and_the_ops_that_it_would_still_lack(
    tmp_path: Path,
) -> None:
    ops = [
        NewOp("RELU", ("0",), ("1",)),
        NewOp("COS", ("1",), ("2",)),
        NewOp("CUSTOM", ("2",), ("3",), custom="MyOp"),
        NewOp("COS", ("3",), ("4",)),
    ]
    model = chain(tmp_path, "float32", *ops)
    said = why_not_compiled(model)
    assert f"edgebench.quantize('{model.path}', recipes=['int8'], calibrate='DATA')" in said
    assert said.endswith("It would still lack a kernel for COS, MyOp")
    assert "lack" not in why_not_compiled(chain(tmp_path, "float32", ops[0]))


@pytest.mark.parametrize(
    ("custom", "accelerator"),
    [("edgetpu-custom-op", "Coral's Edge TPU"), ("ethos-u", "Arm's Ethos-U")],
)
def test_a_model_for_an_accelerator_is_called_so(
    custom: str, accelerator: str, tmp_path: Path
) -> None:
    model = chain(tmp_path, "int8", NewOp("CUSTOM", ("0",), ("1",), custom=custom))
    assert why_not_compiled(model) == (
        f"op 0, {custom}: compiled for {accelerator}; take the .tflite that it was compiled from"
    )


def test_the_part_before_an_op_is_named_only_where_it_has_most_of_the_work(tmp_path: Path) -> None:
    model = chain(tmp_path, "int8", NewOp("RELU", ("0",), ("1",)), NewOp("COS", ("1",), ("2",)))
    assert why_not_compiled(model).startswith("op 1, COS: no such kernel; there are CONV_2D")
