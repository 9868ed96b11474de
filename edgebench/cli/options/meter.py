"""Options of commands that read a power meter."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import click

from edgebench.cli.options.plugin import PluginOption

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class MeterOption(PluginOption):
    """An option whose help names the installed meters."""

    def about_plugins(self) -> str:
        """Return their names."""
        from edgebench.power.drivers import meter_names

        return f"{', '.join(meter_names())}. `edgebench meters` reads them."


def power_option(about: str = "A power meter:", *, required: bool = False) -> Decorator:
    """Return ``--power``."""
    return click.option("--power", cls=MeterOption, metavar="METER", required=required, help=about)


def share_of_percent(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """Turn ``0.5%`` into 0.005; the sign is required, so that nobody means the other."""
    if value is None:
        return None
    found = re.fullmatch(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*%\s*", value)
    if found is None:
        raise click.BadParameter(f"{value!r} is no percentage such as 0.5%")
    return float(found[1]) / 100


accuracy_option: Decorator = click.option(
    "--meter-accuracy",
    "meter_accuracy",
    callback=share_of_percent,
    metavar="P%",
    help="The meter's limit of error, of the reading: 0.5%.  [default: its data sheet's]",
)
supply_option: Decorator = click.option(
    "--supply",
    "supply_v",
    type=float,
    metavar="V",
    help="The board's voltage, for meters that supply it or measure none.",
)
