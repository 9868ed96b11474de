"""An accuracy test: how many samples, how good, and the hash of its log."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from edgebench.mlperf.inference_tree import CUT, HASH_PATTERN, MOST_ACCURACY_BYTES
from edgebench.mlperf.loadgen.accuracy import read_answers
from edgebench.mlperf.loadgen.detail import ACCURACY_FILE, DetailLog
from edgebench.mlperf.log_text import real
from edgebench.results.check.inference.result import CheckedResult
from edgebench.rundir.layout import ACCURACY_TXT


def check_size(checked: CheckedResult, path: Path, log: DetailLog) -> None:
    """Check that the test ran on as many samples as the benchmark has."""
    wanted = checked.rules.dataset_samples
    with checked.noting(path):
        count = log.whole("qsl_reported_total_count", 0)
        if count != wanted:
            checked.closed_only(
                path,
                f"accuracy on {count} samples, the benchmark has {wanted}: the official checker "
                "wants --skip-dataset-size-check",
            )


def check_accuracy(checked: CheckedResult, folder: Path) -> None:
    """Check accuracy.txt, and the accuracy log by the hash that it has."""
    path, log = folder / ACCURACY_TXT, folder / ACCURACY_FILE
    with checked.noting(path):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        _check_value(checked, path, _matches(checked.rules.accuracy_pattern, lines))
        if log.stat().st_size > MOST_ACCURACY_BYTES:
            text = f"not truncated: more than {MOST_ACCURACY_BYTES // 1024} KiB"
            checked.findings.error(log, text)
            return
        hashes = _matches(HASH_PATTERN, lines)
        if len(hashes) == 1:
            _check_hash(checked, log, hashes[0])
            return
        said = "two hash= lines" if hashes else "no hash= line of the whole accuracy log"
        checked.findings.error(path, said)


def _matches(pattern: str, lines: list[str]) -> list[str]:
    return [match[1] for line in lines if (match := re.match(pattern, line))]


def _check_value(checked: CheckedResult, path: Path, found: list[str]) -> None:
    if not found:
        checked.findings.error(path, "no line has the benchmark's accuracy")
    elif real(found[-1], "the accuracy") < checked.rules.target:
        text = f"accuracy {found[-1]} is below the benchmark's {checked.rules.target:.4g}"
        checked.closed_only(path, text)


def _check_hash(checked: CheckedResult, log: Path, said: str) -> None:
    content = log.read_bytes()
    if CUT in content:
        if not re.fullmatch("[0-9a-f]{64}", said):
            checked.findings.error(log, f"its hash {said[:70]!r} is no SHA-256")
        return
    if hashlib.sha256(content).hexdigest() != said:
        checked.findings.error(log, "it is whole, and its SHA-256 is not accuracy.txt's")
    with checked.noting(log):
        if not any(True for _ in read_answers(log)):
            checked.findings.error(log, "has no answer in it")
