"""A submission tree of either kind: found out which, and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from edgebench.errors import UsageError
from edgebench.mlperf import inference_tree
from edgebench.mlperf.tiny import tree as tiny_tree
from edgebench.mlperf.tiny.find import round_named
from edgebench.results.check.finding import Finding, Findings
from edgebench.results.check.inference.tree import check_inference, version_of
from edgebench.results.check.official import OfficialVerdict, run_official
from edgebench.results.check.tiny.tree import check_tiny
from edgebench.text.brief import Brief

SubmissionKind = Literal["inference", "tiny"]


@dataclass(frozen=True, repr=False)
class Checked(Brief):
    """A tree that was looked through; ``official`` is what the official checker said, if asked."""

    json_properties: ClassVar[tuple[str, ...]] = ("passed",)

    kind: SubmissionKind
    version: str
    results: tuple[str, ...]
    findings: tuple[Finding, ...]
    official: OfficialVerdict | None = None

    @property
    def passed(self) -> bool:
        """Whether nothing keeps it out."""
        ours = not any(each.severity == "error" for each in self.findings)
        return ours and bool(self.results) and (self.official is None or self.official.passed)


def check_tree(
    root: Path,
    version: str | None = None,
    official: Path | None = None,
    python: Path | None = None,
    options: tuple[str, ...] = (),
) -> Checked:
    """Check a tree by our own rules, and by the official checker where one is given.

    Parameters
    ----------
    version
        ``v6.1`` (inference) or ``v1.4`` (tiny); found out where it is left out.
    official, python, options
        As `run_official` takes them.

    Raises
    ------
    UsageError
        If it is no such tree, or of a version that is not known.
    """
    kind = _kind(root, version)
    known = tuple(inference_tree.LAYOUTS) if kind == "inference" else tuple(tiny_tree.ROUNDS)
    stated = version_of(root) if kind == "inference" else round_named(root)
    found = version or stated or known[-1]
    if found not in known:
        raise UsageError.unknown("version", found, known, where=f"of MLPerf {kind.capitalize()}")
    findings = Findings(root)
    for path in sorted(root.iterdir()):
        allowed = {*inference_tree.DIVISIONS, ".git", ".github", "assets"}
        if path.is_dir() and path.name not in allowed:
            findings.error(path, "no division's name")
    if kind == "inference":
        check_inference(findings, found)
    else:
        check_tiny(findings, found)
    if not findings.results:
        findings.error(root, "has no result in it")
    verdict = run_official(official, root, found, python, options) if official else None
    return Checked(kind, found, tuple(findings.results), tuple(findings.found), verdict)


def _kind(root: Path, version: str | None) -> SubmissionKind:
    if not any((root / division).is_dir() for division in inference_tree.DIVISIONS):
        raise UsageError(f"{root}: no submission tree: it has neither open/ nor closed/ in it")
    if version in tiny_tree.ROUNDS or any(root.glob("*/*/results/*/*/*/results.txt")):
        return "tiny"
    return "inference"
