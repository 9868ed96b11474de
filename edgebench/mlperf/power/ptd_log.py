"""Read ptd_logs.txt: what PTDaemon itself logged of a session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from edgebench.mlperf.log_text import log_lines, log_time
from edgebench.mlperf.power.known import ACCEPTED_ERRORS, RANGING_ERRORS

_LINE = re.compile(r"(\d\d-\d\d-\d{4} \d\d:\d\d:\d\d\.\d{3}): ?(.*)")
_ACTIVATED = re.compile(r"Uncertainty checking for Yokogawa\S{1,60} is activated")
_UNCERTAIN = re.compile(
    r"Uncertainty \d{1,9}\.\d{1,9}%, which is above 1\.00% limit for the last sample!"
)
TOLERANCE = timedelta(seconds=800)
"""The official check's: it means 800 ms, and adds it to seconds."""
MOST_LINE_CHARACTERS = 1 << 20


@dataclass(frozen=True)
class PtdLogFindings:
    """What is wrong with PTDaemon's log.

    ``doubts`` are what the rules don't take either, but the official check never gets to: it stops
    at the first thing that it only warns of.
    """

    faults: tuple[str, ...]
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Line:
    when: datetime
    text: str


def check_ptd_log(path: Path, session: str, begin: datetime, end: datetime) -> PtdLogFindings:
    """Check that uncertainties were watched, and that nothing failed while the test ran.

    Parameters
    ----------
    session
        The session's name: its ranging is marked with it.
    begin, end
        When LoadGen's test ran.

    Raises
    ------
    LogInvalid
        If it can't be read.
    """
    lines = list(_lines(path))
    started = _when(lines, f"Go with mark {session + '_ranging'!r}")
    stopped = _when([each for each in lines if started and each.when >= started], "Completed test")
    if started is None or stopped is None:
        return PtdLogFindings((f"{path.name}: does not say when ranging began and ended",))
    faults: list[str] = []
    doubts: list[str] = []
    activated = next((each.when for each in lines if _ACTIVATED.search(each.text)), None)
    if activated is None or activated >= started:
        faults.append(f"{path.name}: uncertainty checking was not activated before ranging")
    found = faults
    for each in lines:
        if not each.text.startswith(("ERROR:", "WARNING:")):
            continue
        is_ranging = started < each.when < stopped
        is_deep = begin + TOLERANCE < each.when < end - TOLERANCE
        if _is_fault(each.text, is_ranging=is_ranging, is_deep=is_deep):
            found.append(f"{path.name}, {each.when:%H:%M:%S}: {each.text[:120]}")
        elif _ends_the_check(each.text, is_ranging=is_ranging, is_deep=is_deep):
            found = doubts
    uncertain = sum(
        begin < each.when < end and bool(_UNCERTAIN.search(each.text)) for each in lines
    )
    if uncertain:
        doubts.append(f"{path.name}: {uncertain} readings of the test are uncertain by over 1 %")
    return PtdLogFindings(tuple(faults[:1]), tuple(doubts[:1] + doubts[-1:])[: len(doubts)])


def _is_fault(text: str, *, is_ranging: bool, is_deep: bool) -> bool:
    if text.startswith("ERROR:"):
        return not is_ranging and text.removeprefix("ERROR:").strip() not in ACCEPTED_ERRORS
    return is_deep and bool(_UNCERTAIN.search(text))


def _ends_the_check(text: str, *, is_ranging: bool, is_deep: bool) -> bool:
    """Return whether the official check only warns of a line, and looks no further."""
    if text.startswith("WARNING:"):
        return is_deep
    error = text.removeprefix("ERROR:").strip()
    return error in ACCEPTED_ERRORS or (is_ranging and not error.startswith(RANGING_ERRORS))


def _lines(path: Path) -> Iterator[_Line]:
    for number, line in log_lines(path, MOST_LINE_CHARACTERS):
        match = _LINE.match(line)
        if match:
            yield _Line(log_time(match[1], f"{path}, line {number}"), match[2].strip())


def _when(lines: list[_Line], text: str) -> datetime | None:
    return next((each.when for each in lines if each.text == text), None)
