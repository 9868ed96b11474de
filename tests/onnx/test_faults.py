"""Models that hide something: constants elsewhere, work that can't be counted, open sizes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import edgebench
from edgebench.errors import ModelInvalid
from edgebench.models.resolve import resolve_model
from edgebench.models.trial.job import BEGUN, Job
from edgebench.runtime_settings import RuntimeSettings
from edgebench.sut.runtimes.onnxruntime import ONNX_RUNTIME
from tests.onnx.made import FLOAT, model, node, saved, weights

QUICK: dict[str, Any] = {"scenarios": ("offline",), "duration_s": 0.1, "warmup_s": 0.02}


def elsewhere() -> TensorProto:
    tensor = TensorProto(name="k", data_type=FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", "../secret.bin"), ("offset", "0"), ("length", "16")):
        tensor.external_data.add(key=key, value=value)
    return tensor


def sparse() -> onnx.SparseTensorProto:
    places = numpy_helper.from_array(np.arange(4), "places")
    return onnx.SparseTensorProto(values=elsewhere(), indices=places, dims=[4])


def adding(constants: Sequence[Any] = ()) -> Any:
    ends = [("x", FLOAT, [1, 4])], [("y", FLOAT, [1, 4])]
    return model([*constants, node("Add", "x k", "y")], *ends)


def with_sparse_initializer() -> Any:
    proto = adding()
    proto.graph.sparse_initializer.append(sparse())
    return proto


def with_function() -> Any:
    nodes = [helper.make_node("Constant", [], ["k"], value=elsewhere()), node("Add", "a k", "b")]
    call_it = helper.make_node("F", ["x"], ["y"], domain="own")
    proto = model([call_it], [("x", FLOAT, [1, 4])], [("y", FLOAT, [1, 4])], others=["own"])
    domains = [helper.make_opsetid("", 17)]
    proto.functions.append(helper.make_function("own", "F", ["a"], ["b"], nodes, domains))
    return proto


@pytest.mark.parametrize(
    "proto",
    [
        adding([helper.make_node("Constant", [], ["k"], value=elsewhere())]),
        adding([helper.make_node("Constant", [], ["k"], sparse_value=sparse())]),
        with_sparse_initializer(),
        with_function(),
    ],
    ids=["constant", "sparse constant", "sparse initializer", "function"],
)
def test_no_kind_of_constant_lies_elsewhere_not_even_in_a_trial(tmp_path: Path, proto: Any) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "secret.bin").write_bytes(bytes(16))
    path = folder / "m.onnx"
    path.write_bytes(proto.SerializeToString())  # `onnx.save` would look for the weights
    found = resolve_model(str(path))
    with pytest.raises(ModelInvalid, match=r"'\.\./secret\.bin', outside the model's folder"):
        ONNX_RUNTIME.open(found, RuntimeSettings())
    reached: list[str] = []
    job = Job(
        found.content, RuntimeSettings(), "", found.facts.inputs, [weights(4)], path=found.path
    )
    with pytest.raises(ModelInvalid, match="outside the model's folder"):
        ONNX_RUNTIME.try_model(job, found.path, reached.append)
    assert reached == [BEGUN]


def test_the_placement_has_no_macs_of_an_op_that_can_not_be_counted(tmp_path: Path) -> None:
    einsum = node("Einsum", "x w", "y", equation="ij,jk->ik")
    ends = [("x", FLOAT, [1, 4])], [("y", FLOAT, [1, 4])]
    proto = model([node("MatMul", "x w", "z"), einsum], *ends, {"w": weights(4, 4)})
    with ONNX_RUNTIME.open(resolve_model(str(saved(proto, tmp_path))), RuntimeSettings()) as sut:
        placement = sut.description.placement
    assert placement is not None
    assert [part.macs for part in placement.parts] == [None]
    assert "MACs" not in str(placement)


def test_an_open_first_size_that_is_no_batch_is_warned_of(tmp_path: Path) -> None:
    proto = model([node("Relu", "x", "y")], [("x", FLOAT, ["seq_len", 4])], [("y", FLOAT, None)])
    (run,) = edgebench.run(saved(proto, tmp_path), **QUICK, out=tmp_path / "runs").runs
    assert any(
        "the first size of the input x is open, and 1 " in each for each in run.record.warnings
    )
