"""A farm on loopback: labgrid's own coordinator and exporters, with emulated boards behind them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import pytest

from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import EdgebenchError
from edgebench.farm.labgrid.client import Labgrid
from tests.conftest import ROOT
from tests.farm.labgrid.switch import PowerSwitch

PROGRAMS = Path(os.environ.get("EDGEBENCH_LABGRID") or ROOT / ".labgrid" / "bin")
needs_labgrid = pytest.mark.skipif(
    not (PROGRAMS / "labgrid-client").is_file(),
    reason=f"labgrid is not in {PROGRAMS}: `make .labgrid/.done`, or EDGEBENCH_LABGRID",
)
Board = tuple[str, ...]
BOARDS = {
    "host0": ("host", "kws-ds-cnn"),
    "host1": ("host", "kws-ds-cnn"),
    "qemu0": ("board", "mps2-an385", "kws-ds-cnn"),
}


class Bench(CloseOnExit):
    """A context manager: ``boards`` by place; each exporter has its share of them in turn.

    ``switched`` boards have an outlet each of a switch that labgrid knows. A ``pty`` board is a
    serial port of the exporter's own machine, which it hands on by ser2net; others are raw ports.
    """

    def __init__(
        self, folder: Path, boards: dict[str, Board], exporters: int = 2, *, switched: bool = False
    ) -> None:
        self.folder = folder
        self.boards = boards
        self.names = [f"exporter{number}" for number in range(exporters)]
        self.address = f"127.0.0.1:{_free_port()}"
        self.ports: dict[str, str] = {}
        self.switch = PowerSwitch(self._flip) if switched else None
        self.processes: dict[str, subprocess.Popen[str]] = {}
        self.labgrid = Labgrid(str(PROGRAMS / "python"), self.address, "here/me")

    def __enter__(self) -> Self:
        try:
            self._come_up()
        except BaseException:
            self._stop_all()  # a farm that half came up must not burn a processor for ever
            raise
        return self

    def _come_up(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_places()
        for place in self.boards:
            self.start_board(place)
        for place in self.boards:
            output = self.processes[place].stdout
            self.ports[place] = output.readline().strip() if output is not None else ""
        self.start_coordinator()
        for name in self.names:
            self.start_exporter(name)
        for place in self.boards:
            wait_until(lambda place=place: self._is_exported(place))  # type: ignore[misc]

    def _write_places(self) -> None:
        """Write what the coordinator reads at its start: a start of labgrid's client takes 1 s."""
        places = {
            place: {
                "tags": {"kind": "emulated", "board": board[0]},
                "matches": [{"exporter": "*", "group": place, "cls": "*"}],
            }
            for place, board in self.boards.items()
        }
        (self.folder / "places.yaml").write_text(json.dumps(places))

    def close(self) -> None:
        """Stop all its processes."""
        self._stop_all()

    def _stop_all(self) -> None:
        if self.switch is not None:
            self.switch.close()
        for name in list(self.processes):
            self.stop(name)

    # -- parts ---------------------------------------------------------------------------------

    def start_board(self, place: str) -> None:
        """Start a place's board, on the port it had."""
        words = list(self.boards[place])
        if place in self.ports:
            words.append(self.ports[place])
        self._start(place, [sys.executable, "-m", "tests.farm.labgrid.tcp_port", *words], cwd=ROOT)

    def start_coordinator(self) -> None:
        """Start the coordinator; it keeps its places in the bench's folder."""
        self._start("coordinator", [str(PROGRAMS / "labgrid-coordinator"), "-l", self.address])
        wait_until(self._listens)  # exporters give up at once

    def start_exporter(self, name: str) -> None:
        """Start an exporter, with its share of the boards."""
        mine = list(self.boards)[self.names.index(name) :: len(self.names)]
        lines = []
        for place in mine:
            lines.append(f"{place}:")
            if self.boards[place][0] == "pty":
                lines += ["  RawSerialPort:", f"    port: {self.ports[place]}"]
            else:
                lines += [
                    "  NetworkSerialPort:",
                    "    host: 127.0.0.1",
                    f"    port: {self.ports[place]}",
                    "    protocol: raw",
                ]
            if self.switch is not None:
                index = list(self.boards).index(place)
                lines += [
                    "  NetworkPowerPort:",
                    "    model: rest",
                    f"    host: '{self.switch.url}'",
                    f"    index: {index}",
                ]
        config = self.folder / f"{name}.yaml"
        config.write_text("\n".join(lines) + "\n")
        self._start(
            name,
            [
                str(PROGRAMS / "labgrid-exporter"),
                "-c",
                self.address,
                "-n",
                name,
                "--hostname",
                "127.0.0.1",
                str(config),
            ],
        )

    def stop(self, name: str, how: int = signal.SIGKILL) -> None:
        """End a part."""
        process = self.processes.pop(name)
        os.killpg(process.pid, how)
        process.wait()

    def _flip(self, index: int, on: bool) -> None:
        place = list(self.boards)[index]
        if on:
            self.start_board(place)
        else:
            self.stop(place)

    def exporter_of(self, place: str) -> str:
        """Return which exporter has a place's board."""
        return self.names[list(self.boards).index(place) % len(self.names)]

    def _start(self, name: str, command: Sequence[str], cwd: Path | None = None) -> None:
        log = (self.folder / f"{name}.log").open("a")
        asked = name == "reservations"
        output = subprocess.PIPE if asked or name in self.boards else log
        self.processes[name] = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if asked else subprocess.DEVNULL,
            stdout=output,
            stderr=log,
            text=True,
            cwd=cwd or self.folder,
            start_new_session=True,
        )
        log.close()

    def _listens(self) -> bool:
        host, _, port = self.address.partition(":")
        with socket.socket() as probe:
            return probe.connect_ex((host, int(port))) == 0

    # -- labgrid -------------------------------------------------------------------------------

    def queue(self) -> list[str]:
        """Return who has reserved a place, the first in turn first, as labgrid has it."""
        if "reservations" not in self.processes:
            script = Path(__file__).with_name("reservations.py")
            self._start("reservations", [str(PROGRAMS / "python"), str(script), self.address])
        process = self.processes["reservations"]
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("?\n")
        process.stdin.flush()
        owners: list[str] = json.loads(process.stdout.readline())
        return owners

    def _is_exported(self, place: str) -> bool:
        # What ser2net hands on has no port until somebody has the place.
        try:
            resources = self.labgrid.place(place).resources
        except EdgebenchError:
            return False
        return any(each.available for each in resources)

    def holder(self, place: str) -> str:
        """Return who holds a place."""
        return self.labgrid.place(place).holder

    def held(self) -> list[str]:
        """Return the places that somebody holds."""
        return [place.name for place in self.labgrid.places() if place.holder]


def wait_until(ready: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for something to be so."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds:g} s")
        time.sleep(0.2)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        number: int = free.getsockname()[1]
        return number
