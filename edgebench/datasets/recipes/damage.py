"""What Python's readers of archives raise where one is damaged, encrypted or packed otherwise."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib

DAMAGED = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError),
    *(RuntimeError, ValueError, KeyError),  # NotImplementedError is a RuntimeError
)
