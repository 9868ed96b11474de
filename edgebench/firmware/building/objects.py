"""Object files that are compiled once and kept in the cache."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from edgebench.files.atomic import remove_abandoned, replacing_folder
from edgebench.files.folders import cache_folder
from edgebench.firmware.building.compiling import run_tool
from edgebench.host.cpus import affordable_cpus

Commands = Callable[[Path], Mapping[str, Sequence[str]]]
"""Returns the compiler's command without ``-o`` of each object, by its name; takes the folder that
they are made in."""


def compile_once(prefix: str, digest: str, commands: Commands) -> Path:
    """Compile files, one process for each processor, unless that was done before.

    Parameters
    ----------
    prefix, digest
        The name of the folder in the cache; the digest is of all that decides what is made.

    Returns
    -------
    The folder with the objects, and what the commands ask the compiler to write besides.

    Raises
    ------
    BuildFailed
        If the compiler refuses, with its words.
    FolderNotWritable, DiskFull
        If the cache can't be written.
    """
    cache = cache_folder("firmware")
    folder = cache.path / f"{prefix}{digest}"
    if folder.is_dir():
        return folder
    remove_abandoned(cache.ready(), f"{prefix}*")
    with cache.disk_errors(), replacing_folder(folder, shared=True) as draft:

        def compile_one(named: tuple[str, Sequence[str]]) -> None:
            name, command = named
            run_tool([*command, "-o", str(draft / name)])

        with ThreadPoolExecutor(len(affordable_cpus())) as pool:
            list(pool.map(compile_one, commands(draft).items()))
    return folder
