"""Options of commands that read a power meter."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class MeterOption(click.Option):
    """An option whose help names the installed meters; they are looked up when it is shown."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option's two columns."""
        from edgebench.power.drivers import meter_names

        record = super().get_help_record(ctx)
        if record is None:
            return None
        return record[0], f"{record[1]} {', '.join(meter_names())}. `edgebench meters` reads them."


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
