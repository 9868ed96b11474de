"""Read client.json and server.json of MLCommons' power client and server (mlcommons/power-dev).

Each says what its side did in a session: the messages, when ranging and testing began and ended,
and the SHA-1 of every file that it left. Both must be of one session.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgebench.errors import LogInvalid
from edgebench.mlperf.log_text import log_json, log_text, real, whole

CLIENT, SERVER = "client.json", "server.json"
PHASES = ("ranging", "testing")


@dataclass(frozen=True)
class Message:
    """A command and its reply."""

    command: str
    reply: str


@dataclass(frozen=True)
class PowerSessionLog:
    """One side's record of a session.

    Attributes
    ----------
    uuids
        Of the client and the server, by those names.
    sha1, sources
        Of the files that this side left, by their path below the performance folder; and of the
        program's own.
    phases
        When each step of a phase was, in seconds of the epoch.
    messages, ptd_messages
        Between client and server, and between the server and PTDaemon.
    analyzers
        PTDaemon's device type and channels of each analyzer.
    """

    name: str
    uuids: dict[str, str]
    sha1: dict[str, str]
    phases: dict[str, tuple[float, ...]]
    messages: tuple[Message, ...]
    ptd_messages: tuple[Message, ...]
    sources: dict[str, str]
    analyzers: tuple[tuple[int, int], ...]
    debug: bool

    @property
    def analyzer(self) -> str:
        """PTDaemon's statement on itself and the analyzer; in the server's record only."""
        said = (each.reply for each in self.ptd_messages if each.command == "Identify")
        return next(said, "")


def read_session(path: Path) -> PowerSessionLog:
    """Read client.json or server.json.

    Raises
    ------
    LogInvalid
        If it is neither; the message says why.
    """
    values = log_json(log_text(path), str(path))
    try:
        return PowerSessionLog(
            name=str(values["session_name"]),
            uuids={str(side): str(each) for side, each in values["uuid"].items()},
            sha1={str(name): str(each) for name, each in values["results"].items()},
            phases={
                str(name): tuple(real(each[0], f"{path}, phase {name}") for each in moments)
                for name, moments in values["phases"].items()
            },
            messages=_messages(values["messages"]),
            ptd_messages=_messages(values.get("ptd_messages") or ()),
            sources={str(name): str(each) for name, each in values["sources"].items()},
            analyzers=_analyzers(values.get("ptd_config") or (), str(path)),
            debug=bool(values.get("debug", False)),
        )
    except KeyError as error:
        raise LogInvalid(f"{path}: no record of a power session: {error} is missing") from error
    # JSON of any shape.
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise LogInvalid(f"{path}: no record of a power session: a value is damaged") from error


def _messages(rows: Any) -> tuple[Message, ...]:
    return tuple(Message(str(each["cmd"]), str(each["reply"])) for each in rows)


def _analyzers(rows: Any, where: str) -> tuple[tuple[int, int], ...]:
    """Return each analyzer's device type and how many channels were measured."""
    # Before power-dev 3 there was one analyzer, and no list of them.
    # A client's record may have a list of nothing.
    several = [rows] if isinstance(rows, dict) else filter(None, rows)
    return tuple(
        (whole(each["device_type"], f"{where}, device_type"), len(each.get("channel") or ()))
        for each in several
    )
