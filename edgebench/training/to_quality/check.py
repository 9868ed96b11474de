"""Result files before mlperf-logging's compliance checker, and a package before its summarizer."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from edgebench.mlperf.rounds import latest_round
from edgebench.processes.programs import captured
from edgebench.training.to_quality.goal import Goal

OWN_RULES_FILE = Path(__file__).with_name("rules.yaml")
OLDEST_RULESET = "2.1.0"
"""Named where none is found, so that the checker itself can say what it lacks."""
TIMEOUT_S = 120.0
_PREFIX = "training_"


def newest_ruleset() -> str:
    """Return the newest of MLPerf Training's rulesets that the installed mlperf-logging has.

    It says how lines are written, also in files that are checked by our own rules. Where none is
    installed: `OLDEST_RULESET`.
    """
    package = find_spec("mlperf_logging")
    places = [] if package is None else list(package.submodule_search_locations or ())
    folders = [each for place in places for each in Path(place).glob(f"*/{_PREFIX}*")]
    rounds = [each.name.removeprefix(_PREFIX) for each in folders]
    known = [each for each in rounds if each.replace(".", "").isdigit()]
    return latest_round(known or [OLDEST_RULESET])


@dataclass(frozen=True)
class Verdict:
    """The checker's verdict on a file; ``reason`` is its first complaint."""

    path: Path
    passed: bool
    rules: str
    reason: str = ""


def check_result(path: Path, goal: Goal) -> Verdict:
    """Run the compliance checker on a result file.

    By its stock rules where it knows the benchmark, else by edgebench's.
    """
    ruleset = newest_ruleset() if goal.by_own_rules else goal.ruleset
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
    stock = f"MLPerf Training {ruleset}"
    rules = f"edgebench rules, lines as in {stock}" if goal.by_own_rules else f"{stock}, open"
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
