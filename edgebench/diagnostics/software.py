"""Runtimes and LoadGen: whether they can be imported, and in which version."""

from __future__ import annotations

import importlib
import platform
from importlib.metadata import PackageNotFoundError, version

from edgebench.diagnostics.finding import Finding
from edgebench.errors import CardInvalid, RuntimeMissing
from edgebench.models.card import model_cards
from edgebench.native_output import captured_stderr
from edgebench.runtimes import RUNTIMES, Runtime


def software() -> list[Finding]:
    """Return what was found of the software that a run needs."""
    here = f"Python {platform.python_version()}, {platform.machine()}"
    runtimes = [_runtime(runtime) for runtime in RUNTIMES.values()]
    if all(each.status != "ok" for each in runtimes):
        runtimes.append(
            Finding("software", "runtimes", "missing", "none works", RUNTIMES["litert"].install)
        )
    return [Finding("software", "python", "ok", here), _loadgen(), *runtimes, _cards()]


def _loadgen() -> Finding:
    try:
        importlib.import_module("mlperf_loadgen")
        return Finding("software", "LoadGen", "ok", version("mlcommons-loadgen"))
    except (ImportError, PackageNotFoundError) as error:
        return Finding(
            "software",
            "LoadGen",
            "missing",
            str(error),
            "`pip install mlcommons-loadgen`; where there is no wheel (ARM) it is compiled: "
            "`sudo apt install g++ python3-dev` first",
        )


def _runtime(runtime: Runtime) -> Finding:
    try:
        with captured_stderr():
            runtime.load()
    except RuntimeMissing:
        return Finding("software", runtime.name, "note", "not installed", runtime.install)
    return Finding("software", runtime.name, "ok", runtime.version or "unknown version")


def _cards() -> Finding:
    try:
        names = ", ".join(model_cards())
    except CardInvalid as error:
        return Finding("software", "models", "warning", str(error), "mend the card, or remove it")
    if names:
        return Finding("software", "models", "ok", names)
    return Finding("software", "models", "missing", "no card found", "install edgebench again")
