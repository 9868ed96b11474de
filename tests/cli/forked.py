"""Run commands in forks of this process, which has imported edgebench: a command takes no second.

A fork writes to a file, in a process group of its own, and ends as a process that a shell has
started: by `edgebench.cli.main`, and what is registered for the end.
"""

from __future__ import annotations

import atexit
import os
import select
import signal
import sys
import traceback
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from edgebench.cli import main

SAID = "said"
"""The file in a command's folder that has its standard output and error."""


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, a signal's number below 0, or None if it did not end."""

    code: int | None
    said: str


def prepare(modules: Iterable[str]) -> None:
    """Import what commands need.

    Raises
    ------
    AssertionError
        If one of these modules started a thread: a fork has none of them.
    """
    for module in modules:
        import_module(module)
    assert len(list(Path("/proc/self/task").iterdir())) == 1


def run_forked(words: Sequence[str], folder: Path, limit_s: float) -> Ended:
    """Run a command in a folder; what it has started as well is killed after a time limit."""
    said = folder / SAID
    child = os.fork()
    if child == 0:
        _run(words, folder, said)
    with suppress(ProcessLookupError):
        os.setpgid(child, child)
    descriptor = os.pidfd_open(child)
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        is_over = bool(poll.poll(limit_s * 1000))
    finally:
        os.close(descriptor)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status) if is_over else None
    return Ended(code, said.read_text(encoding="utf-8", errors="replace"))


def _run(words: Sequence[str], folder: Path, said: Path) -> NoReturn:
    code = 1
    try:
        os.setpgid(0, 0)
        os.chdir(folder)
        nowhere = os.open(os.devnull, os.O_RDONLY)
        out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for descriptor, copy in ((nowhere, 0), (out, 1), (out, 2)):
            os.dup2(descriptor, copy)
        atexit._clear()  # what the parent has registered is the parent's
        main(list(words))
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
