"""A submission tree that is being written: whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgebench.errors import NotSubmittable
from edgebench.files.atomic import replacing_folder
from edgebench.files.disk import disk_errors
from edgebench.text.brief import Brief
from edgebench.text.json_text import json_text


@dataclass(frozen=True, repr=False)
class Submitted(Brief):
    """A finished tree: where it is, what went into it, and what the submitter must know."""

    path: Path
    results: tuple[str, ...]
    notes: tuple[str, ...]


@contextmanager
def new_tree(out: Path) -> Iterator[Path]:
    """Give a folder to write into, which becomes `out` if all goes well.

    Raises
    ------
    NotSubmittable
        If there is something at `out`.
    DiskFull, EdgebenchError
        If it can't be written.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise NotSubmittable(
            f"{out} is there already: choose another `out`, or remove it",
            field="out",
            value=str(out),
        )
    with disk_errors(out), replacing_folder(out) as draft:
        yield draft
        # Not if something has come there meanwhile.
        if out.exists():
            out.rmdir()


def put_json(path: Path, values: Any) -> None:
    """Write a JSON file and the folders above it."""
    put_text(path, json_text(values))


def put_text(path: Path, text: str) -> None:
    """Write a text file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")


def put_copies(source: Path, target: Path, names: tuple[str, ...], where: str) -> None:
    """Copy files into a folder.

    Raises
    ------
    NotSubmittable
        If one is missing.
    """
    target.mkdir(parents=True, exist_ok=True)
    for name in names:
        if not (source / name).is_file():
            raise NotSubmittable(f"{where}: {source / name} is missing: was it removed?")
        shutil.copyfile(source / name, target / name)
