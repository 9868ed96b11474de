"""Find the performance tests below a folder that are results: no rehearsal, and no audit."""

from __future__ import annotations

import re
from pathlib import Path

from edgebench.errors import LogInvalid
from edgebench.mlperf.loadgen.detail import DETAIL_FILE, SUMMARY_FILE, DetailLog, read_detail
from edgebench.mlperf.loadgen.summary import read_summary

_OTHER_FOLDER = re.compile(r"(?i)accuracy|ranging|compliance|audit|TEST\d\d")
AUDIT_SETTINGS = (
    "effective_test05",
    "effective_accuracy_log_sampling_target",
    "effective_performance_issue_unique",
    "effective_performance_issue_same",
)
"""The settings that MLPerf's audit.config makes; a run for a result has no such setting."""


def result_folders(root: Path) -> list[Path]:
    """Return the folders at or below a folder whose logs are results, sorted.

    Accuracy runs, ranging runs of a power measurement and audits are recognized by the folders
    that a submission has them in, and by what their logs say.
    """
    homes = {path.parent for name in (SUMMARY_FILE, DETAIL_FILE) for path in root.rglob(name)}
    return sorted(each for each in homes if _is_result(root, each))


def _is_result(root: Path, folder: Path) -> bool:
    if any(_OTHER_FOLDER.fullmatch(part) for part in folder.relative_to(root).parts):
        return False
    try:
        if (folder / DETAIL_FILE).is_file():
            return not _is_other(read_detail(folder / DETAIL_FILE))
        mode = read_summary(folder / SUMMARY_FILE).values.get("mode", "")
    except LogInvalid:
        return True  # so that whoever reads it reports what is wrong with it
    return "accuracy" not in mode.lower()


def _is_other(log: DetailLog) -> bool:
    """Return whether a log is of accuracy mode, or of an audit."""
    values = log.values
    if str(values.get("effective_test_mode", "")) == "AccuracyOnly":
        return True
    return any(values.get(name) not in (None, 0, False, "") for name in AUDIT_SETTINGS)
