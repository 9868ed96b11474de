"""Trees of files as the kernel shows them, and a vcgencmd: kept up to date while they are open."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.virtual.meters.instrument import Instrument

HWMON_SCALE_W = 5.0
HWMON_MS = 20
RAPL_SCALE_W = 30.0
RAPL_STEP_S = 0.001
PMIC_SCALE_W = 6.0


class Tree(CloseOnExit):
    """A context manager: files that a thread writes anew, each in one write.

    Parameters
    ----------
    texts
        Returns each file's text of now.
    """

    def __init__(
        self, files: dict[Path, str], texts: Callable[[], dict[Path, str]], step_s: float
    ) -> None:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{text}\n")
        self._texts, self._step_s = texts, step_s
        self._open = {path: os.open(path, os.O_RDWR | os.O_CREAT, 0o644) for path in texts()}
        self._write()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._work, name="virtual tree", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop; the files stay as they are."""
        self._done.set()
        self._thread.join()
        for descriptor in self._open.values():
            os.close(descriptor)

    def _work(self) -> None:
        next_s = time.monotonic()
        while not self._done.wait(max(next_s - time.monotonic(), 0)):
            next_s = max(next_s + self._step_s, time.monotonic())
            self._write()

    def _write(self) -> None:
        for path, text in self._texts().items():
            os.pwrite(self._open[path], f"{text}\n".encode(), 0)


STALE = "-" * 16


def hwmon_tree(root: Path, instrument: Instrument) -> Tree:
    """Make an INA226 of one rail at 5 V, converted each 20 ms."""
    folder = root / "sys/class/hwmon/hwmon3"
    instrument.start()

    def texts() -> dict[Path, str]:
        now = now_ns()
        watts = instrument.mean_between(now - HWMON_MS * 1_000_000, now)
        if instrument.is_silent or instrument.is_gone:
            return {folder / "power1_input": STALE}
        return {folder / "power1_input": f"{round(watts * 1e6):012d}"}

    fixed = {folder / "name": "ina226", folder / "update_interval": str(HWMON_MS)}
    return Tree(fixed, texts, HWMON_MS / 1e3)


def rapl_tree(root: Path, instrument: Instrument) -> Tree:
    """Make a package's counter, that begins again after `wrap` joules."""
    folder = root / "sys/class/powercap/intel-rapl:0"
    instrument.start()
    began = now_ns()
    wrap_uj = round((instrument.faults.wrap or 262_143.0) * 1e6)

    def texts() -> dict[Path, str]:
        counted = round(instrument.measured_j(began, now_ns()) * 1e6) % wrap_uj
        gone = instrument.is_silent or instrument.is_gone
        return {folder / "energy_uj": STALE if gone else f"{counted:016d}"}

    fixed = {folder / "name": "package-0", folder / "max_energy_range_uj": str(wrap_uj)}
    return Tree(fixed, texts, RAPL_STEP_S)


def vcgencmd(folder: Path, instrument: Instrument) -> Tree:
    """Make a `vcgencmd` in a folder for PATH; it prints a file that is kept up to date."""
    program, said = folder / "vcgencmd", folder / "pmic"
    instrument.start()

    def texts() -> dict[Path, str]:
        now = now_ns()
        watts = instrument.mean_between(now - HWMON_MS * 1_000_000, now)
        amps = watts / 0.9
        if instrument.is_silent or instrument.is_gone:
            return {said: "-" * 60}
        return {said: f"  VDD_CORE_A current(7)={amps:011.8f}A\n  VDD_CORE_V volt(15)=0.90000000V"}

    tree = Tree({program: f"#!/bin/sh\nexec cat '{said}'"}, texts, HWMON_MS / 1e3)
    program.chmod(0o755)
    return tree
