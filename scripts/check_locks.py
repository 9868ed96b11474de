"""Check, offline, that the locks pin what pyproject.toml asks for. `make lock` writes them.

usage: python scripts/check_locks.py [FOLDER]   (default: the folder above this script's)
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

EXTRAS_LINE = re.compile(r"^(MAIN|OLD)_EXTRAS := (\S+)$", re.MULTILINE)
LOCK_OF = {"MAIN": "main.txt", "OLD": "tflite-runtime.txt"}
# The locks are made for these; pip takes the same releases elsewhere.
PLATFORM = {
    "python_version": "3.11",
    "python_full_version": "3.11.2",
    "platform_machine": "x86_64",
    "sys_platform": "linux",
    "extra": "",
}


def pins(lock: Path) -> dict[str, Version]:
    """Return the version of each package that a lock names."""
    found = {}
    for line in lock.read_text().splitlines():
        name, equals, version = line.partition("==")
        if equals and not name.startswith(("#", " ")):
            found[str(canonicalize_name(name))] = Version(version.split()[0])
    return found


def complaints(folder: Path) -> Iterator[str]:
    """Yield what a lock lacks or pins to a version that pyproject.toml rejects."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    lines = EXTRAS_LINE.findall((folder / "Makefile").read_text())
    if {which for which, _ in lines} != set(LOCK_OF):
        yield "Makefile: no lines `MAIN_EXTRAS := ...` and `OLD_EXTRAS := ...`"
    for which, extras in lines:
        lock = folder / "requirements" / LOCK_OF[which]
        pinned = pins(lock)
        asked = list(project["dependencies"])
        for extra in extras.split(","):
            asked += project["optional-dependencies"][extra]
        for requirement in map(Requirement, asked):
            if requirement.marker and not requirement.marker.evaluate(PLATFORM):
                continue
            version = pinned.get(canonicalize_name(requirement.name))
            if version is None:
                yield f"{lock.name} does not pin {requirement.name}"
            elif not requirement.specifier.contains(version, prereleases=True):
                yield f"{lock.name} pins {requirement.name} {version}, not {requirement.specifier}"


def main() -> int:
    """Print the complaints; return 1 if there are any."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1]
    found = list(complaints(folder))
    for line in found:
        print(line, file=sys.stderr)
    if found:
        print("`make lock` writes the locks again", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
