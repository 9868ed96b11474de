"""Check every submitter's folders of MLPerf Tiny: systems, benchmarks, which files there are."""

from __future__ import annotations

import re
from filecmp import cmp
from pathlib import Path

from edgebench.mlperf.inference_tree import LONGEST_PATH
from edgebench.mlperf.tiny.files import RESULTS_TXT
from edgebench.mlperf.tiny.find import LONG_NAMES
from edgebench.mlperf.tiny.names import benchmark_of_model
from edgebench.mlperf.tiny.results import model_named
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
    NameRules,
    check_fields,
    check_files,
    check_names,
    check_said,
    folders_in,
    read_object,
)
from edgebench.results.check.finding import Findings
from edgebench.results.check.tiny.checked_benchmark import CheckedBenchmark
from edgebench.results.check.tiny.modes import check_mode
from edgebench.rundir.layout import ENERGY, PERFORMANCE

NAMES = NameRules(MOST_FILE_BYTES, LONGEST_PATH, unfriendly="warning")
ESSENTIAL_FIELDS = ("Submitter", "Division", "Status", "Board Name", "Processor(s) Name")
"""Without these a result is nobody's and nothing's; published ones lack some of the others."""


def check_tiny(findings: Findings, version: str) -> None:
    """Check every submitter's results in a tree."""
    for division in DIVISIONS:
        with findings.noting(findings.root / division):
            for home in folders_in(findings.root / division):
                with findings.noting(home):
                    _check_home(findings, home, division, ROUNDS[version])


def _check_home(findings: Findings, home: Path, division: str, rules: TinyRound) -> None:
    """Check one submitter's folder in one division."""
    if not (home / "results").is_dir():
        findings.error(home, "has no results")
        return
    check_names(findings, home, NAMES)
    if not (home / "code").is_dir():
        findings.error(home / "code", "is missing")
    for system in folders_in(home / "results"):
        with findings.noting(system):
            _check_system(findings, home, division, system.name)
            for benchmark in folders_in(system):
                with findings.noting(benchmark):
                    _check_benchmark(findings, benchmark, division == "closed", rules)


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
    checked = CheckedBenchmark(findings, folder, BENCHMARKS[name], is_closed, rules.is_decided)
    _check_needs(checked)
    is_eembc = (folder / EEMBC_MARK).is_file() or not rules.marks_eembc
    modes = _check_modes(checked, EEMBC_FILES if is_eembc else FILES)
    for mode in modes:
        check_mode(checked, mode)
        with findings.noting(folder / mode, "damage"):
            _check_model(checked, folder / mode, name)


def _check_model(checked: CheckedBenchmark, folder: Path, name: str) -> None:
    """Check that a mode's log is of a device with the benchmark's model."""
    model = model_named(folder)
    said = benchmark_of_model(model)
    if said and said == checked.rules.needs:
        text = f"the device called its model {model}: is it the larger one?"
        checked.findings.warning(folder, text)
    elif said and said != name:
        checked.findings.error(folder, f"the device called its model {model}")


def _check_needs(checked: CheckedBenchmark) -> None:
    """Check that the smaller benchmark is there, and that its measurement is another one."""
    needs, folder = checked.rules.needs, checked.folder
    if not needs:
        return
    other = folder.parent / needs
    if not other.is_dir():
        checked.findings.error(folder, f"counts only together with results of {needs}")
        return
    # The same accuracy may be a coincidence, the same microseconds are none.
    for mode in (PERFORMANCE, ENERGY):
        ours, theirs = (each / mode / RESULTS_TXT for each in (folder, other))
        if ours.is_file() and theirs.is_file() and cmp(ours, theirs, shallow=False):
            checked.findings.contradiction(ours, f"the same file as {needs}'s")


def _check_modes(checked: CheckedBenchmark, files: tuple[str, ...]) -> list[str]:
    """Check which modes there are and their files; return those that can be read."""
    findings, folder, is_streamed = checked.findings, checked.folder, checked.rules.is_streamed
    there = {each.name for each in folder.iterdir() if each.is_dir()}
    known = (*REQUIRED_MODES, *OPTIONAL_MODES)
    for mode in sorted(there - set(known)):
        findings.error(folder / mode, "no mode's name")
    required = () if is_streamed else REQUIRED_MODES
    wanted = [mode for mode in known if mode in there or mode in required]
    if not wanted:
        findings.error(folder, "has no run in it")
    with_plot = OPTIONAL_MODES if is_streamed else ()
    needed = {mode: (*files, STREAM_PLOT) if mode in with_plot else files for mode in wanted}
    return [mode for mode in wanted if _is_complete(findings, folder / mode, needed[mode])]


def _is_complete(findings: Findings, mode: Path, needed: tuple[str, ...]) -> bool:
    """Check that a mode has the files that it needs, and no others than optional ones."""
    with findings.noting(mode):
        there = [each.name for each in mode.iterdir()] if mode.is_dir() else []
        optional = [each for each in there if re.fullmatch(OPTIONAL_FILES, each)]
        return check_files(findings, mode, needed, optional)
    return False
