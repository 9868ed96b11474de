"""LiteRT: TensorFlow Lite as Google maintains it now."""

from __future__ import annotations

from edgebench.runtimes.package import RuntimePackage
from edgebench.sut.interpreter.driver import TfliteDriver

LITERT = TfliteDriver(
    name="litert",
    summary="Google's LiteRT, with XNNPACK",
    requires=RuntimePackage(
        "ai-edge-litert",
        "ai_edge_litert.interpreter",
        "`pip install ai-edge-litert` (64-bit Linux, Python 3.10 to 3.14)",
    ),
    # Its reference kernels round FULLY_CONNECTED once instead of twice, which may change an
    # output by a step or two.
    is_exact=False,
    preference=20,
)
