"""Say in our own words what is wrong with an archive."""

from __future__ import annotations

import lzma
import struct
import zlib
from collections.abc import Mapping

from edgebench.files.refusals import refusal

_PACKED = "its compressed data are damaged"
_LISTED = "its list of files is damaged"
_DAMAGED = "it is damaged"
_WORDS: Mapping[type[Exception], str] = {
    zlib.error: _PACKED,
    lzma.LZMAError: _PACKED,
    EOFError: "it is cut short",
    struct.error: _LISTED,
    LookupError: _LISTED,
    OverflowError: _LISTED,
    ValueError: _LISTED,
    TypeError: _DAMAGED,
}


def archive_fault(error: Exception) -> str:
    """Return why an archive can't be read, in one line.

    Parameters
    ----------
    error
        What zipfile or tarfile raised. Their own errors have sentences, some of several lines; the
        others are of what they call, and say nothing to people.
    """
    if isinstance(error, OSError):
        return refusal(error)
    kinds = (kind for kind in _WORDS if isinstance(error, kind))
    first = str(error).partition("\n")[0].rstrip(": ")
    return next((_WORDS[kind] for kind in kinds), first or _DAMAGED)
