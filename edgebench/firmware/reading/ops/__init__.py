"""How each op of a .tflite becomes steps that C computes: one folder per kind of op."""
