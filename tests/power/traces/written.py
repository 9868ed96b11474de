"""Files of recordings, written for a test and read."""

from __future__ import annotations

from pathlib import Path

from edgebench.power.traces.format import ReadOptions
from edgebench.power.traces.recordings import read_recording
from edgebench.power.traces.trace import PowerTrace


def written(folder: Path, text: str, name: str = "m.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def read(folder: Path, text: str, **options: object) -> PowerTrace:
    return read_recording(written(folder, text), ReadOptions(**options))  # type: ignore[arg-type]
