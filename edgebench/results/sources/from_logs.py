"""Bare MLPerf logs, without a run directory, as rows next to other results."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import LogInvalid
from edgebench.mlperf.benchmarks import BENCHMARKS, LATENCY_KINDS, benchmark_called
from edgebench.mlperf.loadgen.detail import (
    DETAIL_FILE,
    SUMMARY_FILE,
    DetailLog,
    read_detail,
)
from edgebench.mlperf.loadgen.device_timed import GENERATOR
from edgebench.mlperf.loadgen.inferred_results import (
    INFERRED_STREAMS,
    can_infer,
    inferred_p99_ns,
    inferred_result,
)
from edgebench.mlperf.loadgen.result import LoadgenResult, performance_result
from edgebench.mlperf.loadgen.summary import read_summary, summary_result
from edgebench.mlperf.power.spl import (
    PER_QUERY,
    CheckerPower,
    checker_metric,
    checker_power,
    read_spl,
)
from edgebench.mlperf.rounds import round_of
from edgebench.mlperf.scenarios import OFFICIAL_DURATION_MS, SCENARIOS, Scenario, scenario_called
from edgebench.results.sources.row import (
    Conditions,
    PowerDraw,
    Result,
    ResultSystem,
    Speed,
    Workload,
)

HOST_CLOCK = "host (LoadGen)"
INTERACTIVE = "Interactive"
"""A scenario of language models that LoadGen runs as Server, under tighter limits of latency."""
SPL = "spl.txt"
_RUN = re.compile(r"run_\d+|performance")


def loadgen_result_row(folder: Path) -> Result:
    """Return what a folder of LoadGen's logs says; its model and system by where it lies.

    Raises
    ------
    LogInvalid
        If a log is damaged, cut short, or of no performance test.
    """
    place = _place(folder)
    read = _read(folder)
    measured, shown = read.scenario, _shown_scenario(read.scenario, place.scenario)
    is_inferred = can_infer(measured, shown)
    result = inferred_result(read.result, measured, shown) if is_inferred else read.result
    power = _checker_power(folder, read.log)
    name = _benchmark(place.model)
    benchmark = benchmark_called(name) if name else None
    return Result(
        source="LoadGen log",
        where=str(folder),
        system=ResultSystem(place.system),
        workload=Workload(
            place.model,
            name,
            data=benchmark.data if benchmark else "",
            quality=benchmark.metric if benchmark else "",
        ),
        conditions=Conditions(
            INTERACTIVE if _is_interactive(measured, place) else shown.loadgen_name,
            read.rules,
            read.clock,
            samples_per_query=_samples_per_query(read, shown),
        ),
        speed=_speed(result, shown, is_inferred),
        power=_power(power, read.result),
        verdict="VALID" if result.valid else "INVALID",
        notes=(*_notes(read.result, measured, place), *_power_notes(power, read, shown)),
    )


@dataclass(frozen=True)
class _Place:
    """Where logs lie in a submission; empty as far as they lie in none."""

    system: str
    model: str
    scenario: str


@dataclass(frozen=True)
class _Read:
    """A test's result, by its detail log, or by its summary where that is all that is left."""

    scenario: Scenario
    result: LoadgenResult
    rules: str
    clock: str
    samples_per_query: int
    log: DetailLog | None


def _read(folder: Path) -> _Read:
    log = read_detail(folder / DETAIL_FILE) if (folder / DETAIL_FILE).is_file() else None
    # Before v1.0 the result is in the summary alone.
    has_result = log is not None and "result_validity" in log.values
    if log is not None and (has_result or not (folder / SUMMARY_FILE).is_file()):
        scenario = scenario_of(log, folder / DETAIL_FILE)
        own_clock = log.values.get("generator") == GENERATOR
        return _Read(
            scenario,
            performance_result(log, scenario),
            _rules(log),
            "the device's own" if own_clock else HOST_CLOCK,
            log.whole("generated_samples_per_query", 0),
            log,
        )
    summary = read_summary(folder / SUMMARY_FILE)
    result = summary_result(summary)
    official = summary.real("min_duration (ms)", 0) >= OFFICIAL_DURATION_MS
    return _Read(
        summary.scenario,
        result,
        "official settings" if official else "quick",
        HOST_CLOCK,
        summary.scenario.samples_per_query,
        log,
    )


