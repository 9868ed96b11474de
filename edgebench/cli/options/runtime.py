"""The options of a runtime's settings: one for each field of `RuntimeSettings`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

import click

from edgebench.cli.options.plugin import PluginOption
from edgebench.runtime_settings import (
    InstanceKind,
    Resolver,
    RuntimeSettings,
    parse_cpus,
)

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
DEFAULTS = RuntimeSettings()


def cpu_list(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, ...]:
    """Turn CPUs as the kernel writes them, such as ``0,2-3``, into numbers."""
    try:
        return () if value is None else parse_cpus(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def key_values(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    """Turn ``KEY=VALUE`` texts into a table."""
    pairs = [value.partition("=") for value in values]
    for key, equals, text in pairs:
        if not key or not equals:
            raise click.BadParameter(f"{key + equals + text!r} is not KEY=VALUE")
    return {key: text for key, _, text in pairs}


def _choice(kind: Any, default: str, text: str) -> dict[str, Any]:
    choices = click.Choice(get_args(kind))
    return {"type": choices, "default": default, "show_default": True, "help": text}


def _count(default: int, text: str) -> dict[str, Any]:
    return {"type": int, "default": default, "show_default": True, "help": text}


class RuntimeOption(PluginOption):
    """An option whose help names the installed runtimes."""

    def about_plugins(self) -> str:
        """Return their names."""
        from edgebench.runtimes.drivers import runtime_names

        names = ", ".join(runtime_names())
        return f"{names}; see `edgebench list runtimes`.  [default: the preferred one here]"


OPTIONS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "runtime": (
        "--runtime",
        {"metavar": "NAME", "cls": RuntimeOption, "help": "What runs the model:"},
    ),
    "threads": ("--threads", _count(DEFAULTS.threads, "Of one instance.")),
    "instances": (
        "--instances",
        _count(DEFAULTS.instances, "Interpreters side by side."),
    ),
    "instance_kind": (
        "--instance-kind",
        _choice(
            InstanceKind,
            DEFAULTS.instance_kind,
            "What several instances live in; auto: processes Offline, else threads.",
        ),
    ),
    "batch": (
        "--batch",
        _count(DEFAULTS.batch, "Samples per invocation."),
    ),
    "resolver": ("--resolver", _choice(Resolver, DEFAULTS.resolver, "The runtime's kernels.")),
    "delegate": ("--delegate", {"metavar": "LIB", "help": "A delegate's shared library."}),
    "delegate_options": (
        "--delegate-option",
        {
            "multiple": True,
            "metavar": "K=V",
            "callback": key_values,
            "help": "Handed to the delegate; may be given several times.",
        },
    ),
    "affinity": (
        "--affinity",
        {"metavar": "CPUS", "callback": cpu_list, "help": "The CPUs that may be used: 0,2-3."},
    ),
    "provider": (
        "--provider",
        {
            "metavar": "NAME",
            "help": "What computes the ops, such as cuda; see `edgebench list runtimes`.",
        },
    ),
    "inter_threads": ("--inter-threads", _count(DEFAULTS.inter_threads, "Ops side by side.")),
    "allow_fallback": (
        "--allow-fallback",
        {
            "is_flag": True,
            "help": "Ops that the provider or delegate does not take may run on the CPU.",
        },
    ),
}
"""Each setting's option, and what click makes of it."""


def settings_options(*names: str) -> Decorator:
    """Return a decorator that adds the settings' options to a command: all, or those named."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(names or tuple(OPTIONS)):
            option, how = OPTIONS[name]
            command = click.option(option, name, **how)(command)
        return command

    return add
