"""Read the catalog of what can be pulled: packages of files, each pinned by its SHA-256."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from edgebench.card_file import read_card, unknown_value
from edgebench.datasets.recipes.recipe import RECIPES
from edgebench.models.packages.generated import MADE_HERE
from edgebench.text.brief import Brief
from edgebench.text.toml_lines import Keys

CATALOG = Path(__file__).with_name("catalog.toml")
SUMS = Path(__file__).with_name("sums")
"""The lists of samples, as ``sha256sum`` writes them."""
LABEL_CLASSES = {"kws01": 12}
KNOWN_VALUES: dict[str, Collection[str]] = {
    "labels": LABEL_CLASSES,
    "recipe": RECIPES,
    "made_here": MADE_HERE,
}
"""What a package's fields may name, if they are given."""
_SUM = re.compile(r"([0-9a-f]{64})  (\S+)")


@dataclass(frozen=True)
class RemoteFile:
    """A file of a package: where it goes, where it comes from, what it must be."""

    path: str
    url: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, repr=False)
class Package(Brief):
    """Files that are pulled together.

    ``labels`` is a folder whose y_labels.csv is written; ``recipe`` makes the package's data from
    files that the user has (`edgebench.datasets.recipes`), by ``lists`` that are fetched then.
    ``made_here`` needs none: `edgebench.models.packages.generated`.
    """

    name: str
    summary: str
    licence: str
    files: tuple[RemoteFile, ...]
    labels: str = ""
    recipe: str = ""
    lists: tuple[RemoteFile, ...] = ()
    made_here: str = ""


@dataclass(frozen=True)
class ListedFile:
    """A file as the catalog has it: ``at`` is its place below the address of ``source``."""

    path: str
    source: str
    at: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class ListedSamples:
    """Many files of one size, whose names and hashes are in a file of their own."""

    sums: str
    source: str
    at: str
    size_bytes: int


@dataclass(frozen=True)
class ListedPackage:
    """A package as the catalog has it."""

    summary: str
    licence: str
    files: tuple[ListedFile, ...] = ()
    labels: str = ""
    recipe: str = ""
    lists: tuple[ListedFile, ...] = ()
    samples: ListedSamples | None = None
    made_here: str = ""


@dataclass(frozen=True)
class Catalog:
    """catalog.toml: the addresses of sources, and packages of files."""

    sources: dict[str, str]
    packages: dict[str, ListedPackage]


def catalog(path: Path = CATALOG) -> dict[str, Package]:
    """Return what can be pulled, by name.

    Raises
    ------
    CardInvalid
        With every fault of the catalog.
    """
    read = read_card(path, Catalog, {}, _faults)
    return {
        name: Package(
            name=name,
            summary=each.summary,
            licence=each.licence,
            files=(
                *(_remote(entry, read.sources) for entry in each.files),
                *(_remote(entry, read.sources) for entry in _samples(each.samples)),
            ),
            labels=each.labels,
            recipe=each.recipe,
            lists=tuple(_remote(entry, read.sources) for entry in each.lists),
            made_here=each.made_here,
        )
        for name, each in read.packages.items()
    }


def _remote(entry: ListedFile, sources: dict[str, str]) -> RemoteFile:
    url = f"{sources[entry.source]}/{quote(entry.at)}"
    return RemoteFile(entry.path, url, entry.size_bytes, entry.sha256)


def _samples(listed: ListedSamples | None) -> Iterator[ListedFile]:
    if listed is None:
        return
    folder = Path(listed.sums).stem
    for line in (SUMS / listed.sums).read_text(encoding="ascii").splitlines():
        if match := _SUM.fullmatch(line):
            digest, name = match.groups()
            at = f"{listed.at}/{name}"
            yield ListedFile(f"{folder}/{name}", listed.source, at, listed.size_bytes, digest)


def _faults(read: Catalog) -> Iterator[tuple[Keys, str]]:
    for name, package in read.packages.items():
        keys: Keys = ("packages", name)
        for field, known in KNOWN_VALUES.items():
            value = getattr(package, field)
            if value and value not in known:
                yield (*keys, field), unknown_value(field, value, known)
        if not package.files and not package.made_here:
            yield (*keys, "files"), "`files` are missing"
        yield from _file_faults((*keys, "files"), package.files, read)
        yield from _file_faults((*keys, "lists"), package.lists, read)
        if package.samples is not None:
            yield from _sample_faults((*keys, "samples"), package.samples, read)


def _file_faults(
    keys: Keys, entries: Sequence[ListedFile], read: Catalog
) -> Iterator[tuple[Keys, str]]:
    for number, entry in enumerate(entries):
        where = (*keys, number)
        yield from _entry_faults(where, entry, read)
        if Path(entry.path).is_absolute() or ".." in Path(entry.path).parts:
            yield where, f"`path` is {entry.path!r}, outside the package"


def _sample_faults(keys: Keys, samples: ListedSamples, read: Catalog) -> Iterator[tuple[Keys, str]]:
    yield from _entry_faults(keys, samples, read)
    known = [each.name for each in SUMS.iterdir()]
    if samples.sums not in known:
        yield keys, unknown_value("sums", samples.sums, known)


def _entry_faults(
    keys: Keys, entry: ListedFile | ListedSamples, read: Catalog
) -> Iterator[tuple[Keys, str]]:
    if entry.source not in read.sources:
        yield keys, unknown_value("source", entry.source, read.sources)
    if entry.size_bytes < 0:
        yield keys, f"`size_bytes` must be at least 0, not {entry.size_bytes}"
