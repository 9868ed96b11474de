"""Fetching models and data that edgebench may not ship, pinned by their SHA-256.

Files are cached under ``$XDG_CACHE_HOME/edgebench/pull``; what is there already and has the right
hash is not fetched again, so everything works offline from the second time on.
"""

from __future__ import annotations

import hashlib
import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote, urlsplit

from edgebench.card_file import read_card, unknown_value
from edgebench.errors import DiskFull, DownloadFailed, UsageError
from edgebench.events import OnEvent, ignore
from edgebench.files.atomic import write_text
from edgebench.files.disk import disk_errors
from edgebench.files.folders import UserFolder, cache_folder
from edgebench.interruptions import interruptible
from edgebench.toml_lines import Keys

CATALOG = Path(__file__).with_name("catalog.toml")
TIMEOUT_S = 30.0
BLOCK_BYTES = 1 << 16
LABEL_CLASSES = {"kws01": 12}
_LABEL = re.compile(r"_(\d+)\.bin$")


@dataclass(frozen=True)
class RemoteFile:
    """A file of a package: where it goes, where it comes from, what it must be."""

    path: str
    url: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Package:
    """What is pulled together; ``labels`` is a folder whose y_labels.csv is written."""

    name: str
    summary: str
    licence: str
    files: tuple[RemoteFile, ...]
    labels: str = ""


@dataclass(frozen=True)
class ListedFile:
    """A file as the catalog has it: ``at`` is its place below the address of ``source``."""

    path: str
    source: str
    at: str
    size: int
    sha256: str


@dataclass(frozen=True)
class ListedPackage:
    """A package as the catalog has it."""

    summary: str
    licence: str
    files: tuple[ListedFile, ...]
    labels: str = ""


@dataclass(frozen=True)
class Catalog:
    """catalog.toml: the addresses of sources, and packages of files."""

    sources: dict[str, str]
    packages: dict[str, ListedPackage]


@dataclass(frozen=True)
class Pulled:
    """A package in the cache: its folder, and how many files had to be fetched."""

    package: Package
    folder: Path
    fetched: int


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
            files=tuple(_remote(entry, read.sources) for entry in each.files),
            labels=each.labels,
        )
        for name, each in read.packages.items()
    }


def _remote(entry: ListedFile, sources: dict[str, str]) -> RemoteFile:
    url = f"{sources[entry.source]}/{quote(entry.at)}"
    return RemoteFile(entry.path, url, entry.size, entry.sha256)


def _faults(read: Catalog) -> Iterator[tuple[Keys, str]]:
    for name, package in read.packages.items():
        if package.labels and package.labels not in LABEL_CLASSES:
            yield (
                ("packages", name, "labels"),
                unknown_value("labels", package.labels, LABEL_CLASSES),
            )
        for number, entry in enumerate(package.files):
            keys = ("packages", name, "files", number)
            if entry.source not in read.sources:
                yield keys, unknown_value("source", entry.source, read.sources)
            if entry.size < 0:
                yield keys, f"`size` must be at least 0, not {entry.size}"
            if Path(entry.path).is_absolute() or ".." in Path(entry.path).parts:
                yield keys, f"`path` is {entry.path!r}, outside the package"


def pull(
    name: str,
    mirror: str | None = None,
    cache: Path | None = None,
    on_event: OnEvent = ignore,
    packages: dict[str, Package] | None = None,
) -> Pulled:
    """Fetch a package, or what is missing of it.

    Parameters
    ----------
    mirror
        A folder, or a file:// or http(s):// address, that holds the files under the names that
        they have in the cache; instead of their own places.

    Raises
    ------
    UsageError
        If there is no such package, or the mirror is no place.
    DownloadFailed
        If a file can't be had, or is not what it must be. Nothing that was there is deleted;
        a download that was cut short goes on where it stopped the next time.
    DiskFull, FolderNotWritable, EdgebenchError
        If it can't be written.
    """
    known = catalog() if packages is None else packages
    if name not in known:
        raise UsageError.unknown("name", name, known)
    package = known[name]
    kept = UserFolder(cache, "XDG_CACHE_HOME") if cache else cache_folder("pull")
    folder = kept.path / name
    fetched = 0
    for file in package.files:
        target = folder / file.path
        if target.is_file():
            _require_hash(target, file, "was there already and is left alone; move it away")
            continue
        if not fetched:
            (kept / name).ready()
            on_event(f"fetching {package.name} into {folder}")
        with (
            _full_disk_named(kept),
            interruptible(lambda: "What came is kept; the same command goes on where it stopped"),
        ):
            _fetch(_place(file, mirror), file, target)
        fetched += 1
    if package.labels:
        with _full_disk_named(kept):
            _write_labels(package, folder)
    return Pulled(package, folder, fetched)


