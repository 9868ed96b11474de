"""Faults of a meter that is played, to order: ``skew=100,loss=0.01,unplug=3``."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from edgebench.power.option_kinds import Choice, Span, Text, Whole
from edgebench.power.options import declared_options, option
from edgebench.virtual.meters.waveform import STEP_S, Load

MOST_SKEW_PPM = 200.0
UNIFORM = "rectangular"
_SHARE = Span(0, 1)
_SECONDS = Span(0, 1e6, "s")


@dataclass(frozen=True, kw_only=True)
class Faults:
    """Everything that can be requested.

    Attributes
    ----------
    seed
        Of the waveform, the meter's error and what is lost.
    skew
        The meter's clock, in parts per million fast.
    loss
        Share of the samples that are lost on their way.
    stall, unplug
        After so many seconds of measuring it is silent; gone.
    spike
        Share of the samples that are absurd.
    nan
        Share of the samples that are no number.
    negative
        1 for leads that are the wrong way round.
    frozen
        After so many seconds it shows the same value again and again.
    unit
        What its figures are multiplied by: 1000 where it says milliwatts for watts.
    hold
        For so many seconds it keeps samples back; what is left comes at the stop.
    overflow
        After so many seconds its buffer overflows, or its range is left.
    wrap
        Joules after which a counter begins again.
    marks
        Seconds between marks that are made here; 0 for those of an emulated device.
    exact
        1 for a meter without an error; otherwise it has one within its stated accuracy.
    load
        What the board does: ``bursts``, ``constant``, ``ramp``, or ``step``.
    step
        For how long a load that steps works, and rests: from each multiple of twice that on, of the
        host's clock.
    error
        How that is drawn: ``rectangular``, or ``normal`` with limits of two standard deviations.
    """

    seed: int = option("seed", Whole(0, 10**9), 0)
    skew: float = option("skew", Span(-MOST_SKEW_PPM, MOST_SKEW_PPM, "ppm"), 0.0)
    loss: float = option("loss", _SHARE, 0.0)
    stall: float = option("stall", _SECONDS, 0.0)
    unplug: float = option("unplug", _SECONDS, 0.0)
    spike: float = option("spike", _SHARE, 0.0)
    nan: float = option("nan", _SHARE, 0.0)
    negative: int = option("negative", Whole(0, 1), 0)
    frozen: float = option("frozen", _SECONDS, 0.0)
    unit: float = option("unit", Span(1e-6, 1e6), 1.0)
    hold: float = option("hold", Span(0, 10, "s"), 0.0)
    overflow: float = option("overflow", _SECONDS, 0.0)
    wrap: float = option("wrap", Span(0, 1e9, "J"), 0.0)
    marks: float = option("marks", _SECONDS, 0.0)
    exact: int = option("exact", Whole(0, 1), 0)
    load: str = option("load", Choice(*Load), Load.BURSTS.value)
    step: float = option("step", _SECONDS, STEP_S)
    error: str = option("error", Choice(UNIFORM, "normal"), UNIFORM)


@dataclass(frozen=True, kw_only=True)
class Playing(Faults):
    """Faults that are requested of a played meter.

    Attributes
    ----------
    marker
        The path of a socket, which an emulated device sends its marker's pulses to; empty without.
    """

    marker: str = option("marker", Text("a socket's path"), "")

    @property
    def marker_path(self) -> Path | None:
        """The socket; None without."""
        return Path(self.marker) if self.marker else None

    def words(self) -> list[str]:
        """Return ``key=value`` of everything that is set: `read_options` reads it again."""
        known = declared_options(Playing)
        return [
            f"{known[each.name].key}={getattr(self, each.name)}"
            for each in fields(Playing)
            if getattr(self, each.name) != each.default
        ]
