"""Write LoadGen's configuration files: user.conf and audit.config."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

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
