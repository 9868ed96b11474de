"""The command line in a process of its own, as a shell calls it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.cli.forked import Start, fork_server

MODULE = "edgebench"


def call(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `edgebench` with arguments, on a terminal of 80 columns."""
    return command(*arguments, environment={"COLUMNS": "80", **environment})


def command(
    *arguments: str | Path,
    environment: Mapping[str, str],
    folder: str | Path = ".",
    given: str | None = None,
    limit_s: float = 300,
) -> subprocess.CompletedProcess[str]:
    """Run `edgebench` in a folder, with more variables, with a standard input.

    In a fork, unless a process has at its start what the server of forks had not, as another
    PYTHONPATH.
    """
    words = [str(each) for each in arguments]
    env = {**os.environ, **environment}
    server = fork_server()
    if Start.of(env) == server.start:
        return server.run(MODULE, words, env, folder=folder, given=given, limit_s=limit_s)
    return process(words, env, folder=folder, given=given, limit_s=limit_s)


def process(
    words: list[str],
    env: Mapping[str, str],
    *,
    folder: str | Path = ".",
    given: str | None = None,
    limit_s: float = 300,
) -> subprocess.CompletedProcess[str]:
    """Run `edgebench` in a new process of Python's."""
    return subprocess.run(
        [sys.executable, "-m", MODULE, *words],
        input=given,
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
        cwd=folder,
        env=env,
    )
