"""The runtimes that are installed, and whether one can do what is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from edgebench.errors import ModelNotSupported, RuntimeMissing, UsageError
from edgebench.plugins import BrokenDriver, Kinds, Plugin, broken, load_driver, plugins
from edgebench.runtime_settings import RuntimeSettings
from edgebench.runtimes.contract import (
    GROUP,
    TFLITE,
    InterpreterDriver,
    ModelReader,
    ProcessorFinder,
    RuntimeDriver,
    all_settings,
)
from edgebench.runtimes.function import FunctionRuntime
from edgebench.runtimes.package import RuntimePackage

_FACTS: dict[str, Kinds] = {
    "name": str,
    "aliases": tuple,
    "summary": str,
    "requires": RuntimePackage,
    "formats": tuple,
    "processors": tuple,
    "settings": tuple,
    "profiles_ops": bool,
    "preference": int,
}
_MORE = ("open",)


def runtime_names() -> list[str]:
    """Return the names of the runtimes' drivers, sorted; none is imported."""
    return list(plugins(GROUP))


def runtime_drivers() -> tuple[list[RuntimeDriver], list[BrokenDriver]]:
    """Load every driver; return those that work, the preferred ones first, and those that don't."""
    return _sorted(plugins(GROUP).values())


def _sorted(found: Iterable[Plugin]) -> tuple[list[RuntimeDriver], list[BrokenDriver]]:
    working: list[RuntimeDriver] = []
    unusable: list[BrokenDriver] = []
    for each in found:
        driver = _loaded(each)
        if isinstance(driver, BrokenDriver):
            unusable.append(driver)
        else:
            working.append(driver)
    return sorted(working, key=lambda each: (-each.preference, each.name)), unusable


def _loaded(plugin: Plugin) -> RuntimeDriver | BrokenDriver:
    def adapted(value: Any) -> Any:
        if not callable(value) or hasattr(value, "open"):
            return value
        package = RuntimePackage(
            plugin.package or plugin.name,
            getattr(value, "__module__", plugin.name),
            f"`pip install {plugin.package or plugin.name}`",
        )
        return FunctionRuntime(plugin.name, package, value)

    driver: RuntimeDriver | BrokenDriver = load_driver(plugin, _FACTS, _MORE, adapted)
    if isinstance(driver, BrokenDriver):
        return driver
    unknown = [each for each in driver.settings if each not in all_settings()]
    if unknown:
        return broken(plugin, f"its driver's `settings` have {unknown[0]!r}, which is none")
    foreign = [each for each in driver.formats if each != TFLITE]
    if foreign and not isinstance(driver, ModelReader):
        return broken(plugin, f"its driver takes {foreign[0]} but has no `read_model`")
    return driver


def runtime_driver(name: str) -> RuntimeDriver:
    """Return the driver of a name, or of an alias.

    Raises
    ------
    RuntimeMissing
        If there is none, or it can't be used.
    """
    known = plugins(GROUP)
    if name in known:
        found = _loaded(known[name])
        if isinstance(found, BrokenDriver):
            raise RuntimeMissing(
                f"the runtime {name} can't be used: {found.problem}", field="runtime", value=name
            )
        return found
    for driver in runtime_drivers()[0]:
        if name in driver.aliases:
            return driver
    raise RuntimeMissing.unknown("runtime", name, known)


def default_runtime(model_format: str = TFLITE) -> RuntimeDriver:
    """Return the runtime that is used where none is named: the preferred one that is installed.

    Other packages' drivers are loaded only where none of edgebench's own will do.

    Raises
    ------
    RuntimeMissing
        If no runtime takes the format.
    """
    return _preferred(lambda driver: model_format in driver.formats, model_format)


def _preferred(suits: Callable[[RuntimeDriver], bool], what: str) -> RuntimeDriver:
    found = plugins(GROUP).values()
    known: list[RuntimeDriver] = []
    for is_own in (True, False):
        drivers = _sorted(each for each in found if each.is_own is is_own)[0]
        known += [driver for driver in drivers if suits(driver)]
        installed = [driver for driver in known if driver.requires.version is not None]
        if installed:
            return installed[0]
    if not known:
        raise RuntimeMissing(
            f"no runtime that is known here takes {what}; see `edgebench list runtimes`",
            field="runtime",
        )
    return known[0]


