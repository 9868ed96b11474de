"""Which line of a TOML file a key stands in: Python's reader does not say."""

from __future__ import annotations

import re
from pathlib import Path

_HEADER = re.compile(r"^\s*(\[{1,2})\s*([A-Za-z0-9_.-]+)\s*\]{1,2}")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*=")


class Lines:
    """The lines of a file of plain tables and lists of tables."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._places: dict[tuple[str, int, str], int] = {}
        counts: dict[str, int] = {}
        table, index = "", 0
        for number, line in enumerate(text.splitlines(), start=1):
            if header := _HEADER.match(line):
                table = header[2]
                index = counts.get(table, -1) + 1
                counts[table] = index
                self._places[table, index, ""] = number
            elif key := _KEY.match(line):
                self._places.setdefault((table, index, key[1]), number)

    def at(self, table: str = "", index: int = 0, key: str = "") -> str:
        """Return ``FILE, line N`` of a key, or of its table where the key has no line."""
        number = self._places.get((table, index, key)) or self._places.get((table, index, ""))
        return str(self._path) if number is None else f"{self._path}, line {number}"
