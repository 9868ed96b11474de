"""Faults of a power session, in the Offline result of a made tree."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.results.planted.faults import (
    Fault,
    Harm,
    all_of,
    as_json,
    edited,
    field,
    logged,
    removed,
    written,
)
from tests.results.planted.power_session import seal

OFFLINE = "closed/Org/results/board/resnet/Offline"
RUN = "performance/run_1"
POWER = f"{OFFLINE}/performance/power"
CLIENT, SERVER = f"{POWER}/client.json", f"{POWER}/server.json"


def sealed(harm: Harm) -> Harm:
    """Plant a fault in a power session, and write its hash into the records as a forger would."""

    def both(root: Path) -> None:
        harm(root)
        seal(root / OFFLINE / "performance")

    return both


def message(at: int, **values: str) -> Any:
    return lambda record: record["messages"][at].update(values)


def ptd(old: str, new: str) -> Any:
    """Change a text in all of PTDaemon's replies."""

    def change(record: dict[str, Any]) -> None:
        for each in record["ptd_messages"]:
            each["reply"] = each["reply"].replace(old, new)

    return change


def cut(name: str, keep: int) -> Any:
    return lambda record: record.update({name: record[name][:keep]})


POWER_FAULTS: Mapping[str, Fault] = {
    "no client.json": Fault(removed(CLIENT), "no client.json"),
    "no server.json": Fault(removed(SERVER), "no server.json"),
    "no ptd_logs": Fault(removed(f"{POWER}/ptd_logs.txt"), "no ptd_logs.txt"),
    "no client.log": Fault(removed(f"{POWER}/client.log"), "no client.log"),
    "extra file": Fault(written(f"{POWER}/session.json", "{}"), "does not belong here"),
    "no ranging": Fault(removed(f"{OFFLINE}/performance/ranging/spl.txt"), "is missing"),
    "source": Fault(
        as_json(CLIENT, lambda r: r["sources"].update({"client.py": "0" * 40})),
        "client.py is not the file of MLCommons'",
    ),
    "server's source": Fault(
        as_json(SERVER, lambda r: r["sources"].pop("lib/server.py")),
        "lib/server.py is not the file of MLCommons'",
    ),
    "PTD 1.9.1": Fault(as_json(SERVER, ptd("1.11.1", "1.9.1")), "PTDaemon 1.9.1; the rules take"),
    "analyzer": Fault(
        as_json(SERVER, ptd("YokogawaWT310,", "HomeMeter,")), "don't take the analyzer"
    ),
    "never identified": Fault(
        as_json(
            SERVER, ptd("YokogawaWT310,1000,1,1,version=1.11.1-00000000-20240907,OS=Linux", "")
        ),
        "never said what analyzer",
    ),
    "range refused": Fault(
        as_json(SERVER, ptd("Range A changed", "Error: range")), "PTDaemon answered 'SR,A"
    ),
    "range not put back": Fault(
        as_json(SERVER, ptd("Ranges,0,20.000000", "Ranges,0,10.000000")), "range was not put back"
    ),
    "device type": Fault(
        as_json(SERVER, lambda r: r["ptd_config"][0].update(device_type=1)), "analyzer of type 1"
    ),
    "one channel of two": Fault(
        as_json(SERVER, lambda r: r["ptd_config"][0].update(device_type=77, channel=[1])),
        "with 1 channels, not 2",
    ),
    "debug": Fault(field(SERVER, "debug", True), "ran in debug mode"),
    "messages cut": Fault(as_json(CLIENT, cut("messages", 2)), "client.json has 2 messages"),
    "message changed": Fault(as_json(CLIENT, message(2, reply="ERROR")), "message 2 is"),
    "client's version": Fault(
        all_of(
            as_json(CLIENT, message(0, cmd="mlcommons/power client v2")),
            as_json(SERVER, message(0, cmd="mlcommons/power client v2")),
        ),
        "are of different versions",
    ),
    "other session": Fault(field(CLIENT, "session_name", "other"), "is of session other"),
    "other uuid": Fault(
        as_json(CLIENT, lambda r: r["uuid"].update(client="3" * 8 + "-3333-4333-8333-" + "3" * 12)),
        "is of session",
    ),
    "clocks apart": Fault(
        as_json(CLIENT, lambda r: r["phases"]["testing"][1].__setitem__(0, 1785578531.5)),
        "the clocks of client and server differ",
    ),
    "phase cut": Fault(
        as_json(CLIENT, lambda r: r["phases"]["testing"].pop()), "the steps of testing differ"
    ),
    "test outside": Fault(
        sealed(
            logged(
                f"{OFFLINE}/{RUN}",
                power_begin="08-01-2026 10:14:30.000",
                power_end="08-01-2026 10:24:31.000",
            )
        ),
        "outside of the testing phase",
    ),
    "spl changed": Fault(
        edited(f"{OFFLINE}/{RUN}/spl.txt", "Watts,10.000000", "Watts,9.900000"),
        "is not the file that server.json has the SHA-1 of",
    ),
    "log changed": Fault(
        edited(f"{POWER}/client.log", "made", "forged"), "is not the file that client.json"
    ),
    "hash left out": Fault(
        as_json(SERVER, lambda r: r["results"].pop("run_1/spl.txt")), "has its SHA-1"
    ),
    "less power, with its hash": Fault(
        sealed(edited(f"{OFFLINE}/{RUN}/spl.txt", "Watts,10.000000", "Watts,9.000000")),
        "less power than ranging",
    ),
    "a little less power, with its hash": Fault(
        sealed(edited(f"{OFFLINE}/{RUN}/spl.txt", "Watts,10.000000", "Watts,9.800000")),
        "PTDaemon reported 10.00 W",
        official=False,
    ),
    "no uncertainty": Fault(
        sealed(edited(f"{POWER}/ptd_logs.txt", "is activated", "is off")),
        "uncertainty checking was not activated",
    ),
    "PTDaemon's error": Fault(
        sealed(
            edited(
                f"{POWER}/ptd_logs.txt",
                "08-01-2026 10:23:30.000: Completed test",
                "08-01-2026 10:20:00.000: ERROR: Bad watts reading nan from Yokogawa",
            )
        ),
        "ERROR: Bad watts reading",
    ),
    "no ranging in the log": Fault(
        sealed(edited(f"{POWER}/ptd_logs.txt", "_ranging'", "_nothing'")),
        "does not say when ranging began",
    ),
    "no power factor": Fault(
        sealed(edited(f"{OFFLINE}/{RUN}/spl.txt", ",PF,0.900000", "")), "has no power factor"
    ),
    "no readings": Fault(
        sealed(
            edited(f"{OFFLINE}/{RUN}/spl.txt", "Time,08-01-2026", "Time,08-02-2026"),
        ),
        "no reading above 0 W",
    ),
}
