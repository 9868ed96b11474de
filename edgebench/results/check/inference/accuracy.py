"""An accuracy test: how many samples, how good, and the hash of its log."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from edgebench.mlperf.inference_models import Metric
from edgebench.mlperf.inference_tree import CUT, HASH_PATTERN, MOST_ACCURACY_BYTES
from edgebench.mlperf.loadgen.accuracy import read_answers
from edgebench.mlperf.loadgen.detail import ACCURACY_FILE, DetailLog
from edgebench.mlperf.log_text import log_lines, real
from edgebench.results.check.files import text_fault
from edgebench.results.check.inference.result import CheckedResult
from edgebench.rundir.layout import ACCURACY_TXT

_COUNTED = re.compile(
    r"accuracy=\s{0,9}([\d.]{1,20})%.{0,40}?good=\s{0,9}(\d{1,18}),\s{0,9}total=\s{0,9}(\d{1,18})"
)
COUNT_ROUNDING = 0.00051
"""Half of the last digit of a percentage, as the official script prints it, and a little."""
MOST_LINE_CHARACTERS = 1 << 20


def check_size(checked: CheckedResult, path: Path, log: DetailLog) -> None:
    """Check that the test ran on as many samples as the benchmark has."""
    wanted = checked.rules.scored_samples
    with checked.findings.noting(path):
        key = "effective_accuracy_sample_count"
        key = key if key in log.values else "qsl_reported_total_count"
        count = log.whole(key, 0)
        if count != wanted:
            checked.closed_only(
                path,
                f"accuracy on {count} samples, the benchmark has {wanted}: the official checker "
                "wants --skip-dataset-size-check",
            )


def check_accuracy(checked: CheckedResult, folder: Path) -> None:
    """Check accuracy.txt, and the accuracy log by the hash that it has."""
    path, log = folder / ACCURACY_TXT, folder / ACCURACY_FILE
    with checked.findings.noting(path):
        fault = text_fault(path)
        if fault:
            checked.findings.error(path, fault)
        lines = [line for _, line in log_lines(path, MOST_LINE_CHARACTERS)]
        for metric in checked.rules.metrics:
            _check_value(checked, path, metric, _matches(metric.pattern, lines))
        for line in lines:
            _check_counts(checked, path, line)
        if log.stat().st_size > MOST_ACCURACY_BYTES:
            text = f"not truncated: more than {MOST_ACCURACY_BYTES // 1024} KiB"
            checked.findings.error(log, text)
            return
        hashes = list(dict.fromkeys(_matches(HASH_PATTERN, lines)))
        if not hashes:
            checked.findings.error(path, "no hash= line of the whole accuracy log")
        elif len(hashes) > 1:
            checked.findings.warning(path, f"{len(hashes)} hash= lines that differ")
        else:
            _check_hash(checked, log, hashes[0])


def _matches(pattern: str, lines: list[str]) -> list[str]:
    return [match[1] for line in lines if (match := re.match(pattern, line))]


def _check_value(checked: CheckedResult, path: Path, metric: Metric, found: list[str]) -> None:
    if not found:
        checked.findings.error(path, "no line has the benchmark's accuracy")
        return
    # Every line counts: the official checker refuses what one of them says.
    for said in dict.fromkeys(found):
        value = real(said.rstrip("."), f"{path}, the accuracy")
        if value < metric.least:
            text = f"accuracy {said} is below the benchmark's {metric.least:.4g}"
            checked.closed_only(path, text)
        elif metric.most is not None and value > metric.most:
            text = f"{said} is above the benchmark's {metric.most:.4g}"
            checked.closed_only(path, text)


def _check_counts(checked: CheckedResult, path: Path, line: str) -> None:
    """Compare a percentage with the counts on its own line."""
    match = _COUNTED.search(line)
    if not match:
        return
    stated, good, total = real(match[1], f"{path}, accuracy"), int(match[2]), int(match[3])
    reckoned = 100 * good / total if total else 0.0
    if abs(stated - reckoned) > COUNT_ROUNDING:
        checked.findings.contradiction(
            path, f"says {match[1]} %, {good} of {total} are {reckoned:.3f} %"
        )


def _check_hash(checked: CheckedResult, log: Path, said: str) -> None:
    content = log.read_bytes()
    # Windows' ends of lines are two characters.
    if CUT in content.replace(b"\r\n", b"\n"):
        if not re.fullmatch("[0-9a-f]{64}", said):
            checked.findings.error(log, f"its hash {said[:70]!r} is no SHA-256")
        return
    if hashlib.sha256(content).hexdigest() != said:
        checked.findings.error(log, "it is whole, and its SHA-256 is not accuracy.txt's")
    with checked.findings.noting(log):
        if not any(True for _ in read_answers(log)):
            checked.findings.error(log, "has no answer in it")
