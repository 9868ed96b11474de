"""The plug-in of QEMU that counts blocks: built by this machine's C compiler, kept in the cache."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgebench.files.atomic import replacing
from edgebench.files.folders import cache_folder
from edgebench.firmware.building.compiling import digest_of, host_compiler, run_tool
from edgebench.firmware.c_files import sources

FLAGS = ("-std=c99", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-D_POSIX_C_SOURCE=200809L")


@dataclass(frozen=True)
class Caches:
    """The memory that code and constants are in, and what is kept of it near the processor.

    Attributes
    ----------
    origin, size_bytes
        The flash's addresses.
    line_bytes, code_lines, data_lines
        0 lines: none.
    """

    origin: int
    size_bytes: int
    line_bytes: int = 32
    code_lines: int = 0
    data_lines: int = 0


def build_plugin() -> Path:
    """Return the plug-in's path.

    Raises
    ------
    ToolchainMissing
        If there is no C compiler.
    BuildFailed
        If the compiler refuses; with its words.
    """
    compiler = host_compiler()
    files = sources("emulator")
    kept = cache_folder("firmware") / digest_of({}, files, FLAGS)
    built = kept.path / "block_counts.so"
    if not built.is_file():
        kept.ready()
        with replacing(built, shared=True) as draft:
            run_tool([compiler, *FLAGS, *map(str, files), "-o", str(draft)])
    return built


def arguments(begin: int, end: int, caches: Caches, out: Path) -> tuple[str, ...]:
    """Return what QEMU is started with to count the blocks of a function into a file."""
    settings = {
        "out": str(out),
        "begin": f"{begin:x}",
        "end": f"{end:x}",
        "flash": f"{caches.origin:x}",
        "flash_end": f"{caches.origin + caches.size_bytes:x}",
        "line_bytes": str(caches.line_bytes),
        "code_lines": str(caches.code_lines),
        "data_lines": str(caches.data_lines),
    }
    # Named: of a path with "=" QEMU would take the part before it for a name.
    words = [f"file={build_plugin()}", *(f"{name}={value}" for name, value in settings.items())]
    # QEMU separates options by commas, and takes two of them for one.
    return ("-plugin", ",".join(word.replace(",", ",,") for word in words))
