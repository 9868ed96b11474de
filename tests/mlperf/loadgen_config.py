"""Read the configuration files that a run wrote for LoadGen."""

from __future__ import annotations

from pathlib import Path


def read_config(path: Path) -> dict[str, str]:
    """Return a configuration file's keys, with model and scenario, and their values."""
    values = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if text:
            key, _, value = text.partition("=")
            assert key.strip(), line
            assert value.strip(), line
            values[key.strip()] = value.strip()
    return values
