"""Faults to plant: each is one thing that a submission must not have.

``official`` is what the official checker says of the tree: True where it refuses it. It is what was
seen with mlcommons/inference and mlcommons/tiny of 2026; `benchmarks/planted_faults.py` tries it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

Harm = Callable[[Path], None]


@dataclass(frozen=True)
class Fault:
    """A fault: how it is planted, what our check says of it, and whether the official refuses."""

    harm: Harm
    says: str
    official: bool = True


# -- ways of planting --------------------------------------------------------------------------


def edited(below: str, old: str, new: str, count: int = -1) -> Harm:
    """Replace a text in a file; it must be there."""

    def harm(root: Path) -> None:
        path = root / below
        text = path.read_text()
        assert old in text, (below, old)
        path.write_text(text.replace(old, new, count))

    return harm


def rewritten(below: str, change: Callable[[bytes], bytes]) -> Harm:
    """Change the bytes of a file."""

    def harm(root: Path) -> None:
        path = root / below
        content = path.read_bytes()
        changed = change(content)
        assert changed != content, below
        path.write_bytes(changed)

    return harm


def removed(below: str) -> Harm:
    return lambda root: (root / below).unlink()


def written(below: str, text: str) -> Harm:
    def harm(root: Path) -> None:
        path = root / below
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    return harm


def moved(below: str, name: str) -> Harm:
    def harm(root: Path) -> None:
        (root / below).rename((root / below).with_name(name))

    return harm


def as_json(below: str, change: Callable[[Any], object]) -> Harm:
    """Change what a JSON file has."""

    def harm(root: Path) -> None:
        path = root / below
        values = json.loads(path.read_text())
        change(values)
        path.write_text(json.dumps(values, indent=1))

    return harm


def logged(folder: str, **values: Any) -> Harm:
    """Change values of a detail log; None leaves a key out."""

    def harm(root: Path) -> None:
        path = root / folder / "mlperf_log_detail.txt"
        lines = []
        for line in path.read_text().splitlines():
            entry = json.loads(line.removeprefix(":::MLLOG "))
            entry["value"] = values.get(entry["key"], entry["value"])
            if entry["value"] is not None:
                lines.append(f":::MLLOG {json.dumps(entry)}\n")
        path.write_text("".join(lines))

    return harm


def restated(folder: str, name: str, value: Any, *, is_first: bool) -> Harm:
    """Have a detail log state a key once more, with another value, in front of it or after it."""

    def harm(root: Path) -> None:
        path = root / folder / "mlperf_log_detail.txt"
        lines = []
        for line in path.read_text().splitlines(keepends=True):
            entry = json.loads(line.removeprefix(":::MLLOG "))
            if entry["key"] == name:
                other = f":::MLLOG {json.dumps(entry | {'value': value})}\n"
                lines.append(other + line if is_first else line + other)
            else:
                lines.append(line)
        path.write_text("".join(lines))

    return harm


def all_of(*harms: Harm) -> Harm:
    def harm(root: Path) -> None:
        for each in harms:
            each(root)

    return harm


def put(values: dict[str, Any], name: str, value: Any) -> None:
    values[name] = value


def field(below: str, name: str, value: Any) -> Harm:
    return as_json(below, partial(put, name=name, value=value))


def without(below: str, name: str) -> Harm:
    return as_json(below, lambda values: values.pop(name))
