"""labgrid, through its own client program, in an environment of its own.

labgrid brings another ``serial`` package, which must never share an environment with pyserial: so
it is never imported here. Everything it says is parsed as text, and every call has a deadline.
"""

from __future__ import annotations

import ast
import logging
import os
import re
import shlex
import shutil
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from getpass import getuser
from pathlib import Path

from edgebench.errors import DeviceLost, RuntimeMissing, UsageError

logger = logging.getLogger(__name__)

CLIENT = "labgrid-client"
VARIABLE = "EDGEBENCH_LABGRID"
INSTALL = "pipx install labgrid"
OLDEST = (25, 0)
TIMEOUT_S = 20.0
TURN_S = 10.0
"""A turn is waited for so long at a time: each takes a client process, 0.3 s of CPU."""
PORTS = {"NetworkSerialPort": ("host", "port")}
LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")
_VERSION = re.compile(r"(\d+)\.(\d+)")
_PLACE = re.compile(r"^Place '(.+)':$")
_TOKEN = re.compile(r"^export LG_TOKEN=(\w+)$", re.MULTILINE)
_STATE = re.compile(r"^\s*state: (\w+)$", re.MULTILINE)
_RESOURCE = re.compile(r"^(?:Acquired|Matching) resource '([^']*)' \(([^)]*)\):$")


class FarmUnreachable(DeviceLost):
    """The coordinator does not answer."""


class PlaceTaken(DeviceLost):
    """A place is somebody else's."""


@dataclass(frozen=True)
class Place:
    """A place of the farm; ``holder`` is HOST/USER, empty where nobody holds it."""

    name: str
    holder: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""
    matches: tuple[str, ...] = ()


def own_identity() -> str:
    """Return HOST-PROCESS/USER: two plans of the same user must not take each other's places."""
    host = os.environ.get("LG_HOSTNAME") or socket.gethostname()
    return f"{host}-{os.getpid()}/{os.environ.get('LG_USERNAME') or getuser()}"


@dataclass(frozen=True)
class Labgrid:
    """The client program, the coordinator it asks, and who we are to it."""

    client: str
    coordinator: str = ""
    identity: str = field(default_factory=own_identity)

    def _run(self, *arguments: str, timeout_s: float = TIMEOUT_S, patient: bool = False) -> str:
        """Run the client; to a ``patient`` caller what it said until the deadline is an answer."""
        host, _, user = self.identity.partition("/")
        # Unbuffered: what a client that waits has said counts even if it is ended.
        env = {**os.environ, "LG_HOSTNAME": host, "LG_USERNAME": user, "PYTHONUNBUFFERED": "1"}
        if self.coordinator:
            env["LG_COORDINATOR"] = self.coordinator
        try:
            done = subprocess.run(
                [self.client, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout_s,
                check=False,
                env=env,
            )
        except subprocess.TimeoutExpired as error:
            if patient and error.stdout:
                # TimeoutExpired has bytes, whatever was asked for (cpython issue 87597).
                return bytes(error.stdout).decode("utf-8", "replace")
            raise FarmUnreachable(
                f"labgrid's coordinator does not answer within {timeout_s:.0f} s"
            ) from error
        except OSError as error:
            raise RuntimeMissing(f"{self.client}: can't be run: {error.strerror}") from error
        logger.debug(
            "labgrid-client %s: exit code %d, %r",
            shlex.join(arguments),
            done.returncode,
            done.stderr if done.returncode else done.stdout,
        )
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if line.strip()]
            reason = said[-1].strip() if said else f"exit code {done.returncode}"
            if "connect" in done.stderr.lower():
                raise FarmUnreachable(
                    f"labgrid's coordinator can't be reached: {reason}; is labgrid-coordinator "
                    "running, and LG_COORDINATOR right?"
                )
            raise DeviceLost(f"labgrid: {reason}")
        return done.stdout

    def places(self) -> list[Place]:
        """Return every place, by name."""
        return parse_places(self._run("-v", "places"))

    def place(self, name: str) -> Place:
        """Return a place.

        Raises
        ------
        UsageError
            If there is none of that name.
        """
        for place in self.places():
            if place.name == name:
                return place
        raise UsageError(f"the farm has no place {name!r}: `edgebench farm list`")

    def acquire(self, name: str) -> None:
        """Take a place for us alone.

        Raises
        ------
        PlaceTaken
            If somebody holds it: also another plan of ours, which must not be disturbed.
        """
        holder = self.place(name).holder
        if holder:
            raise PlaceTaken(f"place {name} is held by {holder}")
        try:
            self._run("-p", name, "acquire")
        except FarmUnreachable:
            raise
        except DeviceLost as error:
            raise PlaceTaken(f"place {name} can't be acquired: {error}") from error

    def reserve(self, name: str) -> str:
        """Queue for a place, behind those who did so before; return the reservation's token.

        labgrid forgets a reservation that nobody waits for after a minute.

        Raises
        ------
        PlaceTaken
            If labgrid makes none, as for a name that none of its tags could have.
        """
        try:
            found = _TOKEN.search(self._run("reserve", "--shell", f"name={name}"))
        except FarmUnreachable:
            raise
        except DeviceLost as error:
            raise PlaceTaken(f"place {name} can't be reserved: {error}") from error
        if found is None:
            raise PlaceTaken(f"place {name} can't be reserved: labgrid tells no token")
        return found[1]

    def is_our_turn(self, token: str, timeout_s: float = TURN_S) -> bool:
        """Wait for a reserved place to be free for us; return whether it is.

        Raises
        ------
        PlaceTaken
            If the reservation is no more, as after a restart of the coordinator.
        """
        try:
            said = self._run("wait", token, timeout_s=timeout_s, patient=True)
        except FarmUnreachable:
            raise
        except DeviceLost as error:
            raise PlaceTaken(f"reservation {token} is lost: {error}") from error
        states = _STATE.findall(said)
        if states and states[-1] in ("expired", "invalid"):
            raise PlaceTaken(f"reservation {token} is {states[-1]}")
        return bool(states) and states[-1] != "waiting"

    def cancel(self, token: str) -> None:
        """Give a reservation up; a place that is acquired by now stays so."""
        self._run("cancel-reservation", token)

    def release(self, name: str) -> None:
        """Let a place go, but only if it is ours."""
        self._run("-p", name, "release-from", self.identity)

    def holds(self, name: str) -> bool:
        """Return whether a place is ours."""
        return self.place(name).holder == self.identity

    def power_cycle(self, name: str) -> None:
        """Switch a place's board off and on; it must be ours and have a power switch."""
        self._run("-p", name, "power", "cycle", timeout_s=60.0)

    def port(self, name: str) -> str:
        """Return the URL of a place's serial port.

        Raises
        ------
        DeviceLost
            If its exporter is gone, or it exports none.
        """
        return parse_port(self._run("-p", name, "show"), name)


