"""Read ptd_logs.txt: what PTDaemon itself logged of a session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from edgebench.mlperf.log_text import log_lines, log_time
from edgebench.mlperf.power.rule_tables import ACCEPTED_ERRORS, RANGING_ERRORS

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
    """Faults of PTDaemon's log.

    ``doubts`` are what the rules don't take either, but the official check never gets to: it stops
    at the first thing that it only warns of.
    """

    faults: tuple[str, ...]
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Line:
    when: datetime
    text: str


@dataclass(frozen=True)
class _Complaint:
    """An error or a warning, and whether it came during ranging, or well within the test."""

    line: _Line
    is_ranging: bool
    is_deep: bool


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
    ranging = _ranging(lines, session)
    if ranging is None:
        return PtdLogFindings((f"{path.name}: does not say when ranging began and ended",))
    faults: list[str] = []
    doubts: list[str] = []
    activated = next((each.when for each in lines if _ACTIVATED.search(each.text)), None)
    if activated is None or activated >= ranging[0]:
        faults.append(f"{path.name}: uncertainty checking was not activated before ranging")
    found = faults
    for each in _complaints(lines, ranging, (begin + TOLERANCE, end - TOLERANCE)):
        if _is_fault(each):
            found.append(f"{path.name}, {each.line.when:%H:%M:%S}: {each.line.text[:120]}")
        elif _ends_the_check(each):
            found = doubts
    uncertain = sum(
        begin < each.when < end and bool(_UNCERTAIN.search(each.text)) for each in lines
    )
    if uncertain:
        doubts.append(f"{path.name}: {uncertain} readings of the test are uncertain by over 1 %")
    return PtdLogFindings(tuple(faults[:1]), tuple(doubts[:1] + doubts[-1:])[: len(doubts)])


def _ranging(lines: list[_Line], session: str) -> tuple[datetime, datetime] | None:
    """Return when a session's ranging began and ended, if the log says both."""
    started = _when(lines, f"Go with mark {session + '_ranging'!r}")
    if started is None:
        return None
    stopped = _when([each for each in lines if each.when >= started], "Completed test")
    return None if stopped is None else (started, stopped)


def _complaints(
    lines: list[_Line], ranging: tuple[datetime, datetime], test: tuple[datetime, datetime]
) -> Iterator[_Complaint]:
    """Yield the errors and warnings of a log."""
    for line in lines:
        if line.text.startswith(("ERROR:", "WARNING:")):
            is_ranging, is_deep = (first < line.when < last for first, last in (ranging, test))
            yield _Complaint(line, is_ranging=is_ranging, is_deep=is_deep)


def _is_fault(complaint: _Complaint) -> bool:
    text = complaint.line.text
    if text.startswith("ERROR:"):
        error = text.removeprefix("ERROR:").strip()
        return not complaint.is_ranging and error not in ACCEPTED_ERRORS
    return complaint.is_deep and bool(_UNCERTAIN.search(text))


def _ends_the_check(complaint: _Complaint) -> bool:
    """Return whether the official check only warns of a line, and looks no further."""
    text = complaint.line.text
    if text.startswith("WARNING:"):
        return complaint.is_deep
    error = text.removeprefix("ERROR:").strip()
    return error in ACCEPTED_ERRORS or (
        complaint.is_ranging and not error.startswith(RANGING_ERRORS)
    )


def _lines(path: Path) -> Iterator[_Line]:
    for number, line in log_lines(path, MOST_LINE_CHARACTERS):
        match = _LINE.match(line)
        if match:
            yield _Line(log_time(match[1], f"{path}, line {number}"), match[2].strip())


def _when(lines: list[_Line], text: str) -> datetime | None:
    return next((each.when for each in lines if each.text == text), None)
