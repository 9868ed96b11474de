"""Find the control groups that this process is in, of both versions.

Sources: the kernel's Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/, and the manual pages
cgroups(7), cgroup_namespaces(7) and proc_pid_mountinfo(5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from edgebench.host.kernel_files import ROOT, read_text

_ESCAPED = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True)
class ControlGroup:
    """A control group: its path in the hierarchy, and the folder that its files lie in."""

    name: str
    folder: Path

    def read(self, file: str) -> str:
        """Return one of its files, stripped; empty if it is not there."""
        return read_text(self.folder / file)

    def number(self, *files: str) -> int | None:
        """Return the whole number in the first file that has one; None for ``max``."""
        return next((int(text) for text in map(self.read, files) if text.isdigit()), None)

    def counts(self, file: str) -> dict[str, int]:
        """Return a file of names and whole numbers, such as cpu.stat."""
        pairs = (line.split() for line in self.read(file).splitlines())
        return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}


@dataclass(frozen=True)
class _Mount:
    """A hierarchy that is mounted: which of its groups is the root of the mount, and where."""

    root: PurePosixPath
    folder: Path


def control_groups(controller: str, root: Path = ROOT) -> tuple[ControlGroup, ...]:
    """Return this process's groups that a controller may limit, its own first, then the parents.

    A limit holds for all groups below the one that has it, and a container sees no group above its
    own. Where both versions are mounted, the groups of both are returned.

    Parameters
    ----------
    controller
        Such as ``memory`` or ``cpu``.
    root
        The folder that /proc and /sys lie in.
    """
    found: dict[Path, ControlGroup] = {}
    for controllers, path in _memberships(root):
        if controllers and controller not in controllers:
            continue
        mount = _best_mount(controller if controllers else None, path, root)
        if mount is not None:
            for group in _upwards(path, mount):
                found.setdefault(group.folder, group)
    return tuple(found.values())


def _memberships(root: Path) -> Iterator[tuple[tuple[str, ...], PurePosixPath]]:
    """Yield the controllers of each hierarchy (none: version 2's) and this process's path there."""
    for line in read_text(root / "proc/self/cgroup").splitlines():
        # A path may contain colons.
        _, colon, rest = line.partition(":")
        controllers, second, path = rest.partition(":")
        if colon and second and path.startswith("/"):
            path = path.removesuffix(" (deleted)")
            yield tuple(filter(None, controllers.split(","))), PurePosixPath(path)


def _best_mount(controller: str | None, path: PurePosixPath, root: Path) -> _Mount | None:
    """Return where a hierarchy is mounted; of several mounts the one that shows most parents."""
    mounts = list(_mounts(controller, root))
    holding = [mount for mount in mounts if path.is_relative_to(mount.root)]
    return min(holding or mounts, key=lambda mount: len(mount.root.parts), default=None)


def _mounts(controller: str | None, root: Path) -> Iterator[_Mount]:
    for line in read_text(root / "proc/self/mountinfo").splitlines():
        before, found, after = line.partition(" - ")
        fields, kind = before.split(" "), after.split(" ")
        if not found or len(fields) < 5 or len(kind) < 3:
            continue
        if controller is None:
            is_wanted = kind[0] == "cgroup2"
        else:
            is_wanted = kind[0] == "cgroup" and controller in kind[-1].split(",")
        if is_wanted:
            where = _unescaped(fields[4]).lstrip("/")
            yield _Mount(PurePosixPath(_unescaped(fields[3])), root / where)


def _upwards(path: PurePosixPath, mount: _Mount) -> Iterator[ControlGroup]:
    """Yield a group and its parents as far as the mount shows them."""
    # A path outside of the mount is of another namespace: the mount's root is what a container has.
    inside = path.relative_to(mount.root) if path.is_relative_to(mount.root) else PurePosixPath()
    if ".." in inside.parts:
        inside = PurePosixPath()
    for each in (inside, *inside.parents):
        folder = mount.folder / each
        if folder.is_dir():
            name = path if each == inside else mount.root / each
            yield ControlGroup(str(name), folder)


def _unescaped(text: str) -> str:
    r"""Return a path of mountinfo, where a space is written as ``\040``."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 8)), text)
