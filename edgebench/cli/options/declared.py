"""Options for the settings that a dataclass declares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from edgebench.training.declared import Declared, declared_in

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def declared_options(kind: type, **flags: str) -> Decorator:
    """Return a decorator that adds an option for each setting that a dataclass declares.

    Parameters
    ----------
    flags
        The option of a field, where it is not called as the field is.
    """

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for each in reversed(declared_in(kind)):
            flag = flags.get(each.name, f"--{each.name.replace('_', '-')}")
            command = click.option(flag, each.name, **_how(each))(command)
        return command

    return add


def _how(declared: Declared) -> dict[str, Any]:
    if declared.is_flag:
        return {"is_flag": True, "default": declared.default, "help": declared.about}
    return {
        "type": declared.kind,
        "default": declared.default,
        "show_default": declared.default is not None,
        "help": declared.about,
    }
