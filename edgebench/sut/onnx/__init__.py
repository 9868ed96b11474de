"""ONNX Runtime's sessions as systems under test."""
