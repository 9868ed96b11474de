"""How each op of a .tflite becomes steps that C computes: one file a family of ops."""
