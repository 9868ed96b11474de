"""Runtimes and LoadGen: whether they can be imported, and in which version."""

from __future__ import annotations

import importlib
import platform
from importlib.metadata import PackageNotFoundError, version

from edgebench.diagnostics.finding import Finding
from edgebench.errors import CardInvalid, RuntimeMissing
from edgebench.models.card import model_cards
from edgebench.processes.native_output import captured_stderr
from edgebench.runtimes.contract import RuntimeDriver
from edgebench.runtimes.drivers import missing_processors, runtime_drivers


def software() -> list[Finding]:
    """Return what was found of the software that a run needs."""
    here = f"Python {platform.python_version()}, {platform.machine()}"
    drivers, unusable = runtime_drivers()
    runtimes = [_runtime(driver) for driver in drivers]
    if all(each.status != "ok" for each in runtimes):
        advice = drivers[0].requires.install if drivers else "install edgebench again"
        runtimes.append(Finding("software", "runtimes", "missing", "none works", advice))
    runtimes += [Finding("software", each.name, "warning", each.problem) for each in unusable]
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


def _runtime(driver: RuntimeDriver) -> Finding:
    requires = driver.requires
    try:
        with captured_stderr():
            requires.load(driver.name)
    except RuntimeMissing:
        return Finding("software", driver.name, "note", "not installed", requires.install)
    lacking = missing_processors(driver)
    formats = ", ".join(driver.formats)
    processors = ", ".join(each for each in driver.processors if each not in lacking)
    detail = f"{requires.version or 'unknown version'}: {formats}"
    return Finding(
        "software", driver.name, "ok", f"{detail} on {processors}" if processors else detail
    )


def _cards() -> Finding:
    try:
        names = ", ".join(model_cards())
    except CardInvalid as error:
        return Finding("software", "models", "warning", str(error), "mend the card, or remove it")
    if names:
        return Finding("software", "models", "ok", names)
    return Finding("software", "models", "missing", "no card found", "install edgebench again")
