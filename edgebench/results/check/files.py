"""Files as such: names, links, sizes, what must be there, JSON that can be read."""

from __future__ import annotations

from codecs import BOM_UTF8, getincrementaldecoder
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgebench.files.refusals import refusal
from edgebench.files.regular_files import require_plain_file
from edgebench.results.check.finding import Findings, Severity
from edgebench.text.json_text import JsonDamaged, parse_json

SPARED = {".git", ".github", ".gitignore", ".gitkeep"}
MOST_LINKS = 40
"""As Linux follows: more lead nowhere."""
_BYTES_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class NameRules:
    """Rules for the names of a submitter's files and folders.

    Attributes
    ----------
    most_bytes, longest
        The size of a file, and the length of a path.
    unfriendly
        How bad a space or a leading dot in a name is.
    takes_links
        Whether a relative symbolic link to something in the same submission is accepted.
    """

    most_bytes: int
    longest: int
    unfriendly: Severity = "error"
    takes_links: bool = False


def folders_in(path: Path) -> list[Path]:
    """Return the folders in a folder, by name; none if it is not there."""
    return sorted(each for each in path.iterdir() if each.is_dir()) if path.is_dir() else []


def check_names(findings: Findings, home: Path, rules: NameRules) -> None:
    """Check all of a submitter's files and folders for what a repository of results can't have."""
    for path in sorted(home.rglob("*")):
        if SPARED & set(path.relative_to(home).parts):
            continue
        if path.is_symlink():
            _check_link(findings, path, home, rules)
            continue
        if " " in path.name:
            findings.note(rules.unfriendly, path, "a space in its name")
        if path.name.startswith("."):
            findings.note(rules.unfriendly, path, "hidden: its name begins with a dot")
        if len(str(path.relative_to(findings.root))) > rules.longest:
            findings.warning(path, f"its path is longer than {rules.longest} characters")
        with findings.noting(path):
            if path.is_dir():
                _check_folder(findings, path)
            else:
                _check_file(findings, path, rules)


def _check_folder(findings: Findings, path: Path) -> None:
    if path.name == "__pycache__":
        findings.error(path, "compiled Python")
    elif not any(path.iterdir()):
        findings.error(path, "an empty folder")


def _check_file(findings: Findings, path: Path, rules: NameRules) -> None:
    require_plain_file(path)
    with path.open("rb"):
        pass  # it can be read: packing the submission reads it
    if path.stat().st_size > rules.most_bytes:
        findings.error(path, f"larger than {rules.most_bytes // 2**20} MiB")


def _check_link(findings: Findings, link: Path, home: Path, rules: NameRules) -> None:
    if not rules.takes_links:
        findings.error(link, "a symbolic link")
    elif not _leads_into(link, home):
        findings.error(
            link, "a symbolic link to nothing that is in the submission, wherever it is copied to"
        )


def _leads_into(link: Path, home: Path) -> bool:
    """Return whether a link leads to what is submitted, wherever the submission lies."""
    home = home.resolve()
    try:
        if any(each.is_absolute() for each in _targets(link)):
            return False  # right on this machine alone
        found = link.resolve(strict=True)
    except (OSError, RuntimeError):
        return False  # it leads nowhere, or to itself
    return found.is_relative_to(home) and not SPARED & set(found.relative_to(home).parts)


def _targets(link: Path) -> Iterator[Path]:
    """Yield what a link says, then what the link says that it leads to, and so on."""
    for _ in range(MOST_LINKS):
        if not link.is_symlink():
            return
        target = link.readlink()
        yield target
        link = link.parent / target


def check_files(
    findings: Findings, folder: Path, wanted: Iterable[str], allowed: Iterable[str] = ()
) -> bool:
    """Check that a folder has its files, that they are not empty, and that it has no others.

    Returns
    -------
    Whether all that must be there are.
    """
    if not folder.is_dir():
        findings.error(folder, "is missing")
        return False
    # Hidden files are noted with all unfriendly names.
    there = {path.name for path in folder.iterdir() if path.is_file() and path.name[0] != "."}
    needed = set(wanted)
    for name in sorted(needed - there):
        findings.error(folder / name, "is missing")
    for name in sorted(there - needed - set(allowed)):
        findings.error(folder / name, "does not belong here")
    for name in sorted(needed & there):
        if not (folder / name).stat().st_size:
            findings.error(folder / name, "is empty")
    return needed <= there


def text_fault(path: Path, *, takes_mark: bool = False) -> str:
    """Return why the official checkers can't read a text; empty if they can: they take UTF-8 alone.

    Parameters
    ----------
    takes_mark
        Whether a byte order mark does no harm, as in a text whose first line is not parsed.

    Raises
    ------
    OSError
        If it can't be read at all.
    """
    decoder = getincrementaldecoder("utf-8")()
    try:
        require_plain_file(path)
        with path.open("rb") as file:
            block = file.read(_BYTES_AT_ONCE)
            if block.startswith(BOM_UTF8) and not takes_mark:
                return "begins with a byte order mark: save it as UTF-8 without one"
            while block:
                decoder.decode(block)
                block = file.read(_BYTES_AT_ONCE)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return f"not text in UTF-8: it has a byte 0x{error.object[error.start]:02x}"
    return ""


def read_object(findings: Findings, path: Path) -> dict[str, Any] | None:
    """Read a JSON object; None, with an error noted, where it is none."""
    try:
        require_plain_file(path)
        values = parse_json(path.read_bytes())
        fault = text_fault(path)
    except FileNotFoundError:
        findings.error(path, "is missing")
        return None
    except OSError as error:
        findings.error(path, f"can't be read: {refusal(error)}")
        return None
    except JsonDamaged as error:
        findings.error(path, f"can't be read: {error}")
        return None
    if fault:
        findings.error(path, fault)
    if not isinstance(values, dict):
        findings.error(path, "not a JSON object")
        return None
    return values


def check_fields(
    findings: Findings,
    path: Path,
    values: Mapping[str, Any],
    wanted: Mapping[str, bool],
    severity: Severity = "error",
) -> None:
    """Check that fields are there, and that those that must say something do.

    A bare 0, false or null says nothing: the official checkers take it for empty.
    """
    for name, needed in wanted.items():
        if name not in values:
            findings.note(severity, path, f"no field {name!r}")
        elif needed and (not values[name] or not str(values[name]).strip()):
            findings.note(severity, path, f"the field {name!r} is empty")


def check_said(
    findings: Findings,
    path: Path,
    values: Mapping[str, Any],
    name: str,
    allowed: Iterable[str],
    severity: Severity = "error",
) -> None:
    """Check that a field says one of some words, in any case."""
    known = list(allowed)
    said = str(values.get(name, "")).lower()
    if said and said not in [each.lower() for each in known]:
        findings.note(severity, path, f"{name} is {values[name]!r}, not {' or '.join(known)}")
