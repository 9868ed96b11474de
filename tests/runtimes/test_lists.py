"""What lists say of runtimes follows from their drivers."""

from __future__ import annotations

import pytest

from edgebench.errors import ModelNotSupported, RuntimeMissing, UsageError
from edgebench.runtime_settings import RuntimeSettings, setting_types
from edgebench.runtimes.contract import InterpreterDriver, all_settings
from edgebench.runtimes.drivers import (
    check_runtime,
    default_runtime,
    interpreter_driver,
    runtime_driver,
    runtime_drivers,
    runtime_names,
    within,
)
from edgebench.runtimes.kinds import runtime_kinds
from edgebench.runtimes.markdown import with_table
from edgebench.sut.runtimes.litert import LITERT
from tests.conftest import ROOT

OURS = {"litert": (".tflite",), "onnxruntime": (".onnx",), "tflite-runtime": (".tflite",)}


def test_every_driver_of_ours_says_what_it_is_and_can_do() -> None:
    drivers, broken = runtime_drivers()
    assert broken == []
    assert sorted(driver.name for driver in drivers) == [*OURS] == runtime_names()
    for driver in drivers:
        assert driver.summary
        assert driver.requires.install
        assert driver.formats == OURS[driver.name]
        assert driver.processors[0] == "cpu"
        assert isinstance(driver, InterpreterDriver) is (".tflite" in driver.formats)
        assert set(driver.settings) < set(all_settings())
    assert set(all_settings()) == set(setting_types()) - {"runtime"}


def test_the_default_is_the_preferred_one_that_is_installed() -> None:
    drivers = runtime_drivers()[0]
    installed = [driver.name for driver in drivers if driver.requires.version is not None]
    assert default_runtime().name == installed[0]
    assert default_runtime(".onnx").name == "onnxruntime"
    assert interpreter_driver().name == installed[0]
    with pytest.raises(RuntimeMissing, match=r"no runtime that is known here takes \.pte"):
        default_runtime(".pte")


def test_an_unknown_name_is_suggested() -> None:
    with pytest.raises(RuntimeMissing) as caught:
        runtime_driver("lite-rt")
    assert (caught.value.field, caught.value.suggestion) == ("runtime", "litert")


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({}, ""),
        ({"threads": 2}, "`threads`"),
        ({"delegate": "x.so", "delegate_options": {"a": "1"}}, "`delegate`, `delegate_options`"),
        ({"affinity": (0,), "batch": 4}, "`batch`, `affinity`"),
    ],
)
def test_what_a_driver_does_not_have_is_refused(changed: dict[str, object], refused: str) -> None:
    bare = type(LITERT)(**{**vars(LITERT), "settings": ("resolver",)})
    settings = RuntimeSettings(resolver="reference", **changed)  # type: ignore[arg-type]
    assert within(bare, settings) == RuntimeSettings(resolver="reference")
    if not refused:
        return check_runtime(bare, settings, ".tflite")
    with pytest.raises(UsageError) as caught:
        check_runtime(bare, settings, ".tflite")
    assert str(caught.value).startswith(f"{refused}: the runtime litert does not have")
    assert caught.value.field in refused
    return None


def test_a_format_that_it_does_not_take_names_the_runtimes_that_do() -> None:
    other = type(LITERT)(**{**vars(LITERT), "name": "other", "formats": (".onnx",)})
    with pytest.raises(ModelNotSupported, match=r"other takes \.onnx, not \.tflite; litert, tfl"):
        check_runtime(other, RuntimeSettings(), ".tflite")
    with pytest.raises(ModelNotSupported, match=r"not \.pte; no runtime here can run it"):
        check_runtime(LITERT, RuntimeSettings(), ".pte")


def test_the_table_of_the_documentation_is_that_of_the_drivers() -> None:
    text = (ROOT / "docs/runtimes.md").read_text(encoding="utf-8")
    assert with_table(text) == text, "run `python -m edgebench.runtimes.markdown docs/runtimes.md`"
    assert set(runtime_kinds()) <= {word.strip("`,") for word in text.split()}
