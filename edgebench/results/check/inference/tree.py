"""Every submitter's folders: systems, models, settings, and which results there must be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import LogInvalid
from edgebench.mlperf.inference_models import INFERENCE_MODELS
from edgebench.mlperf.inference_rounds import INFERENCE_ROUNDS, Suite, mlperf_model, suites_of
from edgebench.mlperf.inference_tree import (
    ACCURACY_FILES,
    DIVISIONS,
    LAYOUTS,
    LONGEST_PATH,
    MEASUREMENT_FIELDS,
    MODEL_MAPPING,
    MOST_FILE_BYTES,
    OPTIONAL_FILES,
    OPTIONAL_PERFORMANCE_FILES,
    PERFORMANCE_FILES,
    SETTINGS_FILES,
)
from edgebench.mlperf.loadgen.detail import DETAIL_FILE, read_detail
from edgebench.mlperf.rounds import round_of
from edgebench.mlperf.scenarios import SCENARIOS, scenario_called
from edgebench.results.check.files import (
    NameRules,
    check_fields,
    check_files,
    check_names,
    folders_in,
    read_object,
)
from edgebench.results.check.finding import Findings
from edgebench.results.check.inference.accuracy import check_accuracy, check_size
from edgebench.results.check.inference.audits import check_audits
from edgebench.results.check.inference.performance import check_performance
from edgebench.results.check.inference.power import check_power
from edgebench.results.check.inference.result import INTERACTIVE, CheckedResult
from edgebench.results.check.inference.systems import check_system

NAMES = NameRules(MOST_FILE_BYTES, LONGEST_PATH, takes_links=True)


def check_inference(findings: Findings, version: str) -> None:
    """Check every submitter's results in a tree."""
    for division in DIVISIONS:
        with findings.noting(findings.root / division):
            for folder in folders_in(findings.root / division):
                with findings.noting(folder):
                    _check_home(_Home(findings, folder, division, version))


def version_of(root: Path) -> str | None:
    """Return the round that a tree is of, by the seeds of its first log and its layout."""
    for path in sorted(root.glob("*/*/results/*/*/*/performance/run_1/" + DETAIL_FILE)):
        try:
            found = round_of(read_detail(path).seeds)
        except LogInvalid:
            continue
        if found in LAYOUTS:
            return found
    return None


@dataclass(frozen=True)
class _Home:
    """One submitter's folder in one division."""

    findings: Findings
    folder: Path
    division: str
    version: str

    @property
    def mapping(self) -> dict[str, str]:
        """Which benchmark each model counts as, in the open division."""
        path = self.folder / MODEL_MAPPING
        found = read_object(self.findings, path) if path.is_file() else None
        return {str(name): str(to) for name, to in (found or {}).items()}


def _check_home(home: _Home) -> None:
    findings, code = home.findings, home.folder / LAYOUTS[home.version].code
    if not (home.folder / "results").is_dir():
        findings.error(home.folder, "has no results")
        return
    check_names(findings, home.folder, NAMES)
    if not code.is_dir():
        findings.error(code, "is missing")
    systems = folders_in(home.folder / "results")
    described = {path.stem for path in (home.folder / "systems").glob("*.json")}
    for name in sorted(described - {system.name for system in systems}):
        findings.error(home.folder / "systems" / f"{name}.json", "has no results")
    mapping = home.mapping
    for system in systems:
        has_power = any(system.rglob("performance/power"))
        path = home.folder / "systems" / f"{system.name}.json"
        home_names = (home.division, home.folder.name)
        kind = check_system(findings, path, *home_names, has_power=has_power)
        for model in folders_in(system):
            with findings.noting(model):
                _check_model(home, system, model, mapping, suites_of(kind))


