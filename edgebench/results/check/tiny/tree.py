"""Check every submitter's folders of MLPerf Tiny: systems, benchmarks, which files there are."""

from __future__ import annotations

import re
from pathlib import Path

from edgebench.errors import LogInvalid
from edgebench.mlperf.inference_tree import LONGEST_PATH
from edgebench.mlperf.tiny.find import LONG_NAMES
from edgebench.mlperf.tiny.results import read_tiny
from edgebench.mlperf.tiny.tree import (
    BENCHMARKS,
    DIVISIONS,
    EEMBC_FILES,
    EEMBC_MARK,
    FILES,
    MOST_FILE_BYTES,
    OPTIONAL_FILES,
    OPTIONAL_MODES,
    REQUIRED_MODES,
    ROUNDS,
    STATUSES,
    STREAM_PLOT,
    SYSTEM_FIELDS,
    TinyRound,
)
from edgebench.results.check.files import (
    check_fields,
    check_files,
    check_names,
    check_said,
    read_object,
)
from edgebench.results.check.finding import Findings
from edgebench.results.check.tiny.checked import CheckedBenchmark
from edgebench.results.check.tiny.modes import check_mode

ESSENTIAL_FIELDS = ("Submitter", "Division", "Status", "Board Name", "Processor(s) Name")
"""Without these a result is nobody's and nothing's; published ones lack some of the others."""


def check_tiny(findings: Findings, version: str) -> None:
    """Check every submitter's results in a tree."""
    for division in DIVISIONS:
        folder = findings.root / division
        homes = [each for each in folder.iterdir() if each.is_dir()] if folder.is_dir() else []
        for home in sorted(homes):
            if not (home / "results").is_dir():
                findings.error(home, "has no results")
                continue
            check_names(findings, home, MOST_FILE_BYTES, LONGEST_PATH, unfriendly="warning")
            if not (home / "code").is_dir():
                findings.error(home / "code", "is missing")
            for system in sorted(each for each in (home / "results").iterdir() if each.is_dir()):
                _check_system(findings, home, division, system.name)
                for benchmark in sorted(each for each in system.iterdir() if each.is_dir()):
                    _check_benchmark(findings, benchmark, division == "closed", ROUNDS[version])


def _check_system(findings: Findings, home: Path, division: str, system: str) -> None:
    path = home / "systems" / f"{system}.json"
    values = read_object(findings, path)
    if values is None:
        return
    # Published ones have "Operating System " with a space at its end.
    stripped = {name.strip(): value for name, value in values.items()}
    essential = dict.fromkeys(ESSENTIAL_FIELDS, True)
    check_fields(findings, path, stripped, essential)
    others = {name: needed for name, needed in SYSTEM_FIELDS.items() if name not in essential}
    check_fields(findings, path, stripped, others, "warning")
    check_said(findings, path, stripped, "Division", [division], "warning")
    check_said(findings, path, stripped, "Submitter", [home.name], "warning")
    check_said(findings, path, stripped, "Status", STATUSES)
    if "system_type" in values:
        findings.error(
            path, "system_type is MLPerf Inference's: the official checker crashes on it"
        )


def _check_benchmark(findings: Findings, folder: Path, is_closed: bool, rules: TinyRound) -> None:
    name = LONG_NAMES.get(folder.name, folder.name) if rules.long_names else folder.name
    if name not in rules.benchmarks:
        findings.error(
            folder, f"no benchmark's name; there are {', '.join(rules.benchmarks)}, in open as well"
        )
        return
    findings.results.append(str(folder.relative_to(findings.root)))
    checked = CheckedBenchmark(findings, folder, BENCHMARKS[name], is_closed)
    needs = checked.rules.needs
    if needs and not (folder.parent / needs).is_dir():
        findings.error(folder, f"counts only together with results of {needs}")
    is_eembc = (folder / EEMBC_MARK).is_file() or not rules.marks_eembc
    modes = _check_modes(checked, EEMBC_FILES if is_eembc else FILES)
    for mode in modes:
        check_mode(checked, mode)
    try:
        found = read_tiny(folder)
    except LogInvalid:
        return  # the mode's own check has said so
    said = found.benchmark
    if said and said == checked.rules.needs:
        findings.warning(
            folder, f"the device called its model {found.model}: is it the larger one?"
        )
    elif said and said != name:
        findings.error(folder, f"the device called its model {found.model}")


def _check_modes(checked: CheckedBenchmark, files: tuple[str, ...]) -> list[str]:
    """Check which modes there are and their files; return those that can be read."""
    findings, folder, is_streamed = checked.findings, checked.folder, checked.rules.is_streamed
    there = {each.name for each in folder.iterdir() if each.is_dir()}
    known = (*REQUIRED_MODES, *OPTIONAL_MODES)
    for mode in sorted(there - set(known)):
        findings.error(folder / mode, "no mode's name")
    wanted = [
        mode for mode in known if mode in there or (mode in REQUIRED_MODES and not is_streamed)
    ]
    if not wanted:
        findings.error(folder, "has no run in it")
    complete = []
    for mode in wanted:
        path = folder / mode
        extra = [each.name for each in path.iterdir()] if path.is_dir() else []
        allowed = [each for each in extra if re.fullmatch(OPTIONAL_FILES, each)]
        needed = (*files, STREAM_PLOT) if mode in OPTIONAL_MODES and is_streamed else files
        if check_files(findings, path, needed, allowed):
            complete.append(mode)
    return complete