def find_labgrid(coordinator: str = "") -> Labgrid:
    """Return labgrid's client.

    It is looked for in ``$EDGEBENCH_LABGRID`` (a program or the folder that it lies in), on the
    PATH and where pipx puts programs.

    Raises
    ------
    RuntimeMissing
        If it is not there, or too old.
    """
    named = os.environ.get(VARIABLE)
    if named:
        path = Path(named)
        client: str | None = str(path / CLIENT if path.is_dir() else path)
    else:
        client = shutil.which(CLIENT) or shutil.which(CLIENT, path=Path.home() / ".local" / "bin")
    if named and client is not None and not Path(client).is_file():
        raise RuntimeMissing(
            f"{VARIABLE} is {named}, where no {CLIENT} is: name that program, or its folder, or "
            f"unset it and `{INSTALL}`"
        )
    if client is None or not Path(client).is_file():
        raise RuntimeMissing(
            f"labgrid is not here: `{INSTALL}`, in an environment of its own, or name its folder "
            f"in {VARIABLE}"
        )
    version = _version(client)
    if version < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise RuntimeMissing(
            f"{client} is labgrid {'.'.join(map(str, version))}, older than {oldest}: "
            f"`{INSTALL.replace('install', 'upgrade')}`"
        )
    return Labgrid(client, coordinator)


def _version(client: str) -> tuple[int, int]:
    """Ask the Python beside the client: the client itself has no ``--version``."""
    python = Path(client).resolve().parent / "python"
    code = "from importlib.metadata import version; print(version('labgrid'))"
    try:
        done = subprocess.run(
            [str(python if python.is_file() else "python3"), "-c", code],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RuntimeMissing(f"{client}: can't be asked for its version: {error}") from error
    found = _VERSION.match(done.stdout.strip())
    if not found:
        raise RuntimeMissing(f"{client}: can't be asked for its version: is labgrid whole?")
    return int(found[1]), int(found[2])


def parse_places(text: str) -> list[Place]:
    """Read what ``labgrid-client -v places`` prints."""
    places: list[Place] = []
    values: dict[str, str] = {}
    matches: list[str] = []
    name = ""

    def finish() -> None:
        if name:
            holder = values.get("acquired", "None")
            tags = dict(
                pair.split("=", 1) for pair in values.get("tags", "").split(", ") if "=" in pair
            )
            places.append(
                Place(
                    name,
                    "" if holder == "None" else holder,
                    tags,
                    values.get("comment", ""),
                    tuple(matches),
                )
            )

    section = ""
    for line in text.splitlines():
        if found := _PLACE.match(line):
            finish()
            name, values, matches, section = found[1], {}, [], ""
            continue
        key, colon, value = line.strip().partition(":")
        if line.startswith("    ") and section == "matches":
            matches.append(line.strip())
        elif colon:
            section = key
            values[key] = value.strip()
    finish()
    return places


def parse_port(text: str, place: str) -> str:
    """Read a place's serial port from what ``labgrid-client show`` prints.

    Raises
    ------
    DeviceLost
        If there is none that can be used.
    """
    blocks: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if found := _RESOURCE.match(line):
            blocks.append((found[2], []))
        elif blocks and line.startswith("  "):
            blocks[-1][1].append(line)
    for path, lines in blocks:
        kind = path.split("/")[2] if path.count("/") >= 2 else ""
        if kind not in PORTS:
            continue
        try:
            resource = ast.literal_eval("\n".join(lines).strip())
            params, there = resource["params"], resource["avail"]
            host, port = str(params["host"]), int(params["port"])
        except (ValueError, SyntaxError, KeyError, TypeError) as error:
            raise DeviceLost(f"place {place}: labgrid tells no port of {path}: {error}") from error
        if not there:
            raise DeviceLost(f"place {place}: its exporter says that {path} is not there")
        raw = str(params.get("protocol") or "rfc2217") == "raw"
        return f"{'socket' if raw else 'rfc2217'}://{host}:{port}"
    if "Orphaned resource" in text:
        raise DeviceLost(f"place {place}: its exporter is gone")
    raise DeviceLost(
        f"place {place} has no {' or '.join(PORTS)}: what edgebench talks to is a serial port over "
        "the network"
    )


def beyond_loopback(coordinator: str) -> bool:
    """Return whether a coordinator is asked over a network: labgrid's channel is open to all."""
    address = coordinator or os.environ.get("LG_COORDINATOR", "")
    host = address.rpartition(":")[0] or address
    return bool(host) and host not in LOOPBACK
