"""Whatever the command line can do is a function of the package."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

import pytest

import edgebench
from edgebench.cli import COMMANDS
from edgebench.errors import UsageError
from tests.api.surface import functions

SAME_NAME_BUT = {
    "compare-models": ("compare_models",),
    "dataset": ("dataset_from_images", "dataset_from_wav"),
    "farm": ("clean_up_farm", "farm_results", "list_places", "plan_farm", "run_farm"),
    "list": ("list_boards", "list_datasets", "list_meters", "list_models", "list_runtimes"),
    "make": ("make_larger",),
    "power": ("integrate_power", "record_power"),
    "rehearse": ("rehearse_tiny",),
    "run": ("resume", "run_request"),  # the options become a request as --request FILE does
    "submit": ("init_submission", "submit_inference", "submit_tiny"),
    "summary": ("summarize",),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_calls_the_function_that_a_python_user_has(command: str) -> None:
    names = SAME_NAME_BUT.get(command, (command.replace("-", "_"),))
    assert set(names) <= set(functions())
    module = import_module(f"edgebench.cli.commands.{COMMANDS[command][0]}")
    source = inspect.getsource(module)
    assert "from edgebench import api" in source, f"{command} does its work by itself"
    assert [name for name in names if f"api.{name}" not in source] == []


def test_a_model_is_made_larger_than_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = "edgebench.models.recommend.grow.last_level_cache_bytes"
    monkeypatch.setattr(where, lambda: 2**16)
    lines: list[str] = []
    made = edgebench.make_larger("rm3-edge", beyond_cache=True, out=tmp_path, on_event=lines.append)
    assert "last-level cache 0 MiB" in lines[0]
    assert made.folder.is_dir()
    # The default variant alone: another one has another size.
    (only,) = made.variants
    assert only.variant == "int8-dynamic"
    assert only.touched_bytes >= 2 * 2**16
    assert made.samples >= 2000
    with pytest.raises(UsageError, match="unknown value 'float'"):
        edgebench.make_larger("rm3-edge:float", rows=2000, out=tmp_path)
    monkeypatch.setattr(where, lambda: None)
    with pytest.raises(UsageError, match="does not say how large its caches are: give `rows`"):
        edgebench.make_larger("rm3-edge", beyond_cache=True, out=tmp_path)
    for how in ({}, {"rows": 9, "beyond_cache": True}):
        with pytest.raises(UsageError, match="Give `rows` or `beyond_cache`, not both") as raised:
            edgebench.make_larger("rm3-edge", out=tmp_path, **how)  # type: ignore[arg-type]
        assert raised.value.field == "rows"


def test_a_model_is_reduced_by_a_function(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`sweep` has widths and prunings of its own") as raised:
        edgebench.reduce("kws-ds-cnn", width=0.5, sweep=True, out=tmp_path)
    assert raised.value.field == "sweep"
    with pytest.raises(UsageError, match="no model of the zoo"):
        edgebench.reduce("nothing", out=tmp_path)
