"""The functions that `edgebench` offers: each command of the command line is one of them.

A function's module is imported when it is asked for: listing models needs no LoadGen.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgebench.api.boards import deploy as deploy
    from edgebench.api.boards import export as export
    from edgebench.api.boards import list_boards as list_boards
    from edgebench.api.boards import profile as profile
    from edgebench.api.boards import size as size
    from edgebench.api.datasets import dataset_from_images as dataset_from_images
    from edgebench.api.datasets import dataset_from_wav as dataset_from_wav
    from edgebench.api.emulation import emulate as emulate
    from edgebench.api.emulation import rehearse_tiny as rehearse_tiny
    from edgebench.api.farm import clean_up_farm as clean_up_farm
    from edgebench.api.farm import farm_results as farm_results
    from edgebench.api.farm import list_places as list_places
    from edgebench.api.farm import plan_farm as plan_farm
    from edgebench.api.farm import run_farm as run_farm
    from edgebench.api.machine import console as console
    from edgebench.api.machine import devices as devices
    from edgebench.api.machine import doctor as doctor
    from edgebench.api.measure import run as run
    from edgebench.api.models import compare_models as compare_models
    from edgebench.api.models import list_datasets as list_datasets
    from edgebench.api.models import list_models as list_models
    from edgebench.api.models import list_pullable as list_pullable
    from edgebench.api.models import list_runtimes as list_runtimes
    from edgebench.api.models import pull as pull
    from edgebench.api.models import quantize as quantize
    from edgebench.api.models import show as show
    from edgebench.api.power import integrate_power as integrate_power
    from edgebench.api.power import list_meters as list_meters
    from edgebench.api.power import meters as meters
    from edgebench.api.power import record_power as record_power
    from edgebench.api.requests import resume as resume
    from edgebench.api.requests import run_request as run_request
    from edgebench.api.results import check as check
    from edgebench.api.results import compare as compare
    from edgebench.api.results import compare_runs as compare_runs
    from edgebench.api.results import gate as gate
    from edgebench.api.results import history as history
    from edgebench.api.results import init_submission as init_submission
    from edgebench.api.results import read_run as read_run
    from edgebench.api.results import report as report
    from edgebench.api.results import submit_inference as submit_inference
    from edgebench.api.results import submit_tiny as submit_tiny
    from edgebench.api.results import summarize as summarize
    from edgebench.api.training import fine_tune as fine_tune
    from edgebench.api.training import make_larger as make_larger
    from edgebench.api.training import reduce as reduce
    from edgebench.api.training import shard as shard
    from edgebench.api.training import train as train
    from edgebench.api.tuning import tune as tune

_FUNCTIONS = {
    "boards": ("deploy", "export", "list_boards", "profile", "size"),
    "datasets": ("dataset_from_images", "dataset_from_wav"),
    "emulation": ("emulate", "rehearse_tiny"),
    "farm": ("clean_up_farm", "farm_results", "list_places", "plan_farm", "run_farm"),
    "machine": ("console", "devices", "doctor"),
    "measure": ("run",),
    "models": (
        "compare_models",
        "list_datasets",
        "list_models",
        "list_pullable",
        "list_runtimes",
        "pull",
        "quantize",
        "show",
    ),
    "power": ("integrate_power", "list_meters", "meters", "record_power"),
    "requests": ("resume", "run_request"),
    "results": (
        "check",
        "compare",
        "compare_runs",
        "gate",
        "history",
        "init_submission",
        "read_run",
        "report",
        "submit_inference",
        "submit_tiny",
        "summarize",
    ),
    "training": ("fine_tune", "make_larger", "reduce", "shard", "train"),
    "tuning": ("tune",),
}
"""By the module that they are in."""

_MODULES = {name: module for module, names in _FUNCTIONS.items() for name in names}
__all__ = [*_MODULES]  # noqa: PLE0604 - all are strings


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'edgebench.api' has no attribute {name!r}")
    return getattr(importlib.import_module(f"edgebench.api.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