def _place(file: RemoteFile, mirror: str | None) -> str:
    if mirror is None:
        return file.url
    try:
        parts = urlsplit(mirror)
        scheme, _ = parts.scheme, parts.port
    except ValueError as error:
        raise UsageError(
            f"`mirror={mirror}`: its host is no name and no address, or its port no number",
            field="mirror",
        ) from error
    if scheme in ("http", "https", "file"):
        return f"{mirror.rstrip('/')}/{quote(file.path)}"
    folder = Path(mirror)
    if not folder.is_dir():
        raise UsageError(f"`mirror={mirror}`: neither a folder nor a file:// or http(s):// address")
    return (folder.resolve() / file.path).as_uri()


@contextmanager
def _full_disk_named(kept: UserFolder) -> Iterator[None]:
    try:
        yield
    except DiskFull as error:
        raise DiskFull(
            f"{kept.path}: no space left; free some, or set the environment variable "
            f"{kept.variable} to another folder. What came is kept"
        ) from error


def _fetch(url: str, file: RemoteFile, target: Path) -> None:
    part = target.with_name(target.name + ".part")
    with disk_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        _download(url, file, part)
    found = _sha256(part)
    if found != file.sha256:
        # Not the user's file but what has just come: it must not be taken for a good beginning.
        part.unlink()
        raise DownloadFailed(
            f"{url}: its SHA-256 is {found}, expected {file.sha256} ({file.size_bytes} bytes); "
            "it is not used. Has it changed there, or on the way? Try another `mirror`"
        )
    with disk_errors(target.parent):
        part.replace(target)


def _download(url: str, file: RemoteFile, part: Path) -> None:
    """Fetch what is missing of a file; an OSError that it raises is about ``part``."""
    have = part.stat().st_size if part.is_file() else 0
    if have > file.size_bytes:
        part.unlink()
        have = 0
    if have == file.size_bytes:
        return
    with _source_errors(url):
        request = urllib.request.Request(url)  # noqa: S310 (schemes are checked by `_place`)
        if have and urlsplit(url).scheme != "file":
            request.add_header("Range", f"bytes={have}-")
        answer = urllib.request.urlopen(request, timeout=TIMEOUT_S)  # noqa: S310
    with answer:
        goes_on = getattr(answer, "status", None) == 206
        with part.open("ab" if goes_on else "wb") as out:
            for block in _blocks(url, answer, file.size_bytes - (have if goes_on else 0)):
                out.write(block)
    with _source_errors(url):
        if part.stat().st_size < file.size_bytes:
            raise ValueError(f"cut short after {part.stat().st_size} of {file.size_bytes} bytes")


def _blocks(url: str, answer: IO[bytes], room: int) -> Iterator[bytes]:
    # A byte more than expected is enough to know that it is not the file.
    while room >= 0:
        with _source_errors(url):
            block = answer.read(min(BLOCK_BYTES, room + 1))
        if not block:
            return
        room -= len(block)
        yield block


@contextmanager
def _source_errors(url: str) -> Iterator[None]:
    try:
        yield
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise DownloadFailed(
            f"{url}: can't be fetched: {reason}; try again (what came is kept and goes on), or "
            "name a folder or an address that has a copy with `mirror`"
        ) from error


def _require_hash(path: Path, file: RemoteFile, advice: str) -> None:
    found = _sha256(path)
    if found != file.sha256:
        raise DownloadFailed(f"{path}: its SHA-256 is {found}, expected {file.sha256}; it {advice}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_labels(package: Package, folder: Path) -> None:
    """Write MLPerf Tiny's y_labels.csv; the label is in each file's name."""
    classes = LABEL_CLASSES[package.labels]
    names = [Path(f.path).name for f in package.files if f.path.startswith(package.labels + "/")]
    lines = [f"{name},{classes},{found[1]}" for name in names if (found := _LABEL.search(name))]
    target = folder / package.labels / "y_labels.csv"
    if target.is_file():
        return  # it was written whole, or is the user's
    with disk_errors(folder):
        write_text(target, "\n".join(lines) + "\n")