def _check_model(
    home: _Home, system: Path, model: Path, mapping: dict[str, str], suites: tuple[Suite, ...]
) -> None:
    findings, rules = home.findings, INFERENCE_ROUNDS[home.version]
    known = mapping if home.division == "open" else {}
    benchmark = mlperf_model(model.name, known, home.version)
    if benchmark not in rules.models | (rules.open_models if home.division == "open" else set()):
        findings.error(
            model,
            f"counts as {benchmark or 'no benchmark'}: {MODEL_MAPPING} must map it to one of "
            f"{', '.join(sorted(rules.models))}",
        )
        return
    scenarios = folders_in(model)
    if home.division == "closed":
        _check_scenarios(findings, model, scenarios, rules.scenarios(benchmark, suites))
    for name, count in Counter(each.name.lower() for each in scenarios).items():
        if count > 1:
            findings.error(model, f"{count} folders are called {name}, in different cases")
    for folder in scenarios:
        if folder.name.lower() not in (*SCENARIOS, INTERACTIVE):
            findings.error(folder, "no scenario's name")
            continue
        findings.results.append(str(folder.relative_to(findings.root)))
        _check_settings(home, system.name, model.name, folder.name)
        measured = "server" if folder.name.lower() == INTERACTIVE else folder.name
        checked = CheckedResult(
            *(findings, folder, scenario_called(measured)),
            INFERENCE_MODELS[benchmark].in_scenario(folder.name),
            is_closed=home.division == "closed",
            version=home.version,
            suites=suites,
        )
        _check_result(checked)
        if checked.is_closed:
            place = {"system": system.name, "model": model.name, "scenario": folder.name}
            audits = home.folder / LAYOUTS[home.version].audits.format(**place)
            check_audits(checked, audits, rules.audits.get(benchmark, ()))


def _check_scenarios(
    findings: Findings, model: Path, there: list[Path], rules: tuple[set[str], set[str]]
) -> None:
    """Check that closed has the scenarios of its suites, and no others."""
    required, optional = ({each.lower() for each in names} for names in rules)
    found = {path.name.lower() for path in there}
    for name in sorted(required - found):
        findings.error(model, f"closed needs {name} too")
    for name in sorted(found - required - optional):
        findings.error(model / name, "closed has no such scenario of this benchmark")
    if optional and not optional & found:
        findings.error(model, f"closed needs one of {', '.join(sorted(optional))} too")


def _check_measurements(home: _Home, path: Path, system: str) -> None:
    """Check the measurements: SYSTEM.json or SYSTEM_SCENARIO.json in a round that names it so."""
    named = sorted(path.parent.glob("*.json")) if path.name.startswith(system) else []
    found = [each for each in named if each.name.startswith(system)]
    path = found[0] if found and not path.is_file() else path
    values = read_object(home.findings, path)
    if values is not None:
        check_fields(home.findings, path, values, dict.fromkeys(MEASUREMENT_FIELDS, True))


def _check_settings(home: _Home, system: str, model: str, scenario: str) -> None:
    layout = LAYOUTS[home.version]
    place = {"system": system, "model": model, "scenario": scenario}
    for name in SETTINGS_FILES:
        path = home.folder / layout.settings.format(**place) / name
        if not path.is_file() or not path.stat().st_size:
            home.findings.error(path, "is missing or empty")
    _check_measurements(home, home.folder / layout.measurements.format(**place), system)


def _check_result(checked: CheckedResult) -> None:
    """Check a result's performance, its power and its accuracy."""
    findings, folder = checked.findings, checked.folder
    performance = folder / "performance" / "run_1"
    if check_files(findings, performance, PERFORMANCE_FILES, OPTIONAL_PERFORMANCE_FILES):
        log = checked.log(performance / DETAIL_FILE, "PerformanceOnly")
        if log is not None:
            check_performance(checked, performance, log)
            check_power(checked, performance, log)
    accuracy = folder / "accuracy"
    if check_files(findings, accuracy, ACCURACY_FILES, OPTIONAL_FILES):
        log = checked.log(accuracy / DETAIL_FILE, "AccuracyOnly")
        if log is not None:
            check_size(checked, accuracy / DETAIL_FILE, log)
        check_accuracy(checked, accuracy)
