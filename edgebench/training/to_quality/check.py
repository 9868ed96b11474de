"""Result files before mlperf-logging's compliance checker, and a package before its summarizer."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from edgebench.processes.programs import captured
from edgebench.training.to_quality.goal import Goal

OWN_RULES_FILE = Path(__file__).with_name("rules.yaml")
PARSER_RULESET = "2.1.0"
"""How lines are written in files that are checked by our own rules."""
TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Verdict:
    """What the checker says of a file; ``reason`` is its first complaint."""

    path: Path
    passed: bool
    rules: str
    reason: str = ""


def check_result(path: Path, goal: Goal) -> Verdict:
    """Run the compliance checker on a result file.

    By its stock rules where it knows the benchmark, else by edgebench's.
    """
    ruleset = PARSER_RULESET if goal.by_own_rules else goal.ruleset
    command = [
        sys.executable,
        "-m",
        "mlperf_logging.compliance_checker",
        "--usage",
        "training",
        "--ruleset",
        ruleset,
        "--log_output",
        str(path.with_suffix(".check.log")),
    ]
    if goal.by_own_rules:
        command += ["--config", str(OWN_RULES_FILE)]
    done = captured([*command, str(path)], TIMEOUT_S)
    said = (done.stdout + done.stderr).strip().splitlines()
    passed = done.returncode == 0 and any("SUCCESS" in line for line in said)
    rules = "edgebench rules" if goal.by_own_rules else f"MLPerf Training {goal.ruleset}, open"
    reason = "" if passed else next((line for line in said if line.strip()), "no word")
    return Verdict(path, passed, rules, reason)


def summarize(package: Path, goal: Goal) -> Path | None:
    """Have mlperf-logging's summarizer write the package's summary.csv.

    Returns
    -------
    The file; None where the summarizer has no column for the benchmark, or wrote none.
    """
    if goal.by_own_rules:
        return None
    path = package / "summary.csv"
    captured(
        [
            sys.executable,
            "-m",
            "mlperf_logging.result_summarizer",
            str(package),
            "training",
            goal.ruleset,
            "--csv",
            str(path),
        ],
        TIMEOUT_S,
    )
    return path if path.is_file() else None
