"""Reading .onnx files without running them."""
