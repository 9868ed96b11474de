"""Read a .tflite into layers: `network` applies the rule in `ops` for each op."""
