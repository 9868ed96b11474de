"""Unpack an archive from a machine that is not trusted: limited, streamed to disk, and checked.

Only plain files are taken that the machine has named before, with their SHA-256; each limit holds
while the archive comes in.
"""

from __future__ import annotations

import hashlib
import math
import re
import tarfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Protocol

from edgebench.errors import DeviceLost, SutFailed
from edgebench.files.archive_fault import archive_fault
from edgebench.files.disk import disk_errors

MOST_BYTES = 2**31
"""The runs of a job are no larger than this, unpacked."""
MOST_MEMBERS = 10_000
HEADER_BYTES = 1 << 20
"""What stands between two members, such as a long name, is no longer: it is read into memory."""
ARCHIVE_BYTES = MOST_BYTES + 2048 * MOST_MEMBERS
"""Each member has a header and a last block in addition to its content."""
_SUM = re.compile(r"([0-9a-f]{64}) [ *](?:\./)?(\S.*)")


class Readable(Protocol):
    """A stream that an archive is read from."""

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes; empty at the end."""


def parse_sums(text: bytes, where: str) -> dict[str, str]:
    """Read what ``sha256sum`` prints, as coreutils and busybox do: each file's digest by its name.

    Raises
    ------
    SutFailed
        If a line is none, as for a name with a line break, or there are too many.
    """
    found = {}
    for line in text.decode("utf-8", "replace").splitlines():
        match = _SUM.fullmatch(line)
        if match is None:
            raise SutFailed(f"{where}: sha256sum there prints {line[:200]!r}, not a checksum")
        found[match[2]] = match[1]
    if len(found) > MOST_MEMBERS:
        raise SutFailed(f"{where}: its runs have {len(found):,} files")
    return found


def unpack(archive: Readable, wanted: Mapping[str, str], folder: Path, where: str) -> None:
    """Unpack a tar archive into an empty folder.

    Parameters
    ----------
    archive
        Not compressed.
    wanted
        Each file's SHA-256 by its name.
    where
        Whose archive it is, for messages.

    Raises
    ------
    SutFailed
        If it is none, or larger than the limits.
    DeviceLost
        If a file is missing, changed, or not among those that are wanted.
    """
    source, limits = _Metered(archive), _Limits(where)
    came: set[str] = set()
    try:
        # tarfile's stubs want more of a file than `read`, which is all that a stream needs.
        with tarfile.open(fileobj=source, mode="r|") as tar:  # type: ignore[call-overload]
            # Debian 12's Python has no filters yet; that only plain files whose names stay inside
            # are unpacked does not depend on them.
            tar.extraction_filter = getattr(tarfile, "data_filter", None)
            while (member := source.header(tar)) is not None:
                limits.count(member)
                name = str(PurePosixPath(member.name))
                if not member.isfile() or _leads_out(name):
                    continue
                if name not in wanted:
                    raise DeviceLost(f"{where}: {name} was not announced with its checksum")
                with disk_errors(folder):
                    tar.extract(member, folder, set_attrs=False)
                if _sha256(folder / name) != wanted[name]:
                    raise DeviceLost(f"{where}: {name} did not come as it was sent")
                came.add(name)
    except tarfile.TarError as error:
        raise SutFailed(
            f"{where}: what comes back is no sound archive: {archive_fault(error)}"
        ) from error
    while archive.read(1 << 16):
        pass  # the zeros behind the archive's end
    if missing := sorted(set(wanted) - came):
        raise DeviceLost(f"{where}: {missing[0]} did not come")


class _Metered:
    """An archive that ends in an error where a header is huge."""

    def __init__(self, archive: Readable) -> None:
        self._archive = archive
        self._left: float = HEADER_BYTES  # opening an archive reads its first header

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        data = self._archive.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise tarfile.ReadError(f"a header of more than {HEADER_BYTES:,} bytes")
        return data

    def header(self, tar: tarfile.TarFile) -> tarfile.TarInfo | None:
        """Return the next member of the archive; its content is not limited here."""
        self._left = HEADER_BYTES
        member = tar.next()
        self._left = math.inf
        return member


class _Limits:
    """Limits of a whole archive."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._members = self._bytes = 0

    def count(self, member: tarfile.TarInfo) -> None:
        """Take a member into account, before it is unpacked."""
        self._members += 1
        self._bytes += max(0, member.size)
        if self._members > MOST_MEMBERS:
            raise SutFailed(f"{self._where}: its runs have more than {MOST_MEMBERS:,} files")
        if member.issparse():
            raise SutFailed(f"{self._where}: {member.name[:200]!r} is a sparse file")
        if self._bytes > MOST_BYTES:
            raise SutFailed(f"{self._where}: its runs have more than {MOST_BYTES:,} bytes")


def _leads_out(name: str) -> bool:
    return name.startswith("/") or ".." in PurePosixPath(name).parts


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
