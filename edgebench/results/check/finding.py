"""Findings of a check."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from edgebench.errors import LogInvalid
from edgebench.files.refusals import refusal

Severity = Literal["error", "warning"]
Kind = Literal["rule", "contradiction", "damage"]
"""What was found: a rule that is not kept, files that say different things, or one that is no such
file."""


@dataclass(frozen=True)
class Finding:
    """A fault: an error keeps a submission out, a warning is for its reader.

    ``where`` is below the tree.
    """

    severity: Severity
    where: str
    text: str
    kind: Kind = "rule"


@dataclass
class Findings:
    """The findings of a tree so far.

    ``results`` counts the results that were looked at, whatever was found.
    """

    root: Path
    found: list[Finding] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    _known: set[Finding] = field(default_factory=set, repr=False)

    def note(self, severity: Severity, where: Path, text: str, kind: Kind = "rule") -> None:
        """Note something as an error or as a warning."""
        finding = Finding(severity, self._below(where), text, kind)
        # Several checks read the same folder; one that can't be read is noted once.
        if finding not in self._known:
            self._known.add(finding)
            self.found.append(finding)

    def error(self, where: Path, text: str) -> None:
        """Note what keeps the submission out."""
        self.note("error", where, text)

    def contradiction(self, where: Path, text: str) -> None:
        """Note as an error that a file says what another one says otherwise."""
        self.note("error", where, f"{text}: one of them was changed", "contradiction")

    def warning(self, where: Path, text: str) -> None:
        """Note what a reader should know."""
        self.note("warning", where, text)

    @contextmanager
    def noting(self, where: Path, kind: Kind = "rule") -> Iterator[None]:
        """Note a log, a file or a folder that can't be read, in place of the rest of a block."""
        try:
            yield
        except LogInvalid as error:
            self.note("error", where, str(error), kind)
        except OSError as error:
            named = Path(error.filename) if isinstance(error.filename, str) else where
            self.note("error", named, f"can't be read: {refusal(error)}", kind)

    def _below(self, where: Path) -> str:
        return str(where.relative_to(self.root)) if where.is_relative_to(self.root) else str(where)

    @property
    def errors(self) -> list[Finding]:
        """The errors alone."""
        return [each for each in self.found if each.severity == "error"]
