"""Data that several modules load."""

from __future__ import annotations

from pathlib import Path


def kws01(folder: Path, lines: list[str], files: dict[str, bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "y_labels.csv").write_text("\n".join(lines))
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder
