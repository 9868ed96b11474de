"""Control groups that the kernel really holds a process to; made where this user may make some."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from edgebench.host.cgroup.folders import control_groups

QUOTA = {"cpu.max": "2000 10000", "cpu.cfs_period_us": "10000", "cpu.cfs_quota_us": "2000"}
"""A fifth of a processor, in either version's files.

The periods are shorter than a process's turn on a busy machine: it is stopped there as well.
"""
ROOT = Path(__file__).parents[2]


def memory_limit(size_bytes: int) -> dict[str, str]:
    """Return a memory limit, in either version's file."""
    return {"memory.max": f"{size_bytes}", "memory.limit_in_bytes": f"{size_bytes}"}


@dataclass(frozen=True)
class RealGroup:
    """Control groups to run commands in."""

    folders: tuple[Path, ...]

    def run(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run the command line in the groups."""
        enter = "".join(f"echo $$ > '{folder}/cgroup.procs'; " for folder in self.folders)
        return subprocess.run(
            ["sh", "-c", f'{enter}exec "$@"', "sh", sys.executable, "-m", "edgebench", *arguments],
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=ROOT,
            check=False,
        )


@contextmanager
def real_group(name: str, limits: Mapping[str, Mapping[str, str]]) -> Iterator[RealGroup]:
    """Make a control group; skips the test where that can't be done.

    Parameters
    ----------
    limits
        The files of each controller that are to be written, in those versions that have them.
    """
    folders = []
    with ExitStack() as stack:
        for controller, files in limits.items():
            groups = control_groups(controller)
            if not groups:
                pytest.skip(f"the {controller} controller is not mounted")
            folder = groups[0].folder / f"edgebench-{name}-{os.getpid()}"
            try:
                folder.mkdir(exist_ok=True)
            except OSError as error:
                pytest.skip(f"no control group can be made here: {error}")
            stack.callback(_remove, folder)
            written = 0
            for file, text in files.items():
                with suppress(OSError):
                    if (folder / file).exists():
                        (folder / file).write_text(text)
                        written += 1
            if not written:
                pytest.skip(f"{folder} has no limit of {controller}")
            folders.append(folder)
        yield RealGroup(tuple(folders))


def _remove(folder: Path) -> None:
    for _ in range(100):
        try:
            folder.rmdir()
        except OSError:
            continue
        return
