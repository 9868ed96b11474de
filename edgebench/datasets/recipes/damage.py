"""Errors of Python's readers of archives that are damaged, encrypted or packed otherwise."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib

DAMAGED = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError),
    *(RuntimeError, ValueError, KeyError),  # NotImplementedError is a RuntimeError
)
