"""One network as .tflite and as .onnx: the same outputs, and what `compare_models` says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import edgebench
from edgebench.cli.tables.models.compare_models import print_comparison
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.interpret import runner_of
from edgebench.models.resolve import resolve_model
from edgebench.sut.host.system import HostSut
from tests.onnx.made import FLOAT, classifier, model, node, saved, weights


def test_a_tflite_and_an_onnx_are_compared_by_their_outputs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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
    other = model(
        [node("MatMul", "x w", "y")],
        [("x", FLOAT, ["N", 8])],
        [("y", FLOAT, ["N", 3])],
        {"w": matrix[[1, 0, 2]].T},  # it takes two classes for each other
    )
    path = saved(other, tmp_path)
    found = edgebench.compare_models(tmp_path / "m.tflite", path, dataset=tmp_path / "d.npz")
    same = float(np.mean(labels == 2))
    scores = [score.value for score in found.scores if score is not None]
    assert 0 < same < 1
    assert (found.agreement.top1, scores) == (same, pytest.approx([100, 100 * same]))
    print_comparison(found, ("m.tflite", "m.onnx"))
    shown = capsys.readouterr().out
    assert f"m.onnx: {same:.2%}".replace("%", " %") in shown
    assert "layers are compared between .tflite files only" in shown


def test_what_is_opened_to_compare_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[HostSut] = []

    def close(sut: HostSut) -> None:
        closed.append(sut)

    monkeypatch.setattr(HostSut, "close", close)
    path = saved(classifier(), tmp_path)
    with runner_of(replace(resolve_model(str(path)), is_tried=True)) as runner:
        (made,) = runner.run((weights(3, 6, 6),))
        assert (made.size, closed) == (4, [])
    assert len(closed) == 1
