"""MLPerf Inference's rules on a tree."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from edgebench.errors import LogInvalid
from edgebench.mlperf.inference_tree import (
    ACCURACY_FILES,
    CUT,
    DIVISIONS,
    EDGE_MODELS,
    HASH_PATTERN,
    LAYOUTS,
    LONGEST_PATH,
    MEASUREMENT_FIELDS,
    MODEL_MAPPING,
    MOST_ACCURACY_BYTES,
    MOST_FILE_BYTES,
    OPTIONAL_PERFORMANCE_FILES,
    PERFORMANCE_FILES,
    POWER_FIELDS,
    POWER_FILES,
    SETTINGS_FILES,
    STATUSES,
    SYSTEM_FIELDS,
    SYSTEM_TYPES,
    EdgeModel,
    mlperf_model,
)
from edgebench.mlperf.loadgen.accuracy import read_answers
from edgebench.mlperf.loadgen.detail import (
    ACCURACY_FILE,
    DETAIL_FILE,
    SUMMARY_FILE,
    DetailLog,
    read_detail,
)
from edgebench.mlperf.loadgen.result import performance_result
from edgebench.mlperf.loadgen.summary import read_summary, summary_result
from edgebench.mlperf.log_text import real
from edgebench.mlperf.power.session import session_faults
from edgebench.mlperf.power.spl import checker_power_w, read_spl
from edgebench.mlperf.rounds import ROUND_SEEDS, round_of
from edgebench.mlperf.scenarios import OFFICIAL_DURATION_MS, OFFLINE_SAMPLES, SCENARIOS, Scenario
from edgebench.results.check.files import (
    check_fields,
    check_files,
    check_names,
    check_said,
    read_object,
)
from edgebench.results.check.finding import Findings

ROUNDING = 1e-3
"""How far a summary's figure may be from the detail log's: it is printed with fewer digits."""
FINISHED_SHARE = 0.995
"""A test of 600 s whose log's own clock says a little less has run its time: LoadGen stops by its
steady clock, and power_begin is by the calendar's."""


def check_inference(findings: Findings, version: str) -> None:
    """Check every submitter's results in a tree."""
    for division in DIVISIONS:
        for home in _folders(findings.root / division):
            if not (home / "results").is_dir():
                findings.error(home, "has no results")
                continue
            check_names(findings, home, MOST_FILE_BYTES, LONGEST_PATH)
            _Home(findings, home, division, version).check()


def _folders(path: Path) -> list[Path]:
    return sorted(each for each in path.iterdir() if each.is_dir()) if path.is_dir() else []


class _Home:
    """One submitter's folder in one division."""

    def __init__(self, findings: Findings, home: Path, division: str, version: str) -> None:
        self._findings, self._home, self._division = findings, home, division
        self._version, self._layout = version, LAYOUTS[version]
        mapping = home / MODEL_MAPPING
        found = read_object(findings, mapping) if mapping.is_file() else None
        self._mapping = {str(name): str(to) for name, to in (found or {}).items()}

    def check(self) -> None:
        """Check its systems and their results."""
        if not (self._home / self._layout.code).is_dir():
            self._findings.error(self._home / self._layout.code, "is missing")
        systems = _folders(self._home / "results")
        described = {path.stem for path in (self._home / "systems").glob("*.json")}
        for name in sorted(described - {system.name for system in systems}):
            self._findings.error(self._home / "systems" / f"{name}.json", "has no results")
        for system in systems:
            has_power = any(system.rglob("performance/power"))
            self._check_system(self._home / "systems" / f"{system.name}.json", has_power)
            for model in _folders(system):
                self._check_model(system, model)

    def _check_system(self, path: Path, has_power: bool) -> None:
        findings = self._findings
        values = read_object(findings, path)
        if values is None:
            return
        check_fields(findings, path, values, SYSTEM_FIELDS)
        if has_power:
            check_fields(findings, path, values, dict.fromkeys(POWER_FIELDS, False))
        check_said(findings, path, values, "division", [self._division])
        check_said(findings, path, values, "submitter", [self._home.name])
        check_said(findings, path, values, "status", STATUSES)
        check_said(findings, path, values, "system_type", SYSTEM_TYPES)

    def _check_model(self, system: Path, model: Path) -> None:
        findings = self._findings
        mapping = self._mapping if self._division == "open" else {}
        benchmark = mlperf_model(model.name, mapping)
        if benchmark not in EDGE_MODELS:
            findings.error(
                model,
                f"counts as {benchmark or 'no benchmark'}: {MODEL_MAPPING} must map it to one of "
                f"{', '.join(EDGE_MODELS)}",
            )
            return
        rules = EDGE_MODELS[benchmark]
        scenarios = _folders(model)
        if self._division == "closed":
            there = {path.name.lower() for path in scenarios}
            for name in rules.scenarios:
                if name.lower() not in there:
                    findings.error(model, f"closed needs {name} too")
        for folder in scenarios:
            if folder.name.lower() not in SCENARIOS:
                findings.error(folder, "no scenario's name")
                continue
            findings.results.append(str(folder.relative_to(findings.root)))
            self._check_settings(system.name, model.name, folder.name)
            _Scenario(findings, folder, rules, self._division, self._version).check()

    def _check_settings(self, system: str, model: str, scenario: str) -> None:
        place = {"system": system, "model": model, "scenario": scenario}
        settings = self._home / self._layout.settings.format(**place)
        for name in SETTINGS_FILES:
            path = settings / name
            if not path.is_file() or not path.stat().st_size:
                self._findings.error(path, "is missing or empty")
        path = self._home / self._layout.measurements.format(**place)
        values = read_object(self._findings, path)
        if values is not None:
            check_fields(self._findings, path, values, dict.fromkeys(MEASUREMENT_FIELDS, True))


