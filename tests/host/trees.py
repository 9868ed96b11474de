"""Folders that look like /proc and /sys of machines and containers of several kinds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

V2_MOUNT = "31 23 0:27 {root} {at} rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw\n"
V1_MOUNT = "35 31 0:32 {root} {at} rw,relatime master:11 - cgroup cgroup rw,{controllers}\n"


def write_tree(root: Path, files: Mapping[str, str]) -> Path:
    """Write small files below a folder; return it."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def v2_tree(
    root: Path,
    path: str,
    groups: Mapping[str, Mapping[str, str]],
    *,
    mount_root: str = "/",
    at: str = "/sys/fs/cgroup",
) -> Path:
    """Write a machine with version 2 of the control groups.

    Parameters
    ----------
    path
        This process's group.
    groups
        The files of groups by their folder below the mount.
    """
    files = {
        "proc/self/cgroup": f"0::{path}\n",
        "proc/self/mountinfo": V2_MOUNT.format(root=mount_root, at=at.replace(" ", "\\040")),
    }
    for group, contents in groups.items():
        for name, text in contents.items():
            files[f"{at}/{group}/{name}".lstrip("/")] = text
    return write_tree(root, files)


def v1_tree(
    root: Path,
    path: str,
    groups: Mapping[str, Mapping[str, str]],
    *,
    mount_root: str = "/",
    controllers: str = "cpu,cpuacct",
) -> Path:
    """Write a machine with version 1, whose controllers are mounted together or memory alone."""
    files = {
        "proc/self/cgroup": (
            f"12:pids:/elsewhere\n5:{controllers}:{path}\n1:name=systemd:/init.scope\n0::/unified\n"
        ),
        "proc/self/mountinfo": (
            "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
            + V1_MOUNT.format(root="/", at="/sys/fs/cgroup/systemd", controllers="name=systemd")
            + V1_MOUNT.format(
                root=mount_root, at=f"/sys/fs/cgroup/{controllers}", controllers=controllers
            )
            + "not a line of mountinfo\n"
        ),
    }
    for group, contents in groups.items():
        for name, text in contents.items():
            files[f"sys/fs/cgroup/{controllers}/{group}/{name}"] = text
    return write_tree(root, files)