def _shown_scenario(measured: Scenario, named: str) -> Scenario:
    """Return the scenario that a folder is named for, where it may be inferred from its log's."""
    if named.lower() not in SCENARIOS:
        return measured
    wanted = scenario_called(named)
    return wanted if can_infer(measured, wanted) else measured


def _is_interactive(measured: Scenario, place: _Place) -> bool:
    return measured.name == "server" and place.scenario.lower() == INTERACTIVE.lower()


def _samples_per_query(read: _Read, shown: Scenario) -> int | None:
    if not shown.samples_per_query:
        return None
    return read.samples_per_query if shown is read.scenario else shown.samples_per_query


def scenario_of(log: DetailLog, where: Path) -> Scenario:
    """Return the scenario that a detail log is of.

    Raises
    ------
    LogInvalid
        If it says none.
    """
    name = str(log.values.get("effective_scenario") or log.values.get("requested_scenario") or "")
    try:
        return scenario_called(name)
    except KeyError as error:
        raise LogInvalid(f"{where}: cut short, or no test's: no scenario in it ({name!r})") from (
            error
        )


def _rules(log: DetailLog) -> str:
    least = log.real("effective_min_duration_ms", 0)
    if least < OFFICIAL_DURATION_MS:
        return "quick"
    found = round_of(log.seeds)
    return f"official settings {found}" if found else "official settings"


def _speed(result: LoadgenResult, scenario: Scenario, is_inferred: bool) -> Speed:
    if result.tokens_per_second is not None:
        return Speed(throughput=result.tokens_per_second, throughput_unit="tokens/s")
    rate = result.samples_per_second or None
    if not scenario.lower_is_better:
        return Speed(throughput=rate, inferred=is_inferred)
    return Speed(result.score, LATENCY_KINDS.get(scenario.name, ""), rate, inferred=is_inferred)


def _checker_power(folder: Path, log: DetailLog | None) -> CheckerPower | None:
    """Return the power that a log's spl.txt has, by the submission checker's rule."""
    if log is None or not (folder / SPL).is_file():
        return None
    begin, end = log.window
    return checker_power(read_spl(folder / SPL), begin, end)


def _power_notes(power: CheckerPower | None, read: _Read, shown: Scenario) -> Iterator[str]:
    """Yield MLPerf's energy per query, and what its checker leaves out of the power."""
    if power is None or read.log is None:
        return
    queries = read.log.whole("result_query_count", 0)
    if queries and shown.name in PER_QUERY:
        figure, unit = checker_metric(
            shown.name, power.power_w, *read.log.window, queries, read.scenario.name
        )
        yield f"MLPerf's power: {figure:.6g} {unit}"
    if power.note:
        yield power.note


def _power(power: CheckerPower | None, result: LoadgenResult) -> PowerDraw:
    if power is None:
        return PowerDraw()
    watts = power.power_w
    rate, counts_tokens = result.samples_per_second, result.tokens_per_second is not None
    per_sample_j = watts / rate if rate and not counts_tokens else None
    return PowerDraw(watts, energy_per_sample_j=per_sample_j)


def _place(folder: Path) -> _Place:
    """Return system, model and scenario by a submission's folders, as far as they are such."""
    parts = [part for part in folder.resolve().parts if not _RUN.fullmatch(part)]
    if len(parts) >= 3 and parts[-1].lower() in (*SCENARIOS, INTERACTIVE.lower()):
        return _Place(parts[-3], parts[-2], parts[-1])
    return _Place("", "unknown", "")


def _benchmark(model: str) -> str:
    return "resnet" if model == "resnet50" else model if model in BENCHMARKS else ""


def _notes(result: LoadgenResult, scenario: Scenario, place: _Place) -> tuple[str, ...]:
    named = place.scenario
    notes = [f"INVALID: {reason}" for reason in result.reasons]
    if result.streams is not None:
        notes.append(f"scored by streams, as before v2.0: {result.streams} samples per query")
    if named and named.lower() != scenario.name and not _is_interactive(scenario, place):
        said = f"the folder says {named}, the log is {scenario.loadgen_name}'s"
        if (named.lower(), scenario.name) == ("multistream", "singlestream"):
            inferred_ms = INFERRED_STREAMS * inferred_p99_ns(result) / 1e6
            said += f": MLPerf infers {INFERRED_STREAMS} x p99 = {inferred_ms:.6f} ms from it"
        notes.append(said)
    return tuple(notes)
