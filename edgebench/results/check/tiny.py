"""MLPerf Tiny's rules on a tree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from edgebench.errors import LogInvalid
from edgebench.mlperf.inference_tree import LONGEST_PATH
from edgebench.mlperf.tiny.files import LEAST_INFERENCES, LEAST_WINDOW_US, PERFORMANCE_WINDOWS
from edgebench.mlperf.tiny.results import TinyResults, read_tiny
from edgebench.mlperf.tiny.tree import (
    BENCHMARKS,
    DIVISIONS,
    EEMBC_FILES,
    EEMBC_MARK,
    FILES,
    MOST_FILE_BYTES,
    OPTIONAL_MODES,
    REQUIRED_MODES,
    STATUSES,
    SYSTEM_FIELDS,
    TinyBenchmark,
)
from edgebench.results.check.files import (
    check_fields,
    check_files,
    check_names,
    check_said,
    read_object,
)
from edgebench.results.check.finding import Findings


def check_tiny(findings: Findings) -> None:
    """Check every submitter's results in a tree."""
    for division in DIVISIONS:
        folder = findings.root / division
        for home in sorted(folder.iterdir()) if folder.is_dir() else ():
            if not (home / "results").is_dir():
                findings.error(home, "has no results")
                continue
            check_names(findings, home, MOST_FILE_BYTES, LONGEST_PATH)
            if not (home / "code").is_dir():
                findings.error(home / "code", "is missing")
            for system in sorted(each for each in (home / "results").iterdir() if each.is_dir()):
                _check_system(findings, home, division, system.name)
                for benchmark in sorted(each for each in system.iterdir() if each.is_dir()):
                    _check_benchmark(findings, benchmark, division == "closed")


def _check_system(findings: Findings, home: Path, division: str, system: str) -> None:
    path = home / "systems" / f"{system}.json"
    values = read_object(findings, path)
    if values is None:
        return
    # Published ones have "Operating System " with a space at its end.
    stripped = {name.strip(): value for name, value in values.items()}
    check_fields(findings, path, stripped, SYSTEM_FIELDS)
    check_said(findings, path, stripped, "Division", [division])
    check_said(findings, path, stripped, "Submitter", [home.name])
    check_said(findings, path, stripped, "Status", STATUSES)
    if "system_type" in values:
        findings.error(
            path, "system_type is MLPerf Inference's: the official checker crashes on it"
        )


def _check_benchmark(findings: Findings, folder: Path, is_closed: bool) -> None:
    rules = BENCHMARKS.get(folder.name)
    if rules is None:
        findings.error(
            folder, f"no benchmark's name; there are {', '.join(BENCHMARKS)}, in open as well"
        )
        return
    findings.results.append(str(folder.relative_to(findings.root)))
    files = EEMBC_FILES if (folder / EEMBC_MARK).is_file() else FILES
    modes = {each.name for each in folder.iterdir() if each.is_dir()}
    for mode in sorted(modes - {*REQUIRED_MODES, *OPTIONAL_MODES}):
        findings.error(folder / mode, "no mode's name")
    complete = [
        check_files(findings, folder / mode, files)
        for mode in (*REQUIRED_MODES, *OPTIONAL_MODES)
        if mode in REQUIRED_MODES or mode in modes
    ]
    if not all(complete):
        return
    try:
        found = read_tiny(folder)
    except LogInvalid as error:
        findings.error(folder, str(error))
        return
    for doubt in found.doubts:
        findings.error(folder, f"{doubt}: one of them was changed")
    _check_accuracy(findings, folder, rules, found, is_closed)
    if files == FILES:
        _check_windows(findings, folder)
        _check_inputs(findings, folder, rules, is_closed)
    if found.benchmark and found.benchmark != folder.name:
        findings.error(folder, f"the device called its model {found.model}")


def _check_accuracy(
    findings: Findings, folder: Path, rules: TinyBenchmark, found: TinyResults, is_closed: bool
) -> None:
    value = found.top1_percent if rules.metric == "top1" else found.auc
    path = folder / "accuracy" / "results.txt"
    if value is None:
        findings.error(path, f"has no {'Top 1%' if rules.metric == 'top1' else 'AUC'}")
    elif value < rules.target:
        text = f"{value:g} is below the benchmark's {rules.target:g}"
        (findings.error if is_closed else findings.warning)(path, text)


def _entries(findings: Findings, path: Path) -> list[Any]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        findings.error(path, f"can't be read: {error}")
        return []
    if not isinstance(rows, list):
        findings.error(path, "not a list")
        return []
    return rows


def _check_windows(findings: Findings, folder: Path) -> None:
    """Check what the official checker does not: how many windows there are, and how long."""
    path = folder / "performance" / "results.json"
    rows = _entries(findings, path)
    if len(rows) < PERFORMANCE_WINDOWS:
        findings.error(path, f"{len(rows)} windows; the rules want {PERFORMANCE_WINDOWS}")
    for number, row in enumerate(rows, 1):
        try:
            infer = row["infer"]
            elapsed, count = float(infer["elapsed_time"]), int(infer["iterations"])
        except (KeyError, TypeError, ValueError) as error:
            findings.error(path, f"window {number}: {error}")
            continue
        if elapsed < LEAST_WINDOW_US or count < LEAST_INFERENCES:
            findings.error(
                path,
                f"window {number}: {elapsed / 1e6:g} s and {count} inferences; the rules want "
                f"{LEAST_WINDOW_US / 1e6:g} s and {LEAST_INFERENCES}",
            )


def _check_inputs(findings: Findings, folder: Path, rules: TinyBenchmark, is_closed: bool) -> None:
    path = folder / "accuracy" / "results.json"
    count = len({str(row.get("file")) for row in _entries(findings, path) if isinstance(row, dict)})
    if count != rules.inputs:
        text = f"accuracy on {count} inputs, the benchmark has {rules.inputs}"
        (findings.error if is_closed else findings.warning)(path, text)
