"""The test kit's serial line: a pty in front of a program that plays a device.

    python -m edgebench.virtual.serial_line PROGRAM [OPTION ...]

prints the pty's path, or why the program can't be started, and carries bytes between it and the
program's standard input and output, each one after its time on a line at that rate, both ways; a
host that has set the pty to another rate than the device's gets, and sends, garbage. It ends with
its standard input. The marker pin's wire ends in a meter of the virtual bench.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import signal
import socket
import subprocess
import sys
import termios
import time
import tty
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from edgebench.device.options import DEFAULT_BAUD
from edgebench.device.port.link import BITS_PER_BYTE
from edgebench.errors import EdgebenchError
from edgebench.files.refusals import refusal
from edgebench.virtual.announce import announce
from edgebench.virtual.meters.marker import socket_address
from edgebench.virtual.serial_faults import Faults, parse_faults

GONE_S = 1.0
"""How long a port that is plugged in again has gone."""
GRAIN_S = 0.0005
"""Bytes of one burst are handed over together when they are due this close to each other."""
READ_BYTES = 4096
BAUD_RATES = {
    getattr(termios, name): int(name[1:])
    for name in dir(termios)
    if name[0] == "B" and name[1:].isdecimal()
}


class Direction:
    """One way of the line: bytes that wait for their time."""

    def __init__(self, faults: Faults, chance: random.Random, delay_s: float = 0.0) -> None:
        self._faults = faults
        self._chance = chance
        self._delay_s = delay_s
        self._queue: deque[tuple[float, int]] = deque()
        self._last_due = 0.0

    def take(self, data: bytes, now: float, byte_s: float, garbled: bool) -> None:
        """Put bytes on the line."""
        for byte in data:
            for carried in self._carried(byte):
                # A receiver at another rate sees other bytes, and not as many.
                seen = self._chance.randrange(256) if garbled else carried
                self._last_due = max(now, self._last_due) + byte_s
                self._queue.append((self._last_due + self._delay_s, seen))

    def _carried(self, byte: int) -> Sequence[int]:
        rates = self._faults.rates
        if not rates:
            return (byte,)
        if self._chance.random() < rates.get("drop", 0):
            return ()
        if self._chance.random() < rates.get("corrupt", 0):
            byte ^= 1 << self._chance.randrange(7)
        return (byte, byte) if self._chance.random() < rates.get("duplicate", 0) else (byte,)

    def due(self, now: float) -> bytes:
        """Return the bytes that have come through."""
        ready = bytearray()
        while self._queue and self._queue[0][0] <= now:
            ready.append(self._queue.popleft()[1])
        return bytes(ready)

    def next_due(self) -> float | None:
        """Return when to look again: when the last byte is due, or a grain after the first."""
        if not self._queue:
            return None
        return min(self._queue[-1][0], self._queue[0][0] + GRAIN_S)

    def clear(self) -> None:
        """Lose what is on the line."""
        self._queue.clear()


class Wire:
    """The line, the device's program and the faults."""

    def __init__(
        self,
        program: Path,
        baud: int,
        faults: Faults,
        marker: Path | None = None,
        audio: Path | None = None,
    ) -> None:
        options = ["--audio", str(audio)] if audio is not None else []
        self._program = [str(program), *options, *faults.device_arguments]
        self._first_baud = self._device_baud = baud
        self._faults = faults
        chance = random.Random(faults.seed)  # noqa: S311 (faults, not secrets)
        self._to_device = Direction(faults, chance)
        self._to_host = Direction(faults, chance, faults.delay_ms / 1e3)
        self._taken = 0
        self._counts = dict(faults.counts)
        # A pseudo-terminal has another name each time; a link to it has the same.
        self._folder = (
            TemporaryDirectory(prefix="edgebench-port-") if "replug" in faults.counts else None
        )
        self.port = self._plug_in()
        self._back_at: float | None = None
        self._is_hanging = False
        self._boots_at: float | None = time.monotonic() + faults.boot_ms / 1e3
        self._device: subprocess.Popen[bytes] | None = None
        self._control = -1
        self._marker = marker
        self._marks = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._marks.setblocking(False)

    def _plug_in(self) -> str:
        """Make the pseudo-terminal; return the name that a host opens."""
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.set_host_baud(self._first_baud)
        name = os.ttyname(self._slave)
        if self._folder is None:
            return name
        link = Path(self._folder.name) / "port"
        link.unlink(missing_ok=True)
        link.symlink_to(name)
        return str(link)

    def set_host_baud(self, baud: int) -> None:
        """Set the pty's rate to begin with, so that a host which sets none is understood."""
        speeds = {rate: constant for constant, rate in BAUD_RATES.items()}
        attributes = termios.tcgetattr(self._slave)
        attributes[4] = attributes[5] = speeds.get(baud, termios.B115200)
        termios.tcsetattr(self._slave, termios.TCSANOW, attributes)

    def start(self) -> None:
        """Start the device, unless it boots later.

        Raises
        ------
        OSError
            If the system refuses another process.
        """
        if not self._faults.boot_ms:
            self._boots_at = None
            self._start_device()

    def run(self) -> None:
        """Carry bytes until standard input ends."""
        try:
            while self._step():
                pass
        finally:
            self._stop_device()
            if self._folder is not None:
                self._folder.cleanup()

    def _step(self) -> bool:
        now = time.monotonic()
        if self._back_at is not None and now >= self._back_at:
            self._back_at = None
            self._plug_in()
            self._reboot()
        if self._boots_at is not None and now >= self._boots_at:
            self._boots_at = None
            self._start_device()
        self._deliver(now)
        readable, _, _ = select.select(self._sources(), [], [], self._patience(now))
        now = time.monotonic()
        for source in readable:
            if source not in self._sources():
                continue  # its device has been stopped meanwhile
            if source == sys.stdin.fileno():
                if not os.read(source, READ_BYTES):
                    return False
            elif source == self._master:
                self._from_host(now)
            elif source == self._control:
                self._from_control()
            else:
                self._from_device(source, now)
        return True

    def _sources(self) -> list[int]:
        sources = [sys.stdin.fileno()]
        if self._master >= 0:
            sources.append(self._master)
        if self._device is not None and self._device.stdout is not None:
            sources += [self._device.stdout.fileno(), self._control]
        return sources

    def _patience(self, now: float) -> float | None:
        times = [
            self._to_device.next_due(),
            self._to_host.next_due(),
            self._boots_at,
            self._back_at,
        ]
        due = [each for each in times if each is not None]
        return max(0.0, min(due) - now) if due else None

    def _deliver(self, now: float) -> None:
        data = self._to_device.due(now)
        stdin = self._device.stdin if self._device is not None else None
        if data and stdin is not None and not self._is_hanging:
            # A device that has just ended takes nothing; its end is seen on its output.
            with suppress(BrokenPipeError):
                stdin.write(data)
        answer = self._to_host.due(now)
        if answer and self._master >= 0:
            os.write(self._master, answer)

    def _host_baud(self) -> int:
        return BAUD_RATES.get(termios.tcgetattr(self._slave)[5], 0)

    def _from_host(self, now: float) -> None:
        data = os.read(self._master, READ_BYTES)
        garbled = self._host_baud() != self._device_baud
        self._to_device.take(data, now, self._byte_s, garbled)
        self._taken += len(data)
        for fault, limit in list(self._counts.items()):
            if self._taken >= limit:
                del self._counts[fault]
                getattr(self, f"_{fault}")()

    def _from_device(self, source: int, now: float) -> None:
        data = os.read(source, READ_BYTES)
        if not data:
            self._stop_device()
            return
        garbled = self._host_baud() != self._device_baud
        self._to_host.take(data, now, self._byte_s, garbled)

    def _from_control(self) -> None:
        # A change of rate is passed on after what was sent at the old one has been written.
        for line in os.read(self._control, READ_BYTES).decode("ascii", "replace").splitlines():
            word, _, value = line.partition(" ")
            if word == "baud" and value.isdecimal():
                self._device_baud = int(value)
            elif word == "mark" and value.isdecimal() and self._marker is not None:
                # No meter that listens, or one that is slow, must not hold the line up.
                with suppress(OSError):
                    self._marks.sendto(f"{value}000".encode(), socket_address(self._marker))

    @property
    def _byte_s(self) -> float:
        return BITS_PER_BYTE / self._device_baud

    def _start_device(self) -> None:
        reading, writing = os.pipe()
        self._device_baud = self._first_baud
        self._device = subprocess.Popen(
            [*self._program, "--control", str(writing)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            pass_fds=(writing,),
        )
        os.close(writing)
        self._control = reading

    def _stop_device(self) -> None:
        if self._device is None:
            return
        self._device.kill()
        self._device.wait()
        for stream in (self._device.stdin, self._device.stdout):
            if stream is not None:
                stream.close()
        os.close(self._control)
        self._device, self._control = None, -1

    def _reboot(self) -> None:
        self._stop_device()
        self._to_device.clear()
        self._to_host.clear()
        self._boots_at = time.monotonic() + self._faults.boot_ms / 1e3

    def _hang(self) -> None:
        self._is_hanging = True
        self._to_host.clear()

    def _unplug(self) -> None:
        os.close(self._master)
        os.close(self._slave)
        self._master = -1
        if self._folder is not None:
            (Path(self._folder.name) / "port").unlink()
        self._stop_device()
        self._to_host.clear()

    def _replug(self) -> None:
        self._unplug()
        self._back_at = time.monotonic() + GONE_S


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("program", type=Path)
    parser.add_argument("--baud", type=int, default=DEFAULT_BAUD)
    parser.add_argument("--inject", action="append", default=[])
    parser.add_argument(
        "--marker", type=Path, help="A datagram socket: it is sent the time of each pulse, in ns."
    )
    parser.add_argument("--audio", type=Path, help="A socket that the device connects to.")
    asked = parser.parse_args(arguments)
    # Ctrl-C is the runner's to handle; the line ends with its standard input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        faults = parse_faults(asked.inject)
        wire = Wire(asked.program, asked.baud, faults, asked.marker, asked.audio)
    except EdgebenchError as error:
        print(f"{error}", file=sys.stderr)
        return error.exit_code
    try:
        wire.start()
    except OSError as error:
        announce(refusal(error))
        return 1
    announce(wire.port)
    try:
        wire.run()
    except OSError as error:
        print(f"the emulated serial line ended: {refusal(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
