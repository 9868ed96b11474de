"""From a float .tflite to the versions that fit small machines; needs the ``[quantize]`` extra.

`preflight` refuses or repairs what would silently be ruined, `calibrate` finds the ranges of the
activations, `quantized` makes a version, `postflight` proves what it costs on each runtime.
"""
