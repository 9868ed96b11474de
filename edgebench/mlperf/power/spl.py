"""Read and write MLPerf's spl.txt, and reckon what the submission checker makes of it.

A line of spl.txt is ``Time,MM-DD-YYYY HH:MM:SS.mmm,Watts,W,Volts,V,Amps,A,PF,P,Mark,NAME`` and
maybe more channels. The checker's power is the mean of the watts above 0 between LoadGen's
``power_begin`` and ``power_end``, both excluded; SingleStream and MultiStream turn it into
millijoules a query.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edgebench.errors import LogInvalid
from edgebench.mlperf.loadgen.inferred_results import INFERRED_STREAMS
from edgebench.mlperf.log_text import TIME_FORMAT, log_lines, log_time, real, shown

PER_QUERY = ("singlestream", "multistream")


@dataclass(frozen=True)
class SplLine:
    """A reading: when, by the meter's computer, and how much; -1 for what is not measured."""

    when: datetime
    watts: float
    volts: float = -1.0
    amps: float = -1.0
    power_factor: float = -1.0


def time_text(when: datetime) -> str:
    """Write such a time, to the millisecond."""
    return when.strftime(TIME_FORMAT)[:-3]


def read_spl(path: Path) -> list[SplLine]:
    """Read spl.txt.

    Raises
    ------
    LogInvalid
        With the first line that is none, or if there is no line.
    """
    lines = [
        spl_line(line, f"{path}, line {number}") for number, line in log_lines(path) if line.strip()
    ]
    if not lines:
        raise LogInvalid(f"{path} has no reading")
    return lines


def spl_line(line: str, where: str) -> SplLine:
    """Read a line, of spl.txt or of PTDaemon's.

    Raises
    ------
    LogInvalid
        If it is none.
    """
    words = line.strip().split(",")
    if len(words) < 4 or words[0] != "Time" or words[2] != "Watts":
        raise LogInvalid(f"{where}: {shown(line)} does not begin with Time,...,Watts,...")
    # The sum's own values come before its mark; an analyzer's channels follow.
    own = words[4 : words.index("Mark") if "Mark" in words else len(words)]
    found = {
        name: real(value, f"{where}, {name}")
        for name, value in zip(own[::2], own[1::2], strict=False)
        if name in ("Volts", "Amps", "PF")
    }
    return SplLine(
        log_time(words[1], where),
        real(words[3], f"{where}, Watts"),
        found.get("Volts", -1.0),
        found.get("Amps", -1.0),
        found.get("PF", -1.0),
    )


def write_spl(path: Path, lines: Iterable[SplLine], mark: str) -> None:
    """Write spl.txt; what a meter does not tell is -1, as PTDaemon writes it.

    Raises
    ------
    OSError
        If it can't be written.
    """
    with path.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(
                f"Time,{time_text(line.when)},Watts,{line.watts:.6f},Volts,{line.volts:.6g},"
                f"Amps,{line.amps:.6g},PF,{line.power_factor:.6g},Mark,{mark}\n"
            )


@dataclass(frozen=True)
class CheckerPower:
    """The submission checker's average power of a window.

    Attributes
    ----------
    power_w
        The mean of the readings above 0 W.
    mean_w
        The mean of all of them.
    readings, left_out
        How many there are, and how many of them are at or below 0 W.
    """

    power_w: float
    mean_w: float
    readings: int
    left_out: int

    @property
    def note(self) -> str:
        """A note for its reader; empty if no reading was left out."""
        if not self.left_out:
            return ""
        return (
            f"{self.left_out} of {self.readings} readings are at or below 0 W: MLPerf's checker "
            f"leaves them out ({self.power_w:.6g} W); with them the mean is {self.mean_w:.6g} W"
        )


def checker_power(lines: Iterable[SplLine], begin: datetime, end: datetime) -> CheckerPower:
    """Return the submission checker's average power of a window.

    Raises
    ------
    LogInvalid
        If no reading above 0 W is in it.
    """
    inside = [line.watts for line in lines if begin < line.when < end]
    kept = [watts for watts in inside if watts > 0]
    if not kept:
        raise LogInvalid(f"no reading above 0 W between {begin} and {end}")
    return CheckerPower(
        sum(kept) / len(kept), sum(inside) / len(inside), len(inside), len(inside) - len(kept)
    )


def checker_power_w(lines: Iterable[SplLine], begin: datetime, end: datetime) -> float:
    """Return the watts of `checker_power`; it raises what that does."""
    return checker_power(lines, begin, end).power_w


def checker_metric(
    scenario: str,
    power_w: float,
    begin: datetime,
    end: datetime,
    queries: int,
    measured: str = "",
) -> tuple[float, str]:
    """Return the checker's figure and its unit: W, or mJ per query.

    Parameters
    ----------
    measured
        The scenario that was measured, where the result is inferred from another's: a query of
        MultiStream is 8 of SingleStream's.
    """
    if scenario.lower() not in PER_QUERY:
        return power_w, "W"
    is_inferred = (scenario.lower(), measured.lower()) == ("multistream", "singlestream")
    samples = INFERRED_STREAMS if is_inferred else 1
    energy_j = power_w * (end - begin).total_seconds()
    return energy_j * samples * 1000 / max(queries, 1), "mJ/query"
