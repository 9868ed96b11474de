"""Running a compiler: the host's, errors in its words, a name for what was compiled."""

from __future__ import annotations

import errno
import logging
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from edgebench.errors import BuildFailed, DiskFull, ProgramFailed, ToolchainMissing
from edgebench.files.atomic import replacing
from edgebench.files.folders import UserFolder
from edgebench.firmware.c_files import firmware_folder
from edgebench.processes.programs import captured

logger = logging.getLogger(__name__)

HOST_COMPILERS = ("gcc", "cc", "clang")
CXX_COMPILERS: Mapping[str, str] = {"gcc": "g++", "clang": "clang++", "cc": "c++"}
"""How the compiler for C++ is called, by the end of the C compiler's name."""
TIMEOUT_S, TOOL_S = 300.0, 30.0
CONTENT_BYTES = 1 << 26
"""So much of what may be included is read; the other files go by their size and time."""
FULL = os.strerror(errno.ENOSPC)
TELLING = ("overflowed", "error", "undefined reference", "multiple definition", "cannot ")
"""Words of the lines that say why a program was not built, the most telling first."""


def host_compiler() -> str:
    """Return this machine's C compiler.

    Raises
    ------
    ToolchainMissing
        If there is none.
    """
    for name in HOST_COMPILERS:
        found = shutil.which(name)
        if found:
            return found
    raise ToolchainMissing(
        "an emulated device is built by a C compiler, and none is here: "
        "`sudo apt install gcc libc6-dev`"
    )


def installed_as(compiler: str) -> str:
    """Return what tells one installed release of a compiler from another, without starting it."""
    path = Path(shutil.which(compiler) or compiler).resolve()
    facts = path.stat()
    return f"{path} {facts.st_size} {facts.st_mtime_ns}"


def cxx_compiler(compiler: str) -> str | None:
    """Return the C++ compiler that comes with a C compiler, if it is installed.

    Examples
    --------
    >>> str(cxx_compiler("gcc")).endswith("g++")
    True
    """
    folder, slash, name = compiler.rpartition("/")
    for ending, cxx in CXX_COMPILERS.items():
        if name.endswith(ending):
            return shutil.which(f"{folder}{slash}{name.removesuffix(ending)}{cxx}")
    return None


def run_tool(command: Sequence[str]) -> None:
    """Run a compiler or another tool.

    Its temporary files are in a folder of ours: a compiler that is killed leaves them. It speaks
    English, as `telling_line` does.

    Raises
    ------
    BuildFailed
        If it fails, with its first error.
    DiskFull
        If that is a full disk.
    """
    logger.debug("running %s", shlex.join(command))
    try:
        with tempfile.TemporaryDirectory(
            prefix="edgebench-compiler-", ignore_cleanup_errors=True
        ) as scratch:
            done = captured(
                command, TIMEOUT_S, env={**os.environ, "LC_ALL": "C", "TMPDIR": scratch}
            )
    except ProgramFailed as error:
        raise BuildFailed(str(error)) from error
    if done.returncode and FULL in done.stderr:
        raise DiskFull(
            f"{command[0]}: no space left for what it writes; free some, or set the environment "
            "variables XDG_CACHE_HOME and TMPDIR to other folders"
        )
    if done.returncode:
        raise BuildFailed(
            f"{command[0]} failed with exit code {done.returncode}: {telling_line(done.stderr)}"
        )


def write_sources(kept: UserFolder, texts: Mapping[str, str]) -> None:
    """Write generated sources into a folder of the cache, which other processes may write too.

    Raises
    ------
    DiskFull
        If there is no space left.
    EdgebenchError
        If something else can't be written.
    """
    for name, text in texts.items():
        with kept.disk_errors(), replacing(kept.path / name, shared=True) as draft:
            draft.write_text(text)


def telling_line(said: str) -> str:
    """Return the line of a compiler's or a linker's output that says what is wrong.

    Examples
    --------
    >>> telling_line("ld: port.c:(.text+0x4): undefined reference to `eb_port_init'\\n"
    ...              "collect2: error: ld returned 1 exit status")
    "ld: port.c:(.text+0x4): undefined reference to `eb_port_init'"
    """
    # The compiler's own last word says only that the linker has failed.
    lines = [line for line in said.splitlines() if not line.startswith("collect2:")]
    missing = dict.fromkeys(re.findall(r"undefined reference to `([^']*)'", said))
    telling = (line for word in TELLING for line in lines if word in line)
    first = next(telling, lines[-1] if lines else said.strip())
    others = [f"`{name}'" for name in missing if name not in first]
    return f"{first}; also {', '.join(others)}" if others and "undefined" in first else first


def digest_of(texts: Mapping[str, str], files: Sequence[Path], flags: Sequence[str]) -> str:
    """Return a name for what these make: generated texts, files with the headers, flags."""
    digest = sha256("\0".join(flags).encode())
    headers = sorted(firmware_folder().rglob("*.h"))
    for path in (*files, *headers):
        digest.update(path.read_bytes())
    for text in texts.values():
        digest.update(text.encode())
    return digest.hexdigest()[:16]


def contents_digest(files: Sequence[Path]) -> str:
    """Return a name for files that may be included: other contents or paths give another one."""
    digest = sha256()
    left = CONTENT_BYTES
    for path in files:
        facts = path.stat()
        left -= facts.st_size
        content = path.read_bytes() if left >= 0 else b"%d" % facts.st_mtime_ns
        digest.update(b"%s\0%d\0" % (os.fsencode(path), facts.st_size))
        digest.update(content)
    return digest.hexdigest()
