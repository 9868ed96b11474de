"""The kernels as object files: compiled once for a processor, for whatever models come.

No kernel knows of a model, and they are most of what is compiled.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path

from edgebench.firmware.building.compiling import digest_of
from edgebench.firmware.building.objects import compile_once
from edgebench.firmware.c_files import CORE, include_flags, sources

KEPT_AS = "kernels-"
"""Prefix of the folders in the cache."""


def kernel_objects(
    compiler: str, flags: Sequence[str], parts: Sequence[str], version: str = ""
) -> list[Path]:
    """Compile kernels; they are kept in the cache.

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
    # A home folder may be shared by machines of several kinds.
    digest = digest_of({}, files, (compiler, version, platform.machine(), *flags))
    command = [compiler, *flags, *include_flags(*CORE, *parts), "-c"]
    made = {f"{file.stem}.o": [*command, str(file)] for file in files}
    folder = compile_once(KEPT_AS, digest, lambda _: made)
    return [folder / name for name in made]
