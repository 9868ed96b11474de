"""The kernels as object files: compiled once for a processor, for whatever models come.

No kernel knows of a model, and they are most of what is compiled.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from edgebench.files.atomic import remove_abandoned, replacing_folder
from edgebench.files.folders import cache_folder
from edgebench.firmware.building.compiling import digest_of, run_tool
from edgebench.firmware.c_files import CORE, include_flags, sources
from edgebench.host.cpus import affordable_cpus

KEPT_AS = "kernels-"
"""Prefix of the folders in the cache."""


def kernel_objects(
    compiler: str, flags: Sequence[str], parts: Sequence[str], version: str = ""
) -> list[Path]:
    """Compile kernels, one process for each processor; they are kept in the cache.

    Parameters
    ----------
    flags
        All that decides what the objects are.
    parts
        Folders of the firmware's own C: one of `edgebench.firmware.c_files.KERNELS`.
    version
        The compiler's, where another one under the same name would make other objects.

    Returns
    -------
    The objects, in the order of `sources`. Next to them is what the flags ask the compiler to write
    besides.

    Raises
    ------
    BuildFailed
        If the compiler refuses, with its words.
    FolderNotWritable, DiskFull
        If the cache can't be written.
    """
    files = sources(*parts)
    cache = cache_folder("firmware")
    # A home folder may be shared by machines of several kinds.
    called = (compiler, version, platform.machine(), *flags)
    folder = cache.path / f"{KEPT_AS}{digest_of({}, files, called)}"
    if not folder.is_dir():
        remove_abandoned(cache.ready(), f"{KEPT_AS}*")
        includes = include_flags(*CORE, *parts)
        with cache.disk_errors(), replacing_folder(folder, shared=True) as draft:

            def compile_one(file: Path) -> None:
                command = [compiler, *flags, *includes, "-c", str(file), "-o"]
                run_tool([*command, str(draft / f"{file.stem}.o")])

            with ThreadPoolExecutor(len(affordable_cpus())) as pool:
                list(pool.map(compile_one, files))
    return [folder / f"{file.stem}.o" for file in files]
