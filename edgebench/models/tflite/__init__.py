"""Read and rewrite .tflite files without running them."""
