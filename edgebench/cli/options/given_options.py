"""Pass on what the user typed as the library takes it: what was left out stays out."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import click
from click.core import ParameterSource

UNSET = (ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP)


def given_options(ctx: click.Context, but: Container[str] = ()) -> dict[str, Any]:
    """Return the parameters of a command that were given, but for some, by name."""
    return {
        name: value
        for name, value in ctx.params.items()
        if name not in but and ctx.get_parameter_source(name) not in (*UNSET, None)
    }
