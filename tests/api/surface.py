"""The public surface as text: what tests/api/public.txt holds.

``python -m tests.api.surface > tests/api/public.txt`` takes a deliberate change over; say it in
CHANGELOG.md.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from typing import Any

import edgebench

OWN = ("EdgebenchError", "RunResult", "__version__", "errors", "types")


def functions() -> dict[str, Any]:
    """Return the public functions by name."""
    return {name: getattr(edgebench, name) for name in edgebench.__all__ if name not in OWN}


def surface() -> Iterator[str]:
    """Yield the lines."""
    for name, function in sorted(functions().items()):
        signature = inspect.signature(function)
        yield f"edgebench.{name}("
        star = False
        for parameter in signature.parameters.values():
            if parameter.kind is parameter.KEYWORD_ONLY and not star:
                star = True
                yield "    *,"
            default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
            yield f"    {parameter.name}: {parameter.annotation}{default},"
        yield f") -> {signature.return_annotation}"
    for name in sorted(edgebench.types.__all__):
        kind = getattr(edgebench.types, name)
        if dataclasses.is_dataclass(kind):
            yield f"edgebench.types.{name}: {', '.join(f.name for f in dataclasses.fields(kind))}"
        else:
            yield f"edgebench.types.{name}"
    for name, kind in sorted(vars(edgebench.errors).items()):
        if isinstance(kind, type) and issubclass(kind, BaseException):
            code = getattr(kind, "exit_code", None)
            yield f"edgebench.errors.{name}({kind.__mro__[1].__name__}): exit code {code}"


if __name__ == "__main__":
    print("\n".join(surface()))
