"""Read and write LoadGen's configuration files: user.conf and audit.config."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from edgebench.errors import LogInvalid
from edgebench.mlperf.log_text import log_lines

USER_CONF = "user.conf"
AUDIT_CONFIG = "audit.config"
Value = int | float


def write_config(path: Path, scenario: str, values: Mapping[str, Value], comment: str) -> None:
    """Write a file of ``*.SCENARIO.key = value`` lines, which LoadGen reads."""
    lines = [f"# {comment}", *(f"*.{scenario}.{key} = {_text(v)}" for key, v in values.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _text(value: Value) -> str:
    # LoadGen reads no exponents.
    return str(value) if isinstance(value, int) else f"{value:.9f}".rstrip("0").rstrip(".")


def read_config(path: Path) -> dict[str, str]:
    """Read a configuration file: its keys with model and scenario, and their values.

    Raises
    ------
    LogInvalid
        If it can't be read, or a line is not ``key = value`` (the message says which).
    """
    values = {}
    for number, line in log_lines(path):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        key, equals, value = text.partition("=")
        if not equals or not key.strip() or not value.strip():
            raise LogInvalid(f"{path}, line {number}: not `key = value`: {text[:60]!r}")
        values[key.strip()] = value.strip()
    return values
