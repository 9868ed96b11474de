"""edgebench: how fast, how accurate and how frugal a neural network is on a small machine.

    >>> import edgebench, tempfile
    >>> with tempfile.TemporaryDirectory() as out:
    ...     result = edgebench.run(scenarios=["singlestream"], duration_s=0.5, out=out)
    >>> result["singlestream"].record.accuracy.value > 95
    True

Everything that the command line can do is a function here; `edgebench.run` is the main one.
`edgebench.types` has the types of the results, `edgebench.errors` the errors.

Public, and kept by the rules of docs/python.md: what ``dir(edgebench)`` lists, the names in
`edgebench.types` and `edgebench.errors`, the entry points ``edgebench.suts`` and
``edgebench.meters``, and the files of a run directory. All other modules may change at any time.
"""

from __future__ import annotations

import logging as _logging
from typing import TYPE_CHECKING, Any

from edgebench import errors as errors
from edgebench.errors import EdgebenchError as EdgebenchError

__version__ = "0.2.0"
# What the modules log is shown only where the program that uses them asks for it.
_logging.getLogger(__name__).addHandler(_logging.NullHandler())

if TYPE_CHECKING:
    from edgebench import types as types
    from edgebench.api import check as check
    from edgebench.api import clean_up_farm as clean_up_farm
    from edgebench.api import compare as compare
    from edgebench.api import compare_models as compare_models
    from edgebench.api import compare_runs as compare_runs
    from edgebench.api import console as console
    from edgebench.api import dataset_from_images as dataset_from_images
    from edgebench.api import dataset_from_wav as dataset_from_wav
    from edgebench.api import deploy as deploy
    from edgebench.api import devices as devices
    from edgebench.api import doctor as doctor
    from edgebench.api import emulate as emulate
    from edgebench.api import export as export
    from edgebench.api import farm_results as farm_results
    from edgebench.api import fine_tune as fine_tune
    from edgebench.api import gate as gate
    from edgebench.api import history as history
    from edgebench.api import init_submission as init_submission
    from edgebench.api import integrate_power as integrate_power
    from edgebench.api import list_boards as list_boards
    from edgebench.api import list_datasets as list_datasets
    from edgebench.api import list_meters as list_meters
    from edgebench.api import list_models as list_models
    from edgebench.api import list_places as list_places
    from edgebench.api import list_pullable as list_pullable
    from edgebench.api import list_runtimes as list_runtimes
    from edgebench.api import make_larger as make_larger
    from edgebench.api import meters as meters
    from edgebench.api import plan_farm as plan_farm
    from edgebench.api import profile as profile
    from edgebench.api import pull as pull
    from edgebench.api import quantize as quantize
    from edgebench.api import read_run as read_run
    from edgebench.api import record_power as record_power
    from edgebench.api import reduce as reduce
    from edgebench.api import rehearse_tiny as rehearse_tiny
    from edgebench.api import report as report
    from edgebench.api import resume as resume
    from edgebench.api import run as run
    from edgebench.api import run_farm as run_farm
    from edgebench.api import run_request as run_request
    from edgebench.api import shard as shard
    from edgebench.api import show as show
    from edgebench.api import size as size
    from edgebench.api import submit_inference as submit_inference
    from edgebench.api import submit_tiny as submit_tiny
    from edgebench.api import summarize as summarize
    from edgebench.api import train as train
    from edgebench.api import tune as tune
    from edgebench.results.summary.run_result import RunResult as RunResult

_FUNCTIONS = (
    "check",
    "clean_up_farm",
    "compare",
    "compare_models",
    "compare_runs",
    "console",
    "dataset_from_images",
    "dataset_from_wav",
    "deploy",
    "devices",
    "doctor",
    "emulate",
    "export",
    "farm_results",
    "fine_tune",
    "gate",
    "history",
    "init_submission",
    "integrate_power",
    "list_boards",
    "list_datasets",
    "list_meters",
    "list_models",
    "list_places",
    "list_pullable",
    "list_runtimes",
    "make_larger",
    "meters",
    "plan_farm",
    "profile",
    "pull",
    "quantize",
    "read_run",
    "record_power",
    "rehearse_tiny",
    "reduce",
    "report",
    "resume",
    "run",
    "run_farm",
    "run_request",
    "shard",
    "show",
    "size",
    "submit_inference",
    "submit_tiny",
    "summarize",
    "train",
    "tune",
)
_DEPRECATED = {"examine_machine": "doctor", "tune_model": "tune"}
"""Names of 0.1, and what they are called now; they go in 0.3."""
__all__ = [  # noqa: PLE0604 - all are strings
    "EdgebenchError",
    "RunResult",
    "__version__",
    "errors",
    "types",
    *_FUNCTIONS,
]


def __getattr__(name: str) -> Any:
    """Import a name when it is first used, so that `import edgebench` costs nothing."""
    import importlib

    if name in _DEPRECATED:
        import warnings

        new = _DEPRECATED[name]
        text = f"edgebench.{name} is called edgebench.{new} now, and goes in 0.3"
        warnings.warn(text, DeprecationWarning, stacklevel=2)
        name = new
    if name == "types":
        return importlib.import_module("edgebench.types")
    if name == "RunResult":
        return importlib.import_module("edgebench.types").RunResult
    if name in _FUNCTIONS:
        return getattr(importlib.import_module("edgebench.api"), name)
    raise AttributeError(f"module 'edgebench' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
