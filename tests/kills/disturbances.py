"""What can happen to a run from outside, and how it may end then."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

STOPPED_S = 1.0
DISK_BYTES = 48 * 2**20
"""More than a test's logs may need (`MINIMUM_FREE_BYTES`)."""
FILLER = "filler"
END_S = 90.0
"""Every run is over by then, on a machine with other work too."""
COMPLETE = (0, 3)
"""A short test on a busy machine may be INVALID."""


class StillRunning(Exception):
    """A run that does not come to its end."""


@dataclass(frozen=True)
class Disturbance:
    """Something that happens to a run.

    ``codes`` are the exit codes that it may end with, in addition to that of a complete run: a
    signal that comes before edgebench handles signals ends Python by itself.
    """

    happen: Callable[[subprocess.Popen[bytes], Path], None]
    codes: tuple[int, ...]
    needs_small_disk: bool = False
    says: bool = False


def _signal(number: int) -> Callable[[subprocess.Popen[bytes], Path], None]:
    def happen(run: subprocess.Popen[bytes], folder: Path) -> None:
        run.send_signal(number)

    return happen


def _stop_and_go_on(run: subprocess.Popen[bytes], folder: Path) -> None:
    run.send_signal(signal.SIGSTOP)
    time.sleep(STOPPED_S)
    run.send_signal(signal.SIGCONT)


def _stop_and_kill(run: subprocess.Popen[bytes], folder: Path) -> None:
    run.send_signal(signal.SIGSTOP)
    time.sleep(STOPPED_S)
    run.kill()


def _fill_disk(run: subprocess.Popen[bytes], folder: Path) -> None:
    """Take the space that is left until the run is over."""
    with (folder / FILLER).open("wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(bytes(2**16))


def _by_signal(number: int, says: bool = True) -> Disturbance:
    return Disturbance(_signal(number), (-number, 128 + number), says=says)


DISTURBANCES: Mapping[str, Disturbance] = {
    "SIGKILL": Disturbance(_signal(signal.SIGKILL), (-signal.SIGKILL,)),
    "SIGTERM": _by_signal(signal.SIGTERM),
    "SIGHUP": _by_signal(signal.SIGHUP),
    "SIGINT": _by_signal(signal.SIGINT),
    "SIGSTOP, SIGCONT": Disturbance(_stop_and_go_on, ()),
    "SIGSTOP, SIGKILL": Disturbance(_stop_and_kill, (-signal.SIGKILL,)),
    "disk full": Disturbance(_fill_disk, (1,), needs_small_disk=True, says=True),
}


def ended(run: subprocess.Popen[bytes]) -> int:
    """Wait for a run's end and return its exit code.

    Raises
    ------
    StillRunning
        If it does not end.
    """
    try:
        return run.wait(END_S)
    except subprocess.TimeoutExpired as error:
        run.kill()
        run.wait()
        raise StillRunning(f"it did not end in {END_S:g} s") from error


def can_mount() -> bool:
    """Whether this user may mount a small disk."""
    return (
        os.geteuid() == 0
        and subprocess.run(
            ["unshare", "--mount", "true"], capture_output=True, check=False
        ).returncode
        == 0
    )


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Mount a small disk on a folder."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    subprocess.run(command, check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)
