"""From the name of a runtime to the function that opens its systems under test."""

from __future__ import annotations

from collections.abc import Callable

from edgebench.models.resolve import Model
from edgebench.runtime_settings import RuntimeSettings
from edgebench.runtimes.contract import RuntimeDriver
from edgebench.runtimes.drivers import check_runtime, default_runtime, runtime_driver
from edgebench.sut.contract import SystemUnderTest

SutFactory = Callable[[Model, RuntimeSettings], SystemUnderTest]


def runtime_for(model: Model, settings: RuntimeSettings) -> RuntimeDriver:
    """Return the runtime that settings name, or the default one, that can do what they ask.

    Raises
    ------
    RuntimeMissing
        If nothing of that name is installed.
    ModelNotSupported
        If it does not take the model's format.
    UsageError
        If it does not have one of the settings.
    """
    name, kind = settings.runtime, model.format
    driver = runtime_driver(name) if name is not None else default_runtime(kind)
    check_runtime(driver, settings, kind)
    return driver
