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
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote, urlsplit

from edgebench.datasets.loaders.mlperf_tiny import LABELS_FILE
from edgebench.datasets.recipes.recipe import RECIPES, make_data
from edgebench.errors import DiskFull, DownloadFailed, UsageError
from edgebench.events import OnEvent, ignore
from edgebench.files.atomic import write_text
from edgebench.files.disk import disk_errors
from edgebench.files.folders import UserFolder, cache_folder
from edgebench.models.packages.catalog import LABEL_CLASSES, Package, RemoteFile, catalog
from edgebench.models.packages.generated import MADE_HERE
from edgebench.processes.interruptions import interruptible
from edgebench.text.brief import Brief

TIMEOUT_S = 30.0
BLOCK_BYTES = 1 << 16
LISTS = "lists"
"""The folder of a package with the lists that recipes go by."""
NO_DATA = "-"
_LABEL = re.compile(r"_(\d+)\.bin$")


@dataclass(frozen=True, repr=False)
class Pulled(Brief):
    """A package in the cache: its folder, how many files had to be fetched, and made.

    ``data`` is the folder of its data; None where there are none yet.
    """

    package: Package
    folder: Path
    fetched: int
    made: int = 0
    data: Path | None = None

    @property
    def wants(self) -> str:
        """The sources of the data that are not there yet; empty if nothing is missing."""
        recipe = RECIPES.get(self.package.recipe)
        return recipe.wants if recipe and self.data is None else ""


def pull(
    name: str,
    mirror: str | None = None,
    cache: Path | None = None,
    on_event: OnEvent = ignore,
    packages: dict[str, Package] | None = None,
    source: Path | None = None,
) -> Pulled:
    """Fetch a package, or what is missing of it.

    Parameters
    ----------
    mirror
        A folder, or a file:// or http(s):// address, that holds the files under the names that
        they have in the cache; instead of their own places.
    source
        The user's archive or folder that the package's data are made from, by its recipe.

    Raises
    ------
    UsageError
        If there is no such package, it has no recipe, or the mirror is no place.
    DatasetNotFound, DatasetInvalid
        If there is no such source, or it is not what the recipe wants.
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
    if source is not None:
        _require_recipe(package, source, known)
    kept = UserFolder(cache, "XDG_CACHE_HOME") if cache else cache_folder("pull")
    folder = kept.path / name
    fetched = 0
    for file in _missing(folder, (*package.files, *(package.lists if source is not None else ()))):
        if not fetched:
            (kept / name).ready()
            on_event(f"fetching {package.name} into {folder}")
        with (
            _full_disk_named(kept),
            interruptible(lambda: "What came is kept; the same command goes on where it stopped"),
        ):
            _fetch(_place(file, mirror), file, folder / file.path)
        fetched += 1
    if package.labels:
        with _full_disk_named(kept):
            _write_labels(package, folder)
    made = _make_here(package, kept / name, on_event) if package.made_here else 0
    if source is not None:
        on_event(f"making {package.recipe} from {source}")
        with _full_disk_named(kept):
            made = make_data(package.recipe, source, folder / LISTS, folder / package.recipe)
    data = folder / (package.labels or package.recipe or NO_DATA)
    return Pulled(package, folder, fetched, made, data if (data / LABELS_FILE).is_file() else None)


def _require_recipe(package: Package, source: Path, known: dict[str, Package]) -> None:
    if not package.recipe:
        raise UsageError(
            f"`source={source}`: {package.name} has no data that are made; "
            f"{', '.join(each.name for each in known.values() if each.recipe)} have",
            field="source",
        )


def _missing(folder: Path, files: Iterable[RemoteFile]) -> Iterator[RemoteFile]:
    """Yield the files that are not in a folder; those that are must be what is expected."""
    for file in files:
        target = folder / file.path
        if target.is_file():
            _require_hash(target, file, "was there already and is left alone; move it away")
        else:
            yield file


def _make_here(package: Package, folder: UserFolder, on_event: OnEvent) -> int:
    """Make a package's own files, unless they are there; return how many were made."""
    here = MADE_HERE[package.made_here]
    if not here.missing(folder.path):
        return 0
    on_event(f"making {package.name} in {folder.path}")
    with _full_disk_named(folder):
        here.make(folder.ready())
    return len(here.files)


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
        raise UsageError(
            f"`mirror={mirror}`: neither a folder nor a file:// or http(s):// address",
            field="mirror",
            value=mirror,
        )
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
    target = folder / package.labels / LABELS_FILE
    if target.is_file():
        there = set(target.read_text(encoding="utf-8", errors="replace").splitlines())
        if not there < set(lines):
            return  # it is whole, or the user's: an older catalog had fewer samples
    with disk_errors(folder):
        write_text(target, "\n".join(lines) + "\n")
