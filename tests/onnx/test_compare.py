"""One network as .tflite and as .onnx: the same outputs, and what `compare-models` says."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgebench.models.build import NewModel, NewOp, NewTensor
from tests.cli.call import call
from tests.onnx.made import FLOAT, model, node, saved, weights


def test_a_tflite_and_an_onnx_are_compared_by_their_outputs(tmp_path: Path) -> None:
    matrix = weights(3, 8)
    dense = NewModel(
        [
            NewTensor("x", (1, 8), "float32"),
            NewTensor("w", (3, 8), "float32", values=matrix),
            NewTensor("y", (1, 3), "float32"),
        ],
        [NewOp("FULLY_CONNECTED", ("x", "w"), ("y",), ("FullyConnected", {}))],
        ["x"],
        ["y"],
    )
    (tmp_path / "m.tflite").write_bytes(dense.to_bytes())
    samples = weights(20, 8)
    labels = (samples @ matrix.T).argmax(axis=1)
    np.savez(tmp_path / "d.npz", inputs=samples, labels=labels)
    for sign, same in ((1, "same highest output in 100.0%"), (-1, "same highest output in 0.0%")):
        other = model(
            [node("MatMul", "x w", "y")],
            [("x", FLOAT, ["N", 8])],
            [("y", FLOAT, ["N", 3])],
            {"w": sign * matrix.T},
        )
        path = saved(other, tmp_path)
        done = call("compare-models", tmp_path / "m.tflite", path, "--dataset", tmp_path / "d.npz")
        assert done.returncode == 0, done.stderr
        shown = " ".join(done.stdout.split())
        assert f"{same}" in shown
        assert "layers are compared between .tflite files only" in shown
        assert f"m.onnx: {100 if sign > 0 else 0}.00 %" in shown
