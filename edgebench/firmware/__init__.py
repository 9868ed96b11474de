"""From an int8 .tflite to firmware: C source, a build, a program or an image.

`layers` reads a model into numbers that C can compute with, `plan` places its activations in one
arena, `emit` writes the C, `build` compiles it with the firmware in ``firmware_host/``.
"""
