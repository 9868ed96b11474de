"""The rules of a power session: whether its records, its files and its readings are in order."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from edgebench.errors import LogInvalid
from edgebench.mlperf.loadgen.detail import DETAIL_FILE, read_detail
from edgebench.mlperf.log_text import epoch_time, log_lines, real
from edgebench.mlperf.power.ptd_log import PtdLogFindings, check_ptd_log
from edgebench.mlperf.power.rule_tables import (
    ALLOWED_SKEW_S,
    ANALYZERS,
    MOST_DROP,
    NOTHING_TO_STOP,
    PTD_VERSIONS,
    REPLIES,
    SESSION_FILES,
    SOURCES,
    STOPPED,
    TWO_CHANNELS,
)
from edgebench.mlperf.power.session import CLIENT, PHASES, SERVER, PowerSessionLog, read_session
from edgebench.mlperf.power.spl import checker_power_w, read_spl

RUN, RANGING, SPL, PTD_LOG = "run_1", "ranging", "spl.txt", "power/ptd_logs.txt"
WATTS_AGREE = 1e-4
"""How far the mean of spl.txt may be from what PTDaemon said, in shares of it."""
_PTD_VERSION = re.compile(r"version=([^,-]{1,40})-")
_PEER = re.compile(r"mlcommons/power (?:client|server) v(\d{1,9})$")
_DST = timedelta(hours=1)


@dataclass(frozen=True)
class Session:
    """A session: both records, and the performance folder that it left."""

    folder: Path
    client: PowerSessionLog
    server: PowerSessionLog

    def has(self, *below: str) -> bool:
        """Return whether files are there; whoever checks the folders reports those that are not."""
        return all((self.folder / each).is_file() for each in below)

    def window(self, run: str) -> tuple[datetime, datetime]:
        """Return when LoadGen's test of a folder ran."""
        return read_detail(self.folder / run / DETAIL_FILE).window


def session_faults(folder: Path) -> list[str]:
    """Return what is wrong with a session, in words; nothing if all is well.

    Parameters
    ----------
    folder
        The performance folder: ``power/`` has the records; what needs a file that is not there is
        not looked at.

    Raises
    ------
    LogInvalid
        If a record can't be read.
    """
    client, server = (read_session(folder / "power" / name) for name in (CLIENT, SERVER))
    session = Session(folder, client, server)
    faults: list[str] = []
    for rule in RULES:
        try:
            faults += rule(session)
        except LogInvalid as error:
            faults.append(str(error))
    return list(dict.fromkeys(faults))


def session_doubts(folder: Path) -> list[str]:
    """Return what a reader of a session should know, though the official check lets it pass.

    Raises
    ------
    LogInvalid
        If a log can't be read.
    """
    client, server = (read_session(folder / "power" / name) for name in (CLIENT, SERVER))
    found = _checked_ptd_log(Session(folder, client, server))
    return list(found.doubts) if found else []


def _one_session(session: Session) -> Iterator[str]:
    client, server = session.client, session.server
    if (client.name, _uuids(client)) != (server.name, _uuids(server)):
        yield f"{CLIENT} is of session {client.name}, {SERVER} of {server.name}"


def _uuids(record: PowerSessionLog) -> dict[str, object]:
    try:
        return {side: UUID(record.uuids[side]) for side in ("client", "server")}
    except (KeyError, ValueError):
        return dict(record.uuids)


def _sources(session: Session) -> Iterator[str]:
    for name, record in ((CLIENT, session.client), (SERVER, session.server)):
        other = sorted(
            file
            for file in {*SOURCES, *record.sources}
            if record.sources.get(file) != SOURCES.get(file)
        )
        if other:
            yield f"{name}: {other[0]} is not the file of MLCommons' client and server"


def _messages(session: Session) -> Iterator[str]:
    ours, theirs = session.client.messages, session.server.messages
    if len(ours) != len(theirs):
        yield f"{CLIENT} has {len(ours)} messages, {SERVER} {len(theirs)}"
    for number, (sent, got) in enumerate(zip(ours, theirs, strict=False)):
        if sent.command != got.command or (sent.command != "time" and sent.reply != got.reply):
            yield f"message {number} is {sent.command!r} in {CLIENT}, {got.command!r} in {SERVER}"
            break
    first = theirs[0] if theirs else None
    versions = [_PEER.search(text) for text in (first.command, first.reply)] if first else []
    if not versions or not all(versions):
        yield f"{SERVER}: its first message does not name the versions of client and server"
    elif len({match[1] for match in versions if match}) > 1:
        yield f"{SERVER}: client and server are of different versions"


