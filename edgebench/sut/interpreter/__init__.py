"""TensorFlow Lite interpreters as systems under test."""
