"""Explain why a program with another engine was not built, with the tools' own words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from edgebench.errors import BuildFailed
from edgebench.firmware.external.contract import ExternalEngine
from edgebench.text.sentences import and_then

SIGNATURE = "void eb_model_invoke(const int8_t *input, int8_t *output)"
HEAP = ("_sbrk", "end", "_end", "__heap_start")
"""Symbols that malloc misses where there is no heap."""
HINTS: Mapping[str, str] = {
    r"undefined reference to `eb_model_invoke'": (
        f'Write an adapter with `{SIGNATURE}`, which "eb_model.h" declares; C++ must include that '
        "header"
    ),
    rf"undefined reference to `({'|'.join(HEAP)})'": (
        "It allocates memory: state `heap_bytes` in its engine.toml"
    ),
    r"fatal error: (cstd\w+|cmath|algorithm|type_traits|utility|limits|array|new): No such file": (
        "The C++ library's headers are missing: `sudo apt install libstdc++-arm-none-eabi-newlib`"
    ),
    r"the engine (takes other inputs|gives other outputs) than the model": (
        "The model takes {takes:,} bytes and gives {gives:,}"
    ),
    r"cannot find -lstdc\+\+": (
        "The C++ library is missing: `sudo apt install libstdc++-arm-none-eabi-newlib`"
    ),
}
"""What to do, by what a compiler or a linker says."""


def explained(error: BuildFailed, engine: ExternalEngine) -> BuildFailed:
    """Return the error with the engine's place, and with what to do where that is known."""
    said = str(error)
    hint = next((text for pattern, text in HINTS.items() if re.search(pattern, said)), "")
    hint = hint.format(takes=engine.takes_bytes, gives=engine.gives_bytes)
    placed = f"the engine {engine.name} in {engine.folder}: {said}"
    return BuildFailed(and_then(placed, hint) if hint else placed)
