"""tflite-runtime: TensorFlow Lite's last package of its own, which has 32-bit wheels."""

from __future__ import annotations

from edgebench.runtimes.package import RuntimePackage
from edgebench.sut.interpreter.driver import TfliteDriver

TFLITE_RUNTIME = TfliteDriver(
    name="tflite-runtime",
    summary="TensorFlow Lite before LiteRT, also for a 32-bit Pi",
    requires=RuntimePackage(
        "tflite-runtime",
        "tflite_runtime.interpreter",
        "`pip install 'edgebench[tflite-runtime]'` (Python 3.11 or older, numpy<2)",
    ),
    is_exact=True,
    preference=10,
)
