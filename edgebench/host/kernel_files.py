"""Small text files of /proc and /sys."""

from __future__ import annotations

from pathlib import Path

ROOT = Path("/")
"""The folder that /proc, /sys and /etc lie in; tests have one of their own."""


def read_text(path: Path) -> str:
    """Return a small file of /proc or /sys, stripped; empty if it is not there or not ours."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
