"""Check the audits of a result in closed: whether each is there and has passed.

Source: mlcommons/inference, compliance/ and the submission checker.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import LogInvalid
from edgebench.mlperf.inference_tree import OPTIONAL_AUDIT_FILES, PERFORMANCE_FILES
from edgebench.mlperf.loadgen.detail import DETAIL_FILE
from edgebench.mlperf.log_text import log_lines, real
from edgebench.results.check.files import check_files
from edgebench.results.check.inference.performance import check_performance
from edgebench.results.check.inference.result import CheckedResult

PASSED_LINE = "TEST PASS"
ACCURACY, PERFORMANCE, LENGTH = (
    f"verify_{what}.txt" for what in ("accuracy", "performance", "output_len")
)
TOKEN_LINES = (
    ("First token check pass: True", "First token check pass: Skipped"),
    ("EOS check pass: True",),
    ("Sample length check pass: True",),
)
"""What TEST06 must say: one of each."""
_EXACT = "99.9"
"""Models whose accuracy may differ by a tenth of the others'."""


@dataclass(frozen=True)
class AuditFiles:
    """The files of an audit: those that say that it has passed, and whether LoadGen's logs."""

    passes: Mapping[str, Callable[[CheckedResult, Path, list[str]], bool]]
    has_logs: bool = False


def _passed(checked: CheckedResult, folder: Path, lines: list[str]) -> bool:
    return any(PASSED_LINE in line for line in lines)


def _same_answers(checked: CheckedResult, folder: Path, lines: list[str]) -> bool:
    """Return whether answers were the same, or, of a system that is not exact, as good."""
    if PASSED_LINE in (line.strip() for line in lines):
        return True
    found = [folder / "accuracy" / f"{name}_accuracy.txt" for name in ("baseline", "compliance")]
    if not all(each.is_file() for each in found):
        return False
    share = 0.001 if _EXACT in checked.folder.parent.name else 0.01
    for metric in checked.rules.metrics:
        before, after = (_value(each, metric.pattern) for each in found)
        if not before or not after or abs(1 - before / after) > share:
            return False
    return True


def _value(path: Path, pattern: str) -> float:
    found = [match[1] for _, line in log_lines(path) if (match := re.match(pattern, line))]
    return real(found[-1].rstrip("."), str(path)) if found else 0.0


def _same_tokens(checked: CheckedResult, folder: Path, lines: list[str]) -> bool:
    said = {line.strip() for line in lines}
    return all(any(each in said for each in ways) for ways in TOKEN_LINES)


AUDIT_FILES: Mapping[str, AuditFiles] = {
    "TEST01": AuditFiles({ACCURACY: _same_answers, PERFORMANCE: _passed}, has_logs=True),
    "TEST04": AuditFiles({PERFORMANCE: _passed}, has_logs=True),
    "TEST06": AuditFiles({ACCURACY: _same_tokens}),
    "TEST07": AuditFiles({ACCURACY: _passed}),
    "TEST08": AuditFiles({ACCURACY: _passed}),
    "TEST09": AuditFiles({LENGTH: _passed}),
}


def check_audits(checked: CheckedResult, home: Path, names: tuple[str, ...]) -> None:
    """Check the audits that a benchmark of closed must have, each a folder of ``home``."""
    for name in names:
        folder, files = home / name, AUDIT_FILES[name]
        if not folder.is_dir():
            checked.findings.error(folder, "is missing: closed needs this audit")
            continue
        for file, has_passed in files.passes.items():
            _check_verdict(checked, folder, file, has_passed)
        run = folder / "performance" / "run_1"
        if files.has_logs and check_files(
            checked.findings, run, PERFORMANCE_FILES, OPTIONAL_AUDIT_FILES
        ):
            log = checked.log(run / DETAIL_FILE, "PerformanceOnly")
            if log is not None:
                check_performance(checked, run, log, summarized=False)


def _check_verdict(
    checked: CheckedResult,
    folder: Path,
    file: str,
    has_passed: Callable[[CheckedResult, Path, list[str]], bool],
) -> None:
    path = folder / file
    if not path.is_file():
        checked.findings.error(path, "is missing")
        return
    try:
        passed = has_passed(checked, folder, [line for _, line in log_lines(path)])
    except LogInvalid as error:
        checked.findings.error(path, str(error))
        return
    if not passed:
        checked.findings.error(path, "does not say that the audit has passed")