class _Scenario:
    """One result: its performance, its accuracy, its power."""

    def __init__(
        self, findings: Findings, folder: Path, rules: EdgeModel, division: str, version: str
    ) -> None:
        self._findings, self._folder, self._rules = findings, folder, rules
        self._is_closed, self._version = division == "closed", version
        self._scenario = SCENARIOS[folder.name.lower()]  # type: ignore[index]

    def check(self) -> None:
        """Check all three; a value of another kind than LoadGen writes is a fault too."""
        for part in (self._check_first, self._check_second):
            try:
                part()
            except (TypeError, ValueError, OverflowError, OSError) as error:
                self._findings.error(self._folder, f"a file in it is damaged: {error}")

    def _check_first(self) -> None:
        performance = self._folder / "performance" / "run_1"
        if check_files(self._findings, performance, PERFORMANCE_FILES, OPTIONAL_PERFORMANCE_FILES):
            log = self._log(performance / DETAIL_FILE, "PerformanceOnly")
            if log is not None:
                self._check_performance(performance, log)
                self._check_power(performance, log)

    def _check_second(self) -> None:
        accuracy = self._folder / "accuracy"
        if check_files(self._findings, accuracy, ACCURACY_FILES):
            log = self._log(accuracy / DETAIL_FILE, "AccuracyOnly")
            if log is not None:
                self._check_size(accuracy / DETAIL_FILE, log)
            self._check_accuracy(accuracy)

    def _log(self, path: Path, mode: str) -> DetailLog | None:
        """Read a log and check what holds for both modes."""
        try:
            log = read_detail(path)
            seeds = log.seeds
        except LogInvalid as error:
            self._findings.error(path, str(error))
            return None
        values = log.values
        for complaint in log.errors:
            self._findings.error(path, f"LoadGen says: {complaint}")
        if seeds != ROUND_SEEDS[self._version]:
            of = round_of(seeds)
            said = f"{of}'s" if of else "of no round that is known"
            self._findings.error(path, f"its seeds are {said}, not {self._version}'s")
        if values.get("effective_test_mode") != mode:
            self._findings.error(path, f"a log of {values.get('effective_test_mode')}, not {mode}")
        if "generator" in values:
            self._findings.error(path, f"not LoadGen's: {values['generator']}")
        return log

    def _check_performance(self, folder: Path, log: DetailLog) -> None:
        path, values = folder / DETAIL_FILE, log.values
        named = str(values.get("effective_scenario", ""))
        scenario = self._scenario
        if named.lower() != scenario.name:
            # MLPerf infers MultiStream and Offline from SingleStream.
            if named != "SingleStream" or scenario.name == "server":
                self._findings.error(path, f"a log of {named}, in a folder of {scenario.name}")
                return
            self._findings.warning(path, f"{scenario.loadgen_name} is inferred from SingleStream")
            scenario = SCENARIOS["singlestream"]
        try:
            result = performance_result(log, scenario)
            least = log.real("effective_min_duration_ms", 0)
            loaded = log.whole("effective_performance_sample_count", 0)
        except LogInvalid as error:
            self._findings.error(path, str(error))
            return
        if not result.valid:
            self._findings.error(path, f"INVALID: {'; '.join(result.reasons)}")
        if least < OFFICIAL_DURATION_MS:
            self._findings.error(path, f"a test of {least / 1000:g} s; the rules want 600")
        elif result.duration_s * 1000 < FINISHED_SHARE * OFFICIAL_DURATION_MS:
            self._findings.error(path, f"it ran for {result.duration_s:.1f} s; the rules want 600")
        if scenario.name == "offline" and result.sample_count < OFFLINE_SAMPLES:
            self._findings.error(
                path, f"{result.sample_count} samples; the rules want {OFFLINE_SAMPLES}"
            )
        if loaded < self._rules.loaded_samples:
            self._findings.error(
                path, f"{loaded} samples were loaded; the rules want {self._rules.loaded_samples}"
            )
        self._compare_summary(folder, scenario, result.score)

    def _compare_summary(self, folder: Path, scenario: Scenario, score: float) -> None:
        path = folder / SUMMARY_FILE
        try:
            said = summary_result(read_summary(path)).score
        except LogInvalid as error:
            self._findings.error(path, str(error))
            return
        if abs(said - score) > ROUNDING * abs(score):
            self._findings.error(
                path, f"says {said:g}, the detail log beside it {score:g}: one of them was changed"
            )

    def _check_size(self, path: Path, log: DetailLog) -> None:
        try:
            count = log.whole("qsl_reported_total_count", 0)
        except LogInvalid as error:
            self._findings.error(path, str(error))
            return
        if count != self._rules.dataset_samples:
            text = (
                f"accuracy on {count} samples, the benchmark has {self._rules.dataset_samples}: "
                "the official checker wants --skip-dataset-size-check"
            )
            (self._findings.error if self._is_closed else self._findings.warning)(path, text)

    def _check_accuracy(self, folder: Path) -> None:
        path = folder / "accuracy.txt"
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        found = [m[1] for line in lines if (m := re.match(self._rules.accuracy_pattern, line))]
        hashes = [m[1] for line in lines if (m := re.match(HASH_PATTERN, line))]
        if not found:
            self._findings.error(path, "no line has the benchmark's accuracy")
        elif (accuracy := self._number(found[-1], path)) is None:
            return
        elif accuracy < self._rules.target:
            text = f"accuracy {found[-1]} is below the benchmark's {self._rules.target:.4g}"
            (self._findings.error if self._is_closed else self._findings.warning)(path, text)
        log = folder / ACCURACY_FILE
        if log.stat().st_size > MOST_ACCURACY_BYTES:
            self._findings.error(log, f"not truncated: more than {MOST_ACCURACY_BYTES // 1024} KiB")
            return
        if not hashes:
            self._findings.error(path, "no hash= line of the whole accuracy log")
        elif len(hashes) > 1:
            self._findings.error(path, "two hash= lines")
        else:
            self._check_hash(log, hashes[0])

    def _number(self, text: str, path: Path) -> float | None:
        try:
            return real(text, "the accuracy")
        except LogInvalid as error:
            self._findings.error(path, str(error))
            return None

    def _check_hash(self, log: Path, said: str) -> None:
        content = log.read_bytes()
        if CUT in content:
            if not re.fullmatch("[0-9a-f]{64}", said):
                self._findings.error(log, f"its hash {said[:70]!r} is no SHA-256")
            return
        if hashlib.sha256(content).hexdigest() != said:
            self._findings.error(log, "it is whole, and its SHA-256 is not accuracy.txt's")
        try:
            if not any(True for _ in read_answers(log)):
                self._findings.error(log, "has no answer in it")
        except LogInvalid as error:
            self._findings.error(log, str(error))

    def _check_power(self, performance: Path, log: DetailLog) -> None:
        power = performance.parent / "power"
        spl = performance / "spl.txt"
        if not power.is_dir():
            if spl.is_file():
                self._findings.warning(spl, "power without a power folder counts for nothing")
            return
        check_files(
            self._findings, performance, (*PERFORMANCE_FILES, "spl.txt"), OPTIONAL_PERFORMANCE_FILES
        )
        check_files(
            self._findings,
            performance.parent / "ranging",
            (*PERFORMANCE_FILES, "spl.txt"),
            OPTIONAL_PERFORMANCE_FILES,
        )
        missing = [name for name in POWER_FILES if not (power / name).is_file()]
        if missing:
            text = (
                f"no {', '.join(missing)}: MLCommons' power check takes the logs of its own client "
                "and server only"
            )
            (self._findings.error if self._is_closed else self._findings.warning)(power, text)
        try:
            for fault in () if missing else session_faults(performance.parent):
                self._findings.error(power, fault)
            begin, end = log.window
            checker_power_w(read_spl(spl), begin, end)
        except LogInvalid as error:
            self._findings.error(spl, str(error))


def version_of(root: Path) -> str | None:
    """Return the round that a tree is of, by the seeds of its first log and its layout."""
    for path in sorted(root.glob("*/*/results/*/*/*/performance/run_1/" + DETAIL_FILE)):
        values: dict[str, Any] = {}
        try:
            values = read_detail(path).values
            found = round_of(read_detail(path).seeds)
        except LogInvalid:
            continue
        if found in LAYOUTS and values:
            return found
    return None
