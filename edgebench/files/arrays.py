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
from collections.abc import Iterable
from math import prod
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

MOST_BYTES = 2 * 2**30
"""Of one array, unless the caller sets another limit."""
_FORMAT: Any = np.lib.format  # numpy does not type it
_HEADERS = {
    (1, 0): _FORMAT.read_array_header_1_0,
    (2, 0): _FORMAT.read_array_header_2_0,
}
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
        with path.open("rb") as file:
            return _array(file, os.fstat(file.fileno()).st_size, most_bytes)
    except (OSError, EOFError) as error:
        raise ArrayFileInvalid(str(error)) from error


def read_npz(
    path: Path, names: Iterable[str], most_bytes: int = MOST_BYTES
) -> dict[str, NDArray[Any]]:
    """Read some arrays of a .npz file; those that it lacks are left out.

    Raises
    ------
    ArrayFileInvalid
        If it can't be read; the message does not name the file.
    """
    found: dict[str, NDArray[Any]] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            members = set(archive.namelist())
            for name in names:
                member = f"{name}.npy"
                if member not in members:
                    continue
                size = archive.getinfo(member).file_size
                with archive.open(member) as file:
                    try:
                        found[name] = _array(file, size, most_bytes)
                    except ArrayFileInvalid as error:
                        raise ArrayFileInvalid(f"{name}: {error}") from error
    except ArrayFileInvalid:
        raise
    except _BAD_ARCHIVE as error:
        _require_files(error)
        raise ArrayFileInvalid(f"not a sound archive: {_why(error)}") from error
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
        raise ArrayFileInvalid(f"not a sound archive: {_why(error)}") from error
    return tuple(name.removesuffix(".npy") for name in names)


def _why(error: Exception) -> str:
    if isinstance(error, zlib.error):
        return "its compressed data are damaged"
    return str(error)


def _array(file: IO[bytes], size: int, most_bytes: int) -> NDArray[Any]:
    """Read an array of a file of so many bytes."""
    try:
        version = _FORMAT.read_magic(file)
        if version not in _HEADERS:
            raise ArrayFileInvalid(f"version {version[0]}.{version[1]} of the .npy format")
        with warnings.catch_warnings():
            # About headers by Python 2, and about what is damaged in them.
            warnings.simplefilter("ignore")
            shape, is_fortran, dtype = _HEADERS[version](file)
    except _BAD_HEADER as error:
        said = str(error).partition("\n")[0]
        raise ArrayFileInvalid(f"not a .npy header: {said}") from error
    if dtype.hasobject or not dtype.itemsize:
        raise ArrayFileInvalid(f"items of type {dtype} are not read")
    if any(length < 0 for length in shape):
        raise ArrayFileInvalid(f"a shape of {shape}")
    wanted, there = prod(shape) * dtype.itemsize, size - file.tell()
    if wanted > most_bytes:
        raise ArrayFileInvalid(f"{wanted:,} bytes when unpacked; the limit is {most_bytes:,}")
    if wanted > there:
        raise ArrayFileInvalid(f"cut short: {there:,} of {wanted:,} bytes")
    content = file.read(wanted)
    if len(content) < wanted:
        raise ArrayFileInvalid(f"cut short: {len(content):,} of {wanted:,} bytes")
    flat = np.frombuffer(content, dtype)
    return flat.reshape(shape, order="F" if is_fortran else "C")
