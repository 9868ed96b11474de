"""ONNX Runtime: .onnx files, on the processors that its providers know."""

from __future__ import annotations

from edgebench.sut.onnx.driver import OnnxDriver

ONNX_RUNTIME = OnnxDriver()