def installed_runtimes(model_format: str = TFLITE) -> list[RuntimeDriver]:
    """Return the runtimes that are installed and take a format, the preferred ones first."""
    return [
        driver
        for driver in runtime_drivers()[0]
        if driver.requires.version is not None and model_format in driver.formats
    ]


def installed_interpreters() -> list[InterpreterDriver]:
    """Return the installed runtimes that have TensorFlow Lite's interpreter, preferred first."""
    return [each for each in installed_runtimes() if isinstance(each, InterpreterDriver)]


def interpreter_driver(name: str | None = None) -> InterpreterDriver:
    """Return the runtime of a name, or the preferred one, for its interpreter.

    Raises
    ------
    RuntimeMissing
        If there is none of that name, or it has no interpreter.
    """
    if name is None:
        driver = _preferred(lambda each: isinstance(each, InterpreterDriver), TFLITE)
    else:
        driver = runtime_driver(name)
    if not isinstance(driver, InterpreterDriver):
        raise RuntimeMissing(
            f"the runtime {driver.name} has no TensorFlow Lite interpreter to look at tensors with",
            field="runtime",
            value=name,
        )
    return driver


def model_readers() -> dict[str, ModelReader]:
    """Return who reads the formats that edgebench does not read itself, by their endings."""
    return {
        ending: driver
        for driver in reversed(runtime_drivers()[0])
        if isinstance(driver, ModelReader)
        for ending in driver.formats
        if ending != TFLITE
    }


def missing_processors(driver: RuntimeDriver) -> Mapping[str, str]:
    """Return the processors that a driver's installed package lacks, and how to get each.

    None where the package is not installed, can't be loaded, or does not say.
    """
    if driver.requires.version is None or not isinstance(driver, ProcessorFinder):
        return {}
    try:
        return driver.missing_processors()
    except RuntimeMissing:
        return {}


def within(driver: RuntimeDriver, settings: RuntimeSettings) -> RuntimeSettings:
    """Return settings with all that a runtime does not have at its default."""
    usual = RuntimeSettings()
    return replace(settings, **{name: getattr(usual, name) for name in _refused(driver, settings)})


def _refused(driver: RuntimeDriver, settings: RuntimeSettings) -> list[str]:
    taken = ("runtime", *driver.settings)
    return [name for name in settings.changed() if name not in taken]


def check_runtime(driver: RuntimeDriver, settings: RuntimeSettings, model_format: str) -> None:
    """Check that a runtime takes a format and honours every setting that is not at its default.

    Raises
    ------
    ModelNotSupported
        If it does not take the format; the message names the runtimes that do.
    UsageError
        If it does not honour a setting.
    """
    if model_format not in driver.formats:
        others = [each.name for each in runtime_drivers()[0] if model_format in each.formats]
        raise ModelNotSupported(
            f"the runtime {driver.name} takes {', '.join(driver.formats)}, not {model_format}; "
            + (f"{', '.join(others)} can run it" if others else "no runtime here can run it"),
            field="runtime",
            value=driver.name,
            choices=others,
        )
    refused = _refused(driver, settings)
    if refused:
        named = ", ".join(f"`{name}`" for name in refused)
        taken = ", ".join(f"`{name}`" for name in driver.settings)
        raise UsageError(
            f"{named}: the runtime {driver.name} does not have "
            f"{'this setting' if len(refused) == 1 else 'these settings'}; "
            + (f"it has {taken}" if taken else "it has none"),
            field=refused[0],
            value=getattr(settings, refused[0]),
            choices=driver.settings,
        )
    # One that states none, as a function of 0.2, is asked when it opens the model.
    if settings.provider and driver.processors and settings.provider not in driver.processors:
        raise UsageError.unknown("provider", settings.provider, driver.processors)
