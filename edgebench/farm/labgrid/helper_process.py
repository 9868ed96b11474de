"""Processes of the `helper`, kept: labgrid is imported once, and then asked within milliseconds.

A process answers one question at a time. Each thread that asks has one of its own while it does,
so a power switch that is slow keeps no other question waiting.
"""

from __future__ import annotations

import atexit
import logging
import os
import selectors
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader, BufferedWriter
from pathlib import Path
from threading import Lock
from typing import Any, cast

from edgebench.errors import UsageError
from edgebench.processes.programs import OutputTail
from edgebench.text.json_text import json_text, parse_json
from edgebench.text.typed_json import structure

logger = logging.getLogger(__name__)

HELPER = Path(__file__).with_name("helper.py")
REPEATABLE = ("version", "places", "wait", "release", "cancel")
"""What may be asked again when a process has ended in it: done twice, these come to the same."""
MOST_ASKED_BYTES = 1 << 15
"""A pipe takes this without anybody reading it: to ask never waits."""
MOST_ANSWERED_BYTES = 1 << 24
GOODBYE = 0
"""The `Answer.id` with which a process says that it reads no more questions."""
ENDING_S = 5.0
"""A process that ends by itself is given so long."""


@dataclass(frozen=True)
class Question:
    """A question to the helper; ``variables`` are labgrid's own, of its environment."""

    action: str
    arguments: tuple[str, ...]
    limit_s: float
    variables: Mapping[str, str]


@dataclass(frozen=True)
class HelperError:
    """A failure that the helper reports."""

    kind: str
    text: str


@dataclass(frozen=True)
class Answer:
    """The helper's answer: a result, or the kind of a failure and a text.

    ``last`` says that its process ends now.
    """

    id: int
    result: Any = None
    error: HelperError | None = None
    last: bool = False


class HelperGone(Exception):
    """A helper's process ended before it answered; the text is what it last printed, or how.

    ``worked`` says that it had answered before, and ``unasked`` that it did not read the question.
    """

    def __init__(self, text: str, *, worked: bool, unasked: bool = False) -> None:
        super().__init__(text)
        self.worked, self.unasked = worked, unasked


class HelperProcess:
    """A process of the helper; it ends by itself when we do."""

    def __init__(self, python: str) -> None:
        self._process = subprocess.Popen(
            [python, str(HELPER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Ctrl-C in a terminal is for us, who may have places to release yet.
            start_new_session=True,
        )
        self._stdin = cast(BufferedWriter, self._process.stdin)
        self._stdout = cast(BufferedReader, self._process.stdout)
        self._errors = OutputTail(cast(BufferedReader, self._process.stderr))
        self._asked = 0
        self._unread = bytearray()

    @property
    def has_ended(self) -> bool:
        """Whether there is no such process any more."""
        return self._process.poll() is not None

    def ask(self, question: Question) -> Answer:
        """Return the answer; whatever is raised, the process is of no more use.

        Raises
        ------
        TimeoutError
            If there is none within the question's limit.
        HelperGone
            If the process has ended, or says something else.
        UsageError
            If the question is too long.
        """
        self._asked += 1
        line = json_text({"id": self._asked, **vars(question)}, None).encode() + b"\n"
        if len(line) > MOST_ASKED_BYTES:
            raise UsageError(f"labgrid can't be asked about a name of {len(line)} bytes")
        with suppress(BrokenPipeError):  # it has ended: reading says how
            self._stdin.write(line)
            self._stdin.flush()
        said = self._line(time.monotonic() + question.limit_s)
        logger.debug("labgrid %s %s: %r", question.action, question.arguments, said)
        try:
            answer = parse_answer(said.decode())
        except ValueError as error:  # it may be about to end, and to say why
            raise self._gone(ENDING_S) from error
        if answer.id not in (self._asked, GOODBYE):
            raise self._gone(0.0)
        if answer.id == GOODBYE:
            raise HelperGone("it was idle", worked=True, unasked=True)
        return answer

    def _line(self, end: float) -> bytes:
        """Return the next line; what came with it stays for the next: a goodbye, for one."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._stdout, selectors.EVENT_READ)
            while b"\n" not in self._unread:
                if not selector.select(max(0.0, end - time.monotonic())):
                    raise TimeoutError
                chunk = os.read(self._stdout.fileno(), 1 << 16)
                self._unread += chunk
                if not chunk:
                    raise self._gone(ENDING_S)
                if len(self._unread) > MOST_ANSWERED_BYTES:
                    raise self._gone(0.0)
        line, _, self._unread = self._unread.partition(b"\n")
        return bytes(line)

    def _gone(self, patience_s: float) -> HelperGone:
        self.end(patience_s)
        lines = self._errors.last_bytes(ENDING_S).decode("utf-8", "replace").strip().splitlines()
        how = lines[-1] if lines else f"exit code {self._process.returncode}"
        return HelperGone(how, worked=self._asked > 1)

    def end(self, patience_s: float = ENDING_S) -> None:
        """End the process; one that was not asked anything ends by itself."""
        with suppress(BrokenPipeError):
            self._stdin.close()
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stdout.close()


class _Waiting:
    """Processes that nobody asks now, by their Python."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._processes: dict[str, list[HelperProcess]] = {}

    def take(self, python: str) -> HelperProcess | None:
        """Return the one that was asked last: others may be idle long enough to end."""
        with self._lock:
            mine = self._processes.get(python, [])
            ended = [each for each in mine if each.has_ended]
            mine[:] = [each for each in mine if each not in ended]
            found = mine.pop() if mine else None
        for each in ended:
            each.end()
        return found

    def put(self, python: str, process: HelperProcess) -> None:
        """Keep one for the next question."""
        with self._lock:
            self._processes.setdefault(python, []).append(process)

    def end(self) -> None:
        """End all."""
        with self._lock:
            ended = [each for mine in self._processes.values() for each in mine]
            self._processes.clear()
        for each in ended:
            each.end(0.0)


_waiting = _Waiting()
atexit.register(_waiting.end)


def ask(python: str, question: Question) -> Answer:
    """Ask a helper that runs, or a new one; once more where one has ended and that does no harm.

    Raises
    ------
    TimeoutError
        If there is no answer within the question's limit.
    HelperGone
        If the process ends without an answer.
    OSError
        If this Python can't be started.
    UsageError
        If the question is too long.
    """
    running = _waiting.take(python)
    if running is not None:
        try:
            return _asked(python, running, question)
        except HelperGone as gone:
            if not gone.unasked and question.action not in REPEATABLE:
                raise
            logger.info("labgrid's helper has ended (%s); another is asked", gone)
    return _asked(python, HelperProcess(python), question)


def _asked(python: str, process: HelperProcess, question: Question) -> Answer:
    try:
        answer = process.ask(question)
    except BaseException:  # Ctrl-C too: its answer must not be taken for the next question's
        process.end(0.0)
        raise
    if answer.last:
        process.end()
    else:
        _waiting.put(python, process)
    return answer


def parse_answer(text: str) -> Answer:
    """Read what the helper prints.

    Raises
    ------
    ValueError
        If it is no answer.
    """
    return structure(Answer, parse_json(text))
