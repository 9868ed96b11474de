"""Models: cards, resolving a name or a file, and reading a .tflite without running it."""
