"""How fast inputs are loaded over a serial line, side by side in one run.

    .venv/bin/python benchmarks/serial_load.py [--rounds 5] [--baud 115200] [MODEL]

On the emulated line, which keeps the rate's byte times both ways: hexadecimal as the reference
firmware takes it (38 bytes a command), the habit of MLCommons' runner on the same line (31 bytes
a command, one read() a character), and binary frames. Prints bytes of input a second and what
share of the line's time the protocol's own bytes filled. Medians over the rounds.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np

from edgebench.device.client import Device
from edgebench.device.port.link import Link, LinkOptions
from edgebench.device.protocol import command
from edgebench.firmware.building.host import HostOptions, build_host
from edgebench.host.state import cpu_times, others_share
from edgebench.models.resolve import resolve_model
from edgebench.virtual.emulated_device import EmulatedPort

HABIT_BYTES = 31


def load_by_habit(link: Link, data: bytes) -> None:
    """Load as MLCommons' runner does: 31 bytes a command, answers read character by character."""
    port = link._serial
    port.timeout = 1.0

    def wait() -> None:
        line = b""
        while b"m-ready\r\n" not in line:
            character = port.read(1)
            if not character:
                raise RuntimeError("no m-ready")
            line += character
            link.received_bytes += 1

    link.send(command("db", "load", len(data)))
    wait()
    for start in range(0, len(data), HABIT_BYTES):
        link.send(command("db", data[start : start + HABIT_BYTES].hex()))
        wait()


def measured(link: Link, load: Callable[[], None], rounds: int) -> tuple[float, float]:
    """Return the median seconds of a load, and the line's share of them."""
    seconds, shares = [], []
    for _ in range(rounds):
        before, started = link.carried_bytes, time.perf_counter()
        load()
        passed = time.perf_counter() - started
        seconds.append(passed)
        on_line = link.seconds_for(link.carried_bytes - before)
        shares.append(on_line / passed)
    return statistics.median(seconds), statistics.median(shares)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("model", nargs="?", default="kws-ds-cnn")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--baud", type=int, default=115200)
    asked = parser.parse_args()
    model = resolve_model(asked.model)
    size = model.facts.inputs[0].size_bytes
    data = np.random.default_rng(1).integers(0, 256, size, dtype=np.uint8).tobytes()
    program = build_host(model, HostOptions(slots=1))
    before = cpu_times()
    with (
        EmulatedPort(program, asked.baud) as port,
        Link(port.port, LinkOptions(asked.baud)) as link,
    ):
        device = Device(link, verify="never")
        device.wake()
        ways: dict[str, Callable[[], None]] = {
            f"hex, {HABIT_BYTES} bytes, read(1)": lambda: load_by_habit(link, data),
            f"hex, {device.chunk_bytes} bytes": lambda: device.load(data),
            "binary frames": lambda: device.load_slot(0, data),
        }
        print(f"{model.label}: {size} bytes of input at {asked.baud} baud")
        found = {name: measured(link, load, asked.rounds) for name, load in ways.items()}
    hexadecimal = found[f"hex, {device.chunk_bytes} bytes"][0]
    for name, (seconds, share) in found.items():
        print(
            f"  {name:24} {seconds * 1e3:8.2f} ms  {size / seconds:8.0f} bytes/s  "
            f"{share:6.1%} of the line  {hexadecimal / seconds:5.2f} times hex"
        )
    print(f"others' share of the processor meanwhile: {others_share(before, cpu_times()):.1%}")


if __name__ == "__main__":
    main()
