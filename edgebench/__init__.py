"""edgebench: how fast, how accurate and how frugal a neural network is on a small machine.

    >>> import edgebench, tempfile
    >>> with tempfile.TemporaryDirectory() as out:
    ...     result = edgebench.run(scenarios=("singlestream",), duration_s=0.5, out=out)
    >>> [run.record.scenario for run in result.runs]
    ['SingleStream']
    >>> result.runs[0].record.accuracy.value > 95
    True

Everything that the command line can do is a function here; `edgebench.run` is the main one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from edgebench.api import run as run
    from edgebench.errors import EdgebenchError as EdgebenchError
    from edgebench.harness.session import RunResult as RunResult
    from edgebench.rundir.reader import read_run as read_run

# Looked up when first used, so that `import edgebench` costs nothing.
_WHERE = {
    "run": "edgebench.api",
    "RunResult": "edgebench.harness.session",
    "read_run": "edgebench.rundir.reader",
    "EdgebenchError": "edgebench.errors",
}
__all__ = ["EdgebenchError", "RunResult", "__version__", "read_run", "run"]


def __getattr__(name: str) -> Any:
    import importlib

    if name not in _WHERE:
        raise AttributeError(f"module 'edgebench' has no attribute {name!r}")
    return getattr(importlib.import_module(_WHERE[name]), name)
