"""Read numpy's .npy and .npz files; their sizes are checked before anything is unpacked.

Whatever is wrong with a file ends in one error with a sentence: numpy and zipfile raise a dozen
kinds for damaged ones.
"""

from __future__ import annotations

import errno
import lzma
import os
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from edgebench.files.archive_fault import archive_fault
from edgebench.files.regular_files import require_plain_file

T = TypeVar("T")
MOST_BYTES = 2 * 2**30
"""Of one array, unless the caller sets another limit."""
_FORMAT: Any = np.lib.format  # numpy does not type it
_HEADERS = {
    (1, 0): _FORMAT.read_array_header_1_0,
    (2, 0): _FORMAT.read_array_header_2_0,
}
_SUFFIX = ".npy"
_BAD_HEADER = (
    ValueError,
    TypeError,
    LookupError,
    SyntaxError,
    TokenError,
    OverflowError,
    MemoryError,
    RecursionError,
)
"""What numpy's parser of headers, which is Python's own, raises for damaged ones."""
_BAD_ARCHIVE = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,  # encrypted; NotImplementedError: an unknown compression
    LookupError,
    OverflowError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)


@dataclass(frozen=True)
class ArrayHeader:
    """The header of an array's file."""

    shape: tuple[int, ...]
    is_fortran: bool
    dtype: np.dtype[Any]


class ArrayFileInvalid(ValueError):
    """A file that holds no arrays, is cut short or damaged, or is too large when unpacked."""


def read_npy(path: Path, most_bytes: int = MOST_BYTES) -> NDArray[Any]:
    """Read a .npy file.

    Raises
    ------
    ArrayFileInvalid
        If it can't be read; the message does not name the file.
    """
    try:
        require_plain_file(path)
        with path.open("rb") as file:
            return _array(file, os.fstat(file.fileno()).st_size, most_bytes)
    except (OSError, EOFError) as error:
        raise ArrayFileInvalid(archive_fault(error)) from error


def read_npz(
    path: Path, names: Iterable[str], most_bytes: int = MOST_BYTES
) -> dict[str, NDArray[Any]]:
    """Read some arrays of a .npz file; those that it lacks are left out.

    Raises
    ------
    ArrayFileInvalid
        If it can't be read; the message does not name the file.
    """
    return _read_members(path, names, lambda file, size: _array(file, size, most_bytes))


def npz_headers(path: Path, names: Iterable[str]) -> dict[str, ArrayHeader]:
    """Read the headers of some arrays of a .npz file, and no values; as `read_npz` otherwise."""
    return _read_members(path, names, lambda file, size: _header(file))


def _read_members(
    path: Path, names: Iterable[str], read: Callable[[IO[bytes], int], T]
) -> dict[str, T]:
    """Read members of an archive by a function of the open file and its size."""
    found: dict[str, T] = {}
    try:
        require_plain_file(path)
        with zipfile.ZipFile(path) as archive:
            members = set(archive.namelist())
            for name in names:
                member = f"{name}{_SUFFIX}"
                if member not in members:
                    continue
                size = archive.getinfo(member).file_size
                with archive.open(member) as file:
                    try:
                        found[name] = read(file, size)
                    except ArrayFileInvalid as error:
                        raise ArrayFileInvalid(f"{name}: {error}") from error
    except ArrayFileInvalid:
        raise
    except _BAD_ARCHIVE as error:
        _require_files(error)
        raise ArrayFileInvalid(f"not a sound archive: {archive_fault(error)}") from error
    return found


def _require_files(error: Exception) -> None:
    """Raise an error that is not the file's: nothing more could be opened."""
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        raise error


def npz_names(path: Path) -> tuple[str, ...]:
    """Return the names of the arrays in a .npz file; nothing is unpacked.

    Raises
    ------
    ArrayFileInvalid
        If it can't be read; the message does not name the file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except _BAD_ARCHIVE as error:
        _require_files(error)
        raise ArrayFileInvalid(f"not a sound archive: {archive_fault(error)}") from error
    arrays = (name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX))
    return tuple(dict.fromkeys(arrays))


def _header(file: IO[bytes]) -> ArrayHeader:
    """Read an array's header; the values come next."""
    try:
        version = _FORMAT.read_magic(file)
        if version not in _HEADERS:
            raise ArrayFileInvalid(f"version {version[0]}.{version[1]} of the .npy format")
        with warnings.catch_warnings():
            # About headers by Python 2, and about what is damaged in them.
            warnings.simplefilter("ignore")
            header = ArrayHeader(*_HEADERS[version](file))
    except _BAD_HEADER as error:
        said = str(error).partition("\n")[0]
        raise ArrayFileInvalid(f"not a .npy header: {said}") from error
    if header.dtype.hasobject or not header.dtype.itemsize:
        raise ArrayFileInvalid(f"items of type {header.dtype} are not read")
    if any(length < 0 for length in header.shape):
        raise ArrayFileInvalid(f"a shape of {header.shape}")
    return header


def _array(file: IO[bytes], size: int, most_bytes: int) -> NDArray[Any]:
    """Read an array of a file of so many bytes."""
    header = _header(file)
    wanted, there = prod(header.shape) * header.dtype.itemsize, size - file.tell()
    if wanted > most_bytes:
        raise ArrayFileInvalid(f"{wanted:,} bytes when unpacked; the limit is {most_bytes:,}")
    if wanted > there:
        raise ArrayFileInvalid(f"cut short: {there:,} of {wanted:,} bytes")
    content = file.read(wanted)
    if len(content) < wanted:
        raise ArrayFileInvalid(f"cut short: {len(content):,} of {wanted:,} bytes")
    flat = np.frombuffer(content, header.dtype)
    return flat.reshape(header.shape, order="F" if header.is_fortran else "C")
