"""An accuracy log as a round takes it: its hash in accuracy.txt, its middle left out."""

from __future__ import annotations

import hashlib
from pathlib import Path

from edgebench.mlperf.inference_tree import CUT, MOST_ACCURACY_BYTES, VIEWABLE_BYTES
from edgebench.mlperf.loadgen.detail import ACCURACY_FILE
from edgebench.rundir.layout import ACCURACY_TXT

_BLOCK = 1 << 20


def copy_truncated(source: Path, target: Path) -> str:
    """Copy an accuracy log and accuracy.txt; return the SHA-256 of the whole log.

    The hash is of the log as LoadGen wrote it; keep that: MLCommons may ask for it. What is no
    longer than a round takes is copied whole.

    Raises
    ------
    OSError
        If a file can't be read or written.
    """
    log = source / ACCURACY_FILE
    digest = sha256_of(log)
    size = log.stat().st_size
    if size <= MOST_ACCURACY_BYTES:
        (target / ACCURACY_FILE).write_bytes(log.read_bytes())
    else:
        with log.open("rb") as file:
            start = file.read(VIEWABLE_BYTES)
            file.seek(size - VIEWABLE_BYTES)
            end = file.read(VIEWABLE_BYTES)
        (target / ACCURACY_FILE).write_bytes(start + CUT + end)
    text = (source / ACCURACY_TXT).read_text(encoding="utf-8").rstrip("\n")
    (target / ACCURACY_TXT).write_text(f"{text}\nhash={digest}\n", encoding="utf-8")
    return digest


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256, whatever its size."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
