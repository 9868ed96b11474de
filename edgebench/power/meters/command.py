"""Any program that prints watts: ``command:PROGRAM ARG ...``.

A line is ``WATTS``, or ``SECONDS WATTS`` by the program's own clock; other lines are skipped.
The program is started without a shell and ended when the measurement is.
"""

from __future__ import annotations

import logging
import os
import shlex
import subprocess
from collections.abc import Callable
from io import BufferedReader
from typing import cast

import numpy as np

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterLost, MeterNotFound
from edgebench.files.refusals import refusal
from edgebench.power.contract import Figures, Found
from edgebench.power.description import MeterDescription
from edgebench.power.place import MeterPlace
from edgebench.power.samples import MOST_S, PowerSamples
from edgebench.processes.programs import OutputTail
from edgebench.text.printable import quoted

logger = logging.getLogger(__name__)

FIRST_LINE_S = 10.0
SILENCE_S = 5.0
MOST_SAID = 500
LAST_WORDS_S = 0.2
"""How long the errors of a program that has ended may take to come."""
MOST_W = 10_000.0
PERIOD_S = 0.1
"""Until the program's own pace is known."""


def numbers_of(line: bytes) -> list[float] | None:
    """Return the one or two numbers of a line; None for any other line."""
    try:
        numbers = [float(word) for word in line.split()]
    except ValueError:
        return None
    return numbers if len(numbers) in (1, 2) else None


class CommandMeter(CloseOnExit):
    """A `PowerMeter` that reads a program's output.

    Parameters
    ----------
    first_line_s, silence_s
        How long it may be silent at first, and later, before it is lost.
    parse
        Returns a line's numbers, watts or seconds and watts; None for a line without.
    """

    def __init__(
        self,
        command: str,
        first_line_s: float = FIRST_LINE_S,
        silence_s: float = SILENCE_S,
        parse: Callable[[bytes], list[float] | None] = numbers_of,
    ) -> None:
        try:
            words = shlex.split(command)
        except ValueError as error:
            raise MeterNotFound(
                f"command: {command!r} is no command of a shell: a quotation mark is not closed, "
                "or it ends in a backslash"
            ) from error
        if not words:
            raise MeterNotFound(
                "command needs a program: `power='command:PROGRAM ARG ...'`", field="power"
            )
        self._words = words
        self._first_line_s, self._silence_s = first_line_s, silence_s
        self._parse = parse
        self._left = b""
        self._offset_ns: int | None = None
        self._last_ns: int | None = None
        self._heard_ns = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: OutputTail | None = None
        self._said = b""
        self.description = MeterDescription(
            name=f"command:{words[0]}",
            detail=command,
            channels=("all",),
            period_s=PERIOD_S,
            counts_energy=False,
            accuracy=None,
            can_restart=False,
        )

    def close(self) -> None:
        """End the program."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()

    def start(self) -> None:
        """Start the program; one that runs already is ended."""
        self.close()
        self._said = self._left = b""
        self._offset_ns = self._last_ns = None
        try:
            self._process = subprocess.Popen(
                self._words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise MeterNotFound(f"{self._words[0]} can't be started: {refusal(error)}") from error
        self._errors = OutputTail(cast(BufferedReader, self._process.stderr), MOST_SAID)
        if self._process.stdout is not None:
            os.set_blocking(self._process.stdout.fileno(), False)
        logger.info("%s: started as %d", shlex.join(self._words), self._process.pid)
        self._heard_ns = now_ns()

    def read(self) -> PowerSamples:
        """Return what it printed since the last time."""
        process = self._process
        if process is None or process.stdout is None:
            raise MeterLost(f"{self._words[0]} is not running")
        chunk = process.stdout.read() or b""
        self._said = (self._said + chunk)[-MOST_SAID:]
        now = now_ns()
        *lines, self._left = (self._left + chunk).split(b"\n")
        found, faults = [], []
        for line in lines:
            try:
                sample = self._sample(line, now)
            except _LineWrong as error:
                faults.append(str(error))
            else:
                found += [] if sample is None else [sample]
        if found:
            self._heard_ns = now
        else:
            self._check_silence(process, now)
        return PowerSamples(
            np.array([t for t, _ in found], np.int64),
            np.array([w for _, w in found], float),
            lost=len(faults),
            faults=tuple(dict.fromkeys(faults)),
        )

    def stop(self) -> PowerSamples:
        """Return the rest."""
        return self.read()

    def _check_silence(self, process: subprocess.Popen[bytes], now: int) -> None:
        if process.poll() is not None:
            raise MeterLost(
                f"{self._words[0]} ended by itself, exit code {process.returncode}; "
                f"{self._last_words()}"
            )
        first = self._offset_ns is None and self._left == b""
        patience = self._first_line_s if first else self._silence_s
        if now - self._heard_ns > patience * 1e9:
            raise MeterLost(
                f"{self._words[0]} has printed no line of numbers for {patience:g} s: does it "
                f"buffer its output (stdbuf -oL)? So far {self._last_words()}"
            )

    def _last_words(self) -> str:
        """Return what it printed last, and to standard error."""
        errors = b"" if self._errors is None else self._errors.last_bytes(LAST_WORDS_S)
        return f"it printed {quoted(self._said)}, and {quoted(errors)} to standard error"

    def _sample(self, line: bytes, now: int) -> tuple[int, float] | None:
        """Return a line's time and watts; None for one that is no line of numbers.

        Raises
        ------
        _LineWrong
            If it is one, and can't be true.
        """
        numbers = self._parse(line)
        if numbers is None:
            return None
        if not np.all(np.isfinite(numbers)):
            raise _LineWrong("lines that are not finite numbers were left out")
        if abs(numbers[-1]) > MOST_W:
            raise _LineWrong(f"lines beyond {MOST_W:g} W were left out")
        if len(numbers) == 1:
            return now, numbers[0]
        if not abs(numbers[0]) < MOST_S:
            raise _LineWrong(f"lines with times beyond {MOST_S:g} s were left out")
        shown_ns = int(numbers[0] * 1e9)
        if self._last_ns is not None and shown_ns < self._last_ns:
            raise _LineWrong("lines whose time runs backwards were left out")
        self._last_ns = shown_ns
        # A line can only come late: the earliest of all says most about its clock.
        here = now - shown_ns
        self._offset_ns = here if self._offset_ns is None else min(self._offset_ns, here)
        return shown_ns + self._offset_ns, numbers[1]


class _LineWrong(Exception):
    """A line of numbers that can't be true; the text is a fault."""


class CommandDriver:
    """Any program that prints watts."""

    name = "command"
    aliases = ()
    requires = None
    supplies = False
    options = None
    usage = "command:PROGRAM ARG ..."
    summary = (
        "a program that prints `WATTS`, or `SECONDS WATTS` by its own clock, one line per sample"
    )
    rate = "the program's"
    figures = Figures.MEASURED
    advice = "any program that prints watts: `power='command:PROGRAM ARG ...'`"

    def discover(self) -> list[Found]:
        """Return nothing: only the user knows the program."""
        return []

    def open(self, place: MeterPlace) -> CommandMeter:
        """Open the program."""
        return CommandMeter(place.required_address("'command:PROGRAM ARG ...'"))