def _ptd(session: Session) -> Iterator[str]:
    said = session.server.analyzer
    if not said:
        yield f"{SERVER}: PTDaemon never said what analyzer it has"
        return
    version, model = _PTD_VERSION.search(said), said.split(",", maxsplit=1)[0]
    found = version[1] if version else "unknown"
    if found not in PTD_VERSIONS:
        yield f"{SERVER}: PTDaemon {found}; the rules take {', '.join(PTD_VERSIONS)}"
    if model not in ANALYZERS:
        yield f"{SERVER}: the rules don't take the analyzer {model[:40]!r}"


def _ptd_replies(session: Session) -> Iterator[str]:
    stops = 0
    for each in session.server.ptd_messages:
        wanted = next((text for key, text in REPLIES.items() if each.command.startswith(key)), None)
        if each.command.startswith("Stop"):
            # In the normal flow the third one finds nothing to stop.
            wanted = NOTHING_TO_STOP if stops >= 2 else STOPPED
            stops += each.command == "Stop"
        if wanted is not None and each.reply != wanted:
            yield f"{SERVER}: PTDaemon answered {each.command!r} by {each.reply[:60]!r}"


def _ranges(session: Session) -> Iterator[str]:
    """Check that the analyzer's ranges were put back as they were."""
    messages = session.server.ptd_messages
    said = next((each.reply for each in messages if each.command == "RR"), "").split(",")
    if len(said) < 5:
        yield f"{SERVER}: PTDaemon never said the analyzer's ranges"
        return
    for letter, at, takes in (("A", 1, (2, 3)), ("V", 3, (2,))):
        is_fixed = said[at] == "0" and real(said[at + 1], f"{SERVER}, ranges") > 0
        initial = f"SR,{letter},{said[at + 1] if is_fixed else 'Auto'}"
        sets = [each.command for each in messages if each.command.startswith(f"SR,{letter}")]
        # A set of the amperes may be repeated, so that the last is the third or the fourth.
        if len(sets) <= max(takes) or initial not in [sets[index] for index in takes]:
            yield f"{SERVER}: the range was not put back to {initial!r}"


def _analyzers(session: Session) -> Iterator[str]:
    if not session.server.analyzers:
        yield f"{SERVER}: no analyzer in its configuration"
    for device, channels in session.server.analyzers:
        if device not in ANALYZERS.values():
            yield f"{SERVER}: the rules don't take an analyzer of type {device}"
        elif device == TWO_CHANNELS and channels != 2:
            yield f"{SERVER}: an analyzer of type {device} with {channels} channels, not 2"


def _debug(session: Session) -> Iterator[str]:
    if session.server.debug:
        yield f"{SERVER}: the server ran in debug mode"


def _phases(session: Session) -> Iterator[str]:
    for name, record in ((CLIENT, session.client), (SERVER, session.server)):
        missing = [phase for phase in PHASES if len(record.phases.get(phase, ())) < 4]
        if missing:
            yield f"{name} has no {' and no '.join(missing)} phase"
        elif record.phases["testing"][0] < record.phases["ranging"][-1]:
            yield f"{name}: testing began before ranging had ended"
    for phase in PHASES:
        here, there = (each.phases.get(phase, ()) for each in (session.client, session.server))
        skews = [abs(a - b) for a, b in zip(here, there, strict=False)]
        if len(here) != len(there):
            yield f"the steps of {phase} differ in number between {CLIENT} and {SERVER}"
        elif max(skews, default=0.0) > ALLOWED_SKEW_S:
            yield f"the clocks of client and server differ by {max(skews):.2f} s in {phase}"


