"""NVIDIA's tegrastats as a meter: ``tegrastats``, ``tegrastats:VDD_IN``, ``tegrastats:CPU+GPU``.

It reads the same sensors as `hwmon`, as the user who starts it, and prints a line each interval.
"""

from __future__ import annotations

import shlex
import shutil
import time
from dataclasses import dataclass, replace
from functools import partial

from edgebench.errors import MeterLost, MeterNotFound, UsageError
from edgebench.power.acquisition.connections import sysfs
from edgebench.power.contract import Figures, Found, PowerMeter
from edgebench.power.jetson.boards import measured_by
from edgebench.power.jetson.tegrastats import chosen_rails, is_line, rails_of
from edgebench.power.meters.command import CommandMeter
from edgebench.power.option_kinds import Number
from edgebench.power.options import option
from edgebench.power.place import MeterPlace

PROGRAM = "tegrastats"
FIRST_LINE_S, POLL_S = 5.0, 0.02


@dataclass(frozen=True, kw_only=True)
class TegrastatsOptions:
    """How often it prints."""

    rate_hz: float = option("rate", Number(0.1, 20, "Hz"), 10.0)


class TegrastatsDriver:
    """NVIDIA's tegrastats."""

    name = "tegrastats"
    aliases = ()
    requires = None
    supplies = False
    options = TegrastatsOptions
    usage = "tegrastats[:RAIL]"
    summary = "a Jetson's sensors by NVIDIA's tegrastats, where `hwmon` can't be read; rails with +"
    rate = "`rate=10`"
    figures = Figures.MEASURED
    advice = "tegrastats is not here: this is no Jetson, or its program is not on PATH"

    def discover(self) -> list[Found]:
        """Return the program if it is here."""
        return [Found("", "a Jetson's sensors")] if shutil.which(PROGRAM) else []

    def open(self, place: MeterPlace) -> PowerMeter:
        """Open the whole board, or the rails that are named.

        Raises
        ------
        MeterNotFound
            If the program is not here, prints nothing, or no such rail.
        """
        program = shutil.which(PROGRAM)
        if program is None:
            raise MeterNotFound(self.advice)
        rate_hz = place.options_as(TegrastatsOptions).rate_hz
        words = [program, "--interval", str(round(1000 / rate_hz))]
        rails = _rails(words, place.address)
        meter = CommandMeter(shlex.join(words), parse=partial(_watts, rails))
        meter.description = replace(
            meter.description,
            name=str(place),
            detail=f"NVIDIA's tegrastats: {' + '.join(rails)}",
            channels=rails,
            period_s=1 / rate_hz,
            can_restart=True,
            measured_at=measured_by(rails),
        )
        return meter


def _rails(words: list[str], wanted: str) -> tuple[str, ...]:
    """Start it for one line, and choose among its rails."""
    line = _first_line(words)
    model = sysfs.text(sysfs.root() / "proc/device-tree/model").strip("\0")
    how = "`power=tegrastats:RAIL`"
    try:
        return chosen_rails(PROGRAM, rails_of(line), wanted or None, model, how)
    except UsageError as error:
        raise MeterNotFound(str(error), field="power") from error


def _first_line(words: list[str]) -> str:
    seen: list[str] = []

    def keep(line: bytes) -> list[float] | None:
        text = line.decode("ascii", "replace")
        seen.extend([text] if is_line(text) else [])
        return None

    with CommandMeter(shlex.join(words), first_line_s=FIRST_LINE_S, parse=keep) as meter:
        meter.start()
        try:
            while not seen:
                meter.read()
                time.sleep(POLL_S)
        except MeterLost as error:
            raise MeterNotFound(str(error)) from error
    return seen[0]


def _watts(rails: tuple[str, ...], line: bytes) -> list[float] | None:
    """Return a line's watts as `CommandMeter` takes them; None for another line.

    Raises
    ------
    MeterLost
        If a rail is missing in it.
    """
    text = line.decode("ascii", "replace")
    if not is_line(text):
        return None
    found = rails_of(text)
    try:
        return [sum(found[each] for each in rails)]
    except KeyError as error:
        raise MeterLost(f"{PROGRAM}: a line has no rail {error}") from error
