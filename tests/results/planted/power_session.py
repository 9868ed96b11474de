"""A power session as MLCommons' client and server leave it, of an analyzer that never was."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from edgebench.mlperf.power.rule_tables import (
    PTD_VERSIONS,
    REPLIES,
    SESSION_FILES,
    SOURCES,
    STOPPED,
)

NAME = "2026-08-01_10-00-00"
BEGIN = datetime(2026, 8, 1, 10, 0, 0)
RANGING_STEPS_S = (0.0, 20.0, 700.0, 710.0)
TESTING_STEPS_S = (711.0, 730.0, 1410.0, 1420.0)
RANGING_TEST, TESTING_TEST = (BEGIN + timedelta(seconds=s) for s in (40.0, 750.0))
"""When LoadGen's tests of the two phases begin."""
WATTS = 10.0
CLIENT_FILES = (
    "power/client.log",
    *(
        f"{run}/mlperf_log_{kind}.txt"
        for run in ("ranging", "run_1")
        for kind in ("detail", "summary")
    ),
)
_UUIDS = {
    "client": "11111111-1111-4111-8111-111111111111",
    "server": "22222222-2222-4222-8222-222222222222",
}


def write_session(performance: Path) -> None:
    """Write ``power/`` and both spl.txt; LoadGen's logs of both runs are there."""
    for run, phase, steps in (
        ("ranging", "ranging", RANGING_STEPS_S),
        ("run_1", "testing", TESTING_STEPS_S),
    ):
        (performance / run / "spl.txt").write_text(_spl(phase, steps))
    power = performance / "power"
    power.mkdir()
    (power / "client.log").write_text("made: the client's log\n")
    (power / "server.log").write_text("made: the server's log\n")
    (power / "ptd_logs.txt").write_text(_ptd_log())
    seal(performance)


def seal(performance: Path) -> None:
    """Write both records, with the SHA-1 of the files as they are now."""
    server_files = [each for each in SESSION_FILES if each not in CLIENT_FILES]
    for name, files in (("client", CLIENT_FILES), ("server", server_files)):
        path = performance / "power" / f"{name}.json"
        record = json.loads(path.read_text()) if path.is_file() else _record(name)
        record["results"] = {
            each: hashlib.sha1((performance / each).read_bytes()).hexdigest()
            for each in files
            if (performance / each).is_file()
        }
        path.write_text(json.dumps(record, indent=1))


def _record(side: str) -> dict[str, Any]:
    record: dict[str, Any] = {
        "version": "1.0",
        "timezone": 0,
        "modules": {},
        "sources": dict(SOURCES),
        "messages": [
            {"cmd": "mlcommons/power client v3", "reply": "mlcommons/power server v3"},
            {"cmd": "time", "reply": "1.0" if side == "client" else "1.001"},
            {"cmd": f"session,{NAME},start,ranging", "reply": "OK"},
            {"cmd": f"session,{NAME},done", "reply": "OK"},
        ],
        "uuid": _UUIDS,
        "session_name": NAME,
        "results": {},
        "phases": {
            "ranging": [[_epoch(s), s] for s in RANGING_STEPS_S],
            "testing": [[_epoch(s), s] for s in TESTING_STEPS_S],
        },
    }
    if side == "server":
        record["ptd_messages"] = _ptd_messages()
        record["ptd_config"] = [{"device_type": 49, "command": [], "channel": None}]
    return record


def _epoch(seconds: float) -> float:
    return (BEGIN + timedelta(seconds=seconds)).replace(tzinfo=UTC).timestamp()


def _ptd_messages() -> list[dict[str, str]]:
    identity = f"YokogawaWT310,1000,1,1,version={PTD_VERSIONS[0]}-00000000-20240907,OS=Linux"
    pairs = [
        ("Hello", "Hello, PTDaemon here!"),
        ("Identify", identity),
        ("RR", "Ranges,0,20.000000,0,300.000000"),
    ]
    for phase, amps, volts in (("ranging", "Auto", "Auto"), ("testing", "0.5", "300.0")):
        pairs += [
            (f"SR,V,{volts}", REPLIES["SR,V"]),
            (f"SR,A,{amps}", REPLIES["SR,A"]),
            (f"Go,1000,0,{NAME}_{phase}", REPLIES["Go,1000,"]),
            ("Stop", STOPPED),
            ("Watts", f"Watts,{WATTS:.6f},{WATTS:.6f},{WATTS:.6f},680,0,680"),
        ]
    pairs += [("SR,V,300.000000", REPLIES["SR,V"])]
    pairs += [("SR,A,20.000000", REPLIES["SR,A"])] * 2
    return [{"cmd": command, "reply": reply} for command, reply in pairs]


def _time(seconds: float) -> str:
    return (BEGIN + timedelta(seconds=seconds)).strftime("%m-%d-%Y %H:%M:%S.%f")[:-3]


def _spl(phase: str, steps: tuple[float, ...]) -> str:
    seconds = range(int(steps[1]), int(steps[2]))
    return "".join(
        f"Time,{_time(s)},Watts,{WATTS:.6f},Volts,230.000000,Amps,0.050000,PF,0.900000,"
        f"Mark,{NAME}_{phase}\n"
        for s in seconds
    )


def _ptd_log() -> str:
    lines = [
        (1.0, "Uncertainty checking for YokogawaWT310 is activated"),
        (RANGING_STEPS_S[1], f"Go with mark '{NAME}_ranging'"),
        (RANGING_STEPS_S[1] + 1, "ERROR: Can't evaluate uncertainty of this sample!"),
        (RANGING_STEPS_S[2], "Completed test"),
        (TESTING_STEPS_S[1], f"Go with mark '{NAME}_testing'"),
        (TESTING_STEPS_S[2], "Completed test"),
    ]
    return "".join(f"{_time(s)}: {text}\n" for s, text in lines)
