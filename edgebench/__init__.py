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
    from edgebench.api import check as check
    from edgebench.api import clean_up_farm as clean_up_farm
    from edgebench.api import compare as compare
    from edgebench.api import compare_models as compare_models
    from edgebench.api import compare_runs as compare_runs
    from edgebench.api import console as console
    from edgebench.api import deploy as deploy
    from edgebench.api import devices as devices
    from edgebench.api import doctor as examine_machine
    from edgebench.api import export as export
    from edgebench.api import farm_results as farm_results
    from edgebench.api import fine_tune as fine_tune
    from edgebench.api import init_submission as init_submission
    from edgebench.api import integrate_power as integrate_power
    from edgebench.api import list_boards as list_boards
    from edgebench.api import list_datasets as list_datasets
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
    from edgebench.api import record_power as record_power
    from edgebench.api import report as report
    from edgebench.api import resume as resume
    from edgebench.api import run as run
    from edgebench.api import run_farm as run_farm
    from edgebench.api import shard as shard
    from edgebench.api import show as show
    from edgebench.api import size as size
    from edgebench.api import submit_inference as submit_inference
    from edgebench.api import submit_tiny as submit_tiny
    from edgebench.api import summarize as summarize
    from edgebench.api import train as train
    from edgebench.api import tune as tune_model
    from edgebench.errors import EdgebenchError as EdgebenchError
    from edgebench.harness.run.session import RunResult as RunResult
    from edgebench.rundir.reader import read_run as read_run

# Looked up when first used, so that `import edgebench` costs nothing.
_WHERE = {
    "RunResult": "edgebench.harness.run.session",
    "read_run": "edgebench.rundir.reader",
    "EdgebenchError": "edgebench.errors",
}
# A package of that name would take its place as soon as something in it is imported.
_CALLED = {"examine_machine": "doctor", "tune_model": "tune"}
__all__ = [
    "EdgebenchError",
    "RunResult",
    "__version__",
    "check",
    "clean_up_farm",
    "compare",
    "compare_models",
    "compare_runs",
    "console",
    "deploy",
    "devices",
    "examine_machine",
    "export",
    "farm_results",
    "fine_tune",
    "init_submission",
    "integrate_power",
    "list_boards",
    "list_datasets",
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
    "report",
    "resume",
    "run",
    "run_farm",
    "shard",
    "show",
    "size",
    "submit_inference",
    "submit_tiny",
    "summarize",
    "train",
    "tune_model",
]


def __getattr__(name: str) -> Any:
    import importlib

    if name not in __all__:
        raise AttributeError(f"module 'edgebench' has no attribute {name!r}")
    module = importlib.import_module(_WHERE.get(name, "edgebench.api"))
    return getattr(module, _CALLED.get(name, name))
