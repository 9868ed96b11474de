"""The power of a result: its files, and whether its session's records agree with them."""

from __future__ import annotations

from pathlib import Path

from edgebench.mlperf.inference_tree import (
    OPTIONAL_FILES,
    OPTIONAL_PERFORMANCE_FILES,
    PERFORMANCE_FILES,
    POWER_FILES,
)
from edgebench.mlperf.loadgen.detail import DetailLog
from edgebench.mlperf.power.rules import session_doubts, session_faults
from edgebench.mlperf.power.spl import checker_power_w, read_spl
from edgebench.results.check.files import check_files
from edgebench.results.check.inference.result import CheckedResult
from edgebench.rundir.layout import SPL

WITH_POWER = (*PERFORMANCE_FILES, SPL)


def check_power(checked: CheckedResult, performance: Path, log: DetailLog) -> None:
    """Check a result's power, if it has any."""
    findings, home = checked.findings, performance.parent
    power, spl = home / "power", performance / SPL
    if not power.is_dir():
        if spl.is_file():
            findings.warning(spl, "power without a power folder counts for nothing")
        return
    for folder in (performance, home / "ranging"):
        check_files(findings, folder, WITH_POWER, OPTIONAL_PERFORMANCE_FILES)
    missing = [name for name in POWER_FILES if not (power / name).is_file()]
    if missing:
        findings.error(
            power,
            f"no {', '.join(missing)}: MLCommons' power check takes the logs of its own client "
            "and server only",
        )
    with checked.findings.noting(spl):
        if not missing and check_files(findings, power, POWER_FILES, OPTIONAL_FILES):
            for fault in session_faults(home):
                findings.error(power, fault)
            for doubt in session_doubts(home):
                findings.warning(power, doubt)
        begin, end = log.window
        checker_power_w(read_spl(spl), begin, end)