def _inside(session: Session) -> Iterator[str]:
    """Check that LoadGen's tests ran while the analyzer measured."""
    for phase, run in (("ranging", RANGING), ("testing", RUN)):
        steps = session.client.phases.get(phase, ())
        if len(steps) < 4 or not session.has(f"{run}/{DETAIL_FILE}"):
            continue
        first, last = (epoch_time(each, f"{CLIENT}, phase {phase}") for each in steps[1:3])
        for what, moment in zip(("began", "ended"), session.window(run), strict=True):
            when = moment.replace(tzinfo=UTC)
            # The log's clock may be an hour ahead in summer.
            if not (first < when < last or first < when - _DST < last):
                yield f"{run}'s test {what} outside of the {phase} phase"


def _files(session: Session) -> Iterator[str]:
    client, server = session.client.sha1, session.server.sha1
    both = {**client, **server}
    for name in sorted({*client} & {*server} & {*SESSION_FILES}):
        if client[name] != server[name]:
            yield f"{name}: {CLIENT} and {SERVER} have different SHA-1"
    for below in SESSION_FILES:
        path = session.folder / below
        if below not in both:
            yield f"{below}: neither {CLIENT} nor {SERVER} has its SHA-1"
        elif path.is_file() and _sha1(path) != both[below]:
            holder = SERVER if below in server else CLIENT
            yield f"{below} is not the file that {holder} has the SHA-1 of: changed since"


def _sha1(path: Path) -> str:
    return hashlib.sha1(path.read_bytes(), usedforsecurity=False).hexdigest()


def _power(session: Session) -> Iterator[str]:
    """Check that testing took as much power as ranging."""
    if not session.has(*(f"{run}/{name}" for run in (RANGING, RUN) for name in (DETAIL_FILE, SPL))):
        return
    watts = {
        run: checker_power_w(read_spl(session.folder / run / SPL), *session.window(run))
        for run in (RANGING, RUN)
    }
    drop = 1 - watts[RUN] / watts[RANGING]
    if drop >= MOST_DROP:
        yield f"testing took {100 * drop:.1f} % less power than ranging; the rules allow 5 %"


def _factors(session: Session) -> Iterator[str]:
    """Check that every reading has its power factor: the official check takes it from there."""
    for run in (RANGING, RUN):
        path = session.folder / run / SPL
        for number, line in log_lines(path) if path.is_file() else ():
            if line.startswith("Time") and line.split(",")[8:9] != ["PF"]:
                yield f"{run}/{SPL}, line {number}: has no power factor"
                break


def _readings(session: Session) -> Iterator[str]:
    """Check spl.txt against the mean that PTDaemon reported to the server, of one analyzer."""
    if len(session.server.analyzers) != 1:
        return
    runs = {f"{session.server.name}_ranging": RANGING, f"{session.server.name}_testing": RUN}
    run, is_stopped = "", False
    for each in session.server.ptd_messages:
        if each.command.startswith("Go,"):
            run, is_stopped = runs.get(each.command.rsplit(",", 1)[-1], ""), False
        is_stopped = is_stopped or each.command == "Stop"
        if each.command != "Watts" or not is_stopped or not session.has(f"{run}/{SPL}"):
            continue
        words = each.reply.split(",")
        stated = real(words[1] if len(words) > 1 else each.reply, f"{SERVER}, Watts")
        found = [line.watts for line in read_spl(session.folder / run / SPL) if line.watts > 0]
        mean = sum(found) / len(found) if found else 0.0
        if abs(mean - stated) > WATTS_AGREE * abs(stated):
            yield f"{run}/{SPL} has a mean of {mean:.2f} W, PTDaemon reported {stated:.2f} W"
        is_stopped = False


def _ptd_log(session: Session) -> Iterator[str]:
    found = _checked_ptd_log(session)
    yield from found.faults if found else ()


def _checked_ptd_log(session: Session) -> PtdLogFindings | None:
    if not session.has(PTD_LOG, f"{RUN}/{DETAIL_FILE}"):
        return None
    return check_ptd_log(session.folder / PTD_LOG, session.server.name, *session.window(RUN))


RULES: tuple[Callable[[Session], Iterator[str]], ...] = (
    _one_session,
    _sources,
    _messages,
    _ptd,
    _ptd_replies,
    _ranges,
    _analyzers,
    _debug,
    _phases,
    _inside,
    _files,
    _power,
    _factors,
    _readings,
    _ptd_log,
)
"""Each yields what is wrong with a session; nothing if it is as the rules want it."""
