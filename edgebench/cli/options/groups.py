"""Help of commands with many options: by what the options are about, with examples.

A command's options are a table of groups (`grouped_options`); the help follows from that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

WHAT = "What"
DATA = "Data"
SCENARIO = "Scenario"
DEVICE = "Device"
POWER = "Power"
OUTPUT = "Output"
OTHER = "Other options"
_GROUP = "edgebench_group"


def grouped_options(groups: Mapping[str, Sequence[Decorator]]) -> Decorator:
    """Return a decorator that adds options to a command, by the headings of its help."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for title, options in reversed(tuple(groups.items())):
            before = len(_added(command))
            for option in reversed(options):
                command = option(command)
            for parameter in _added(command)[before:]:
                setattr(parameter, _GROUP, title)
        return command

    return add


def _added(command: Callable[..., Any]) -> list[click.Parameter]:
    """Return the parameters that decorators have added so far, the last first."""
    added: list[click.Parameter] = getattr(command, "__click_params__", [])
    return added


def group_of(parameter: click.Parameter) -> str:
    """Return the heading under which the help lists an option."""
    return str(getattr(parameter, _GROUP, OTHER))


class GroupedCommand(click.Command):
    """A command whose help lists its options in groups, in the order in which they are added.

    Parameters
    ----------
    examples
        What can be typed, and what it is for.
    """

    def __init__(
        self, *arguments: Any, examples: tuple[tuple[str, str], ...] = (), **more: Any
    ) -> None:
        super().__init__(*arguments, **more)
        self.examples = examples

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the groups, then the examples."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and not isinstance(parameter, click.Argument):
                groups.setdefault(group_of(parameter), []).append(record)
        groups[OTHER] = groups.pop(OTHER, [])  # the last
        for title, records in groups.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)
        if self.examples:
            with formatter.section("Examples"):
                for typed, purpose in self.examples:
                    formatter.write_text(f"# {purpose}")
                    # One line, whatever the width: it is there to be copied.
                    indent = " " * formatter.current_indent
                    formatter.write(f"{indent}{typed}\n")
