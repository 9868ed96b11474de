"""Read client.json and server.json of MLCommons' power client and server (mlcommons/power-dev).

Each says what its side did in a session: the messages, when ranging and testing began and ended,
and the SHA-1 of every file that it left. Both must be of one session.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import LogInvalid
from edgebench.mlperf.log_text import log_json, log_text, real

CLIENT, SERVER = "client.json", "server.json"
PHASES = ("ranging", "testing")


@dataclass(frozen=True)
class PowerSessionLog:
    """One side's record of a session.

    Attributes
    ----------
    uuids
        Of the client and the server, by those names.
    sha1
        Of the files that this side left, by their path below the performance folder.
    phases
        When each began and ended, in seconds of the epoch.
    analyzer
        What PTDaemon said of itself and the analyzer; the server's record only.
    """

    name: str
    uuids: dict[str, str]
    sha1: dict[str, str]
    phases: dict[str, tuple[float, ...]]
    analyzer: str


def read_session(path: Path) -> PowerSessionLog:
    """Read client.json or server.json.

    Raises
    ------
    LogInvalid
        If it is neither; the message says why.
    """
    values = log_json(log_text(path), str(path))
    try:
        messages = values.get("ptd_messages", ())
        return PowerSessionLog(
            name=str(values["session_name"]),
            uuids={str(side): str(each) for side, each in values["uuid"].items()},
            sha1={str(name): str(each) for name, each in values["results"].items()},
            phases={
                str(name): tuple(
                    real(moments[place][0], f"{path}, phase {name}") for place in (0, -1)
                )
                for name, moments in values["phases"].items()
            },
            analyzer=next(
                (str(each["reply"]) for each in messages if each.get("cmd") == "Identify"), ""
            ),
        )
    except KeyError as error:
        raise LogInvalid(f"{path}: no record of a power session: {error} is missing") from error
    except (LookupError, TypeError, AttributeError) as error:
        raise LogInvalid(f"{path}: no record of a power session: a value is damaged") from error


def session_faults(folder: Path) -> list[str]:
    """Return what is wrong with a session's records, in words; nothing if all is well.

    Parameters
    ----------
    folder
        The performance folder: ``power/`` has the records; files that are not there are not
        looked for, files that are must be what the records say.

    Raises
    ------
    LogInvalid
        If a record can't be read.
    """
    client, server = (read_session(folder / "power" / name) for name in (CLIENT, SERVER))
    faults = []
    if (client.name, client.uuids) != (server.name, server.uuids):
        faults.append(f"{CLIENT} is of session {client.name}, {SERVER} of {server.name}")
    for name, record in ((CLIENT, client), (SERVER, server)):
        missing = [phase for phase in PHASES if phase not in record.phases]
        if missing:
            faults.append(f"{name} has no {' and no '.join(missing)} phase")
        elif record.phases["testing"][0] < record.phases["ranging"][1]:
            faults.append(f"{name}: testing began before ranging had ended")
        for below, sha1 in record.sha1.items():
            path = folder / below
            # A name in a file is untrusted: it must not lead out of the folder.
            if ".." in Path(below).parts or not path.is_file():
                continue
            if hashlib.sha1(path.read_bytes(), usedforsecurity=False).hexdigest() != sha1:
                faults.append(
                    f"{below} is not the file that {name} has the SHA-1 of: changed since"
                )
    if not server.analyzer:
        faults.append(f"{SERVER}: PTDaemon never said what analyzer it has")
    return faults
