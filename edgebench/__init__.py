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
    from edgebench.api import compare_models as compare_models
    from edgebench.api import doctor as doctor
    from edgebench.api import list_boards as list_boards
    from edgebench.api import list_datasets as list_datasets
    from edgebench.api import list_models as list_models
    from edgebench.api import list_pullable as list_pullable
    from edgebench.api import list_runtimes as list_runtimes
    from edgebench.api import pull as pull
    from edgebench.api import quantize as quantize
    from edgebench.api import resume as resume
    from edgebench.api import run as run
    from edgebench.api import show as show
    from edgebench.api import summarize as summarize
    from edgebench.errors import EdgebenchError as EdgebenchError
    from edgebench.harness.session import RunResult as RunResult
    from edgebench.rundir.reader import read_run as read_run

# Looked up when first used, so that `import edgebench` costs nothing.
_WHERE = {
    "RunResult": "edgebench.harness.session",
    "read_run": "edgebench.rundir.reader",
    "EdgebenchError": "edgebench.errors",
}
__all__ = [
    "EdgebenchError",
    "RunResult",
    "__version__",
    "compare_models",
    "doctor",
    "list_boards",
    "list_datasets",
    "list_models",
    "list_pullable",
    "list_runtimes",
    "pull",
    "quantize",
    "read_run",
    "resume",
    "run",
    "show",
    "summarize",
]


def __getattr__(name: str) -> Any:
    import importlib

    if name not in __all__:
        raise AttributeError(f"module 'edgebench' has no attribute {name!r}")
    return getattr(importlib.import_module(_WHERE.get(name, "edgebench.api")), name)
