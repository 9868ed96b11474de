"""Name a network in C, so that several of them link into one program.

All that has external linkage, and every file, begins with the network's name. The firmware's core
calls the network `CORE_NAME`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from edgebench.errors import UsageError

CORE_NAME = "eb_model"
KERNEL_PREFIX = "eb_"
"""Of the names of the kernels, the core and the ports in ``firmware_host/``."""
MOST_CHARACTERS = 40
VALID = re.compile(r"[a-z][a-z0-9_]*")

_TARGETS = "all clean help install test package edit_cache"
"""Targets that make or CMake keep for themselves."""
_HEADERS = (
    "assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal "
    "stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath "
    "threads time uchar wchar wctype arduino alloca cpio dirent dlfcn endian err fcntl features "
    "fmtmsg fnmatch ftw getopt glob grp iconv langinfo libgen malloc memory monetary mqueue "
    "netdb newlib poll pthread pwd regex reent sched search semaphore spawn strings stropts "
    "syslog tar termios ulimit unistd utime utmpx wordexp"
)
"""Headers of C, POSIX and common toolchains: NAME.h of a network would hide one."""
RESERVED = frozenset(f"{_TARGETS} {_HEADERS}".split())


@dataclass(frozen=True)
class CNames:
    """Prefixes of the names of a network and of its kernels.

    ``network`` is a lower-case C identifier: ``<network>_invoke``, ``<network>.h``; its macros
    begin with the same in capitals. ``kernels`` is followed by a kernel's own name.
    """

    network: str = CORE_NAME
    kernels: str = KERNEL_PREFIX

    @property
    def macros(self) -> str:
        """Prefix of macros."""
        return self.network.upper()

    @property
    def header(self) -> str:
        """The public header."""
        return f"{self.network}.h"

    @property
    def constants(self) -> str:
        """The file of weights and tables."""
        return f"{self.network}_constants.h"

    @property
    def source(self) -> str:
        """The file with the layers' calls."""
        return f"{self.network}.c"

    def renamed(self, text: str) -> str:
        """Return text of the firmware's own files with the kernels' names in place of ``eb_``."""
        text = re.sub(rf"\b{KERNEL_PREFIX}", self.kernels, text)
        return re.sub(rf"\b{KERNEL_PREFIX.upper()}", self.kernels.upper(), text)


def names_of_own(network: str) -> CNames:
    """Return names that hide a network's kernels as well: another network may have other ones."""
    return CNames(network, f"{network}_{KERNEL_PREFIX}")


def identifier_of(name: str, sha256: str) -> str:
    """Return a C name for a model: its name in lower case, ``_`` for what C does not allow.

    ``net_`` goes in front where C, a build tool or the firmware's own files would misunderstand
    it. A long name is cut, with digits of the SHA-256 to keep it apart from others.

    Examples
    --------
    >>> identifier_of("kws-ds-cnn", "")
    'kws_ds_cnn'
    >>> identifier_of("7up", ""), identifier_of("Time", ""), identifier_of("eb-port", "")
    ('net_7up', 'net_time', 'net_eb_port')
    """
    text = "".join(each if each.isascii() and each.isalnum() else "_" for each in name).lower()
    if not text[:1].isalpha() or text in RESERVED or text.startswith(KERNEL_PREFIX):
        text = f"net_{text}"
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}_{sha256[:8]}"


def checked_identifier(name: str) -> str:
    """Return a name that somebody chose.

    Raises
    ------
    UsageError
        If C or a build tool would misunderstand it.
    """
    if not VALID.fullmatch(name):
        raise _unfit(name, "is no C name in lower case")
    if name in RESERVED:
        raise _unfit(name, "is a name that C or a build tool uses")
    return name


def _unfit(name: str, why: str) -> UsageError:
    better = identifier_of(name, "")
    return UsageError(
        f"`name`: {name!r} {why}; try {better!r}", field="name", value=name, choices=(better,)
    )
