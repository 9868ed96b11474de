"""Find labgrid on this machine: its client program, and the Python that it is installed in."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from edgebench.errors import RuntimeMissing
from edgebench.farm.labgrid.client import Labgrid

CLIENT = "labgrid-client"
VARIABLE = "EDGEBENCH_LABGRID"
INSTALL = "pipx install labgrid"
OLDEST = (25, 0)
_VERSION = re.compile(r"(\d+)\.(\d+)")


def find_labgrid(coordinator: str = "") -> Labgrid:
    """Return labgrid, by its client program.

    It is looked for in ``$EDGEBENCH_LABGRID`` (the program or its folder), on the PATH and where
    pipx puts programs.

    Raises
    ------
    RuntimeMissing
        If it is not there, or too old.
    """
    client = _client()
    found = Labgrid(_python_of(client), coordinator)
    version = found.version()
    numbers = _VERSION.match(version)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < OLDEST:
        raise RuntimeMissing(
            f"{client} is labgrid {version}, older than {'.'.join(map(str, OLDEST))}: "
            f"`{INSTALL.replace('install', 'upgrade')}`"
        )
    return found


def _client() -> Path:
    named = os.environ.get(VARIABLE)
    if named:
        path = Path(named) / CLIENT if Path(named).is_dir() else Path(named)
        if not path.is_file():
            raise RuntimeMissing(
                f"{VARIABLE} is {named}, where no {CLIENT} is: name that program, or its folder, "
                f"or unset it and `{INSTALL}`"
            )
        return path
    found = shutil.which(CLIENT) or shutil.which(CLIENT, path=Path.home() / ".local" / "bin")
    if found is None:
        raise RuntimeMissing(
            f"labgrid is not here: `{INSTALL}`, in an environment of its own, or name its folder "
            f"in {VARIABLE}"
        )
    return Path(found)


def _python_of(client: Path) -> str:
    """Return the Python that runs a program: its first line has it, else it lies next to it."""
    try:
        with client.open("rb") as file:
            first = file.readline(4096).decode("utf-8", "replace")
    except OSError as error:
        raise RuntimeMissing(f"{client}: can't be read: {error.strerror}") from error
    words = first.removeprefix("#!").split() if first.startswith("#!") else []
    for word in words[:2]:  # `#!/usr/bin/env python3` has it second
        if Path(word).name.startswith("python"):
            return word
    for name in ("python", "python3"):
        if (path := client.resolve().parent / name).is_file():
            return str(path)
    raise RuntimeMissing(
        f"{client}: no Python is found for it: is labgrid's installation complete?"
    )
