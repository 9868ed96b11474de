"""Find the line of each key in a TOML file: Python's reader does not tell."""

from __future__ import annotations

import re
from bisect import bisect_right
from pathlib import Path

Keys = tuple[str | int, ...]
"""The way to a value: names of tables and keys, and numbers in lists."""

_BLANK = re.compile(r"(?:[\s,]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_KEY = re.compile(r'[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'')
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL
)
_PLAIN = re.compile(r"[^,\]}#\n]*")


class TomlLines:
    """The lines of a file that `tomllib` has read; what it refuses has no lines here."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines: dict[Keys, int] = {}
        self._text = text
        self._ends = [match.start() for match in re.finditer("\n", text)]
        self._place = 0
        self._newest: dict[Keys, int] = {}
        self._read()

    def line(self, *keys: str | int) -> int | None:
        """Return the line of a key, or of the nearest table around it; None for the whole file."""
        for end in range(len(keys), 0, -1):
            if keys[:end] in self._lines:
                return self._lines[keys[:end]]
        return None

    def at(self, *keys: str | int) -> str:
        """Return ``FILE, line N``, or the file alone where no line is known."""
        number = self.line(*keys)
        return str(self._path) if number is None else f"{self._path}, line {number}"

    def _read(self) -> None:
        table: Keys = ()
        while self._skip(_BLANK) and self._place < len(self._text):
            if self._text[self._place] == "[":
                table = self._header()
            elif not self._pair(table):
                return

    def _header(self) -> Keys:
        is_list = self._text.startswith("[[", self._place)
        start = self._place
        self._place += 2 if is_list else 1
        table: Keys = ()
        names = self._names()
        for number, name in enumerate(names, start=1):
            table += (name,)
            self._note(table, start)
            if is_list and number == len(names):
                self._newest[table] = self._newest.get(table, -1) + 1
            if table in self._newest:
                table += (self._newest[table],)
        self._note(table, start)
        self._place += 2 if is_list else 1
        return table

    def _pair(self, table: Keys) -> bool:
        """Read ``key = value``; return whether there was one."""
        start = self._place
        names = self._names()
        if not names or self._text[self._place : self._place + 1] != "=":
            return False
        for count in range(1, len(names) + 1):
            self._note((*table, *names[:count]), start)
        self._place += 1
        self._value((*table, *names))
        return True

    def _names(self) -> Keys:
        names: list[str | int] = []
        while self._skip(_SPACE) and (match := _KEY.match(self._text, self._place)):
            self._place = match.end()
            text = match[0]
            names.append(text[1:-1] if text[0] in "\"'" else text)
            self._skip(_SPACE)
            if self._text[self._place : self._place + 1] != ".":
                break
            self._place += 1
        return tuple(names)

    def _value(self, keys: Keys) -> None:
        self._skip(_SPACE)
        here = self._text[self._place : self._place + 1]
        if here == "[":
            self._items(keys)
        elif here == "{":
            self._place += 1
            while self._skip(_BLANK) and self._pair(keys):
                pass
            self._place += 1
        else:
            self._skip(_STRING) if here in "\"'" else self._skip(_PLAIN)

    def _items(self, keys: Keys) -> None:
        self._place += 1
        number = 0
        while self._skip(_BLANK) and self._text[self._place : self._place + 1] not in ("]", ""):
            before = self._place
            self._note((*keys, number), before)
            self._value((*keys, number))
            if self._place == before:
                return
            number += 1
        self._place += 1

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self._text, self._place)
        self._place = match.end() if match else self._place
        return True

    def _note(self, keys: Keys, place: int) -> None:
        self._lines.setdefault(keys, 1 + bisect_right(self._ends, place - 1))
