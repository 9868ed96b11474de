"""Bare MLPerf logs, without a run directory, as rows next to other results."""

from __future__ import annotations

import re
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
from edgebench.mlperf.loadgen.result import LoadgenResult, performance_result
from edgebench.mlperf.loadgen.summary import read_summary, summary_result
from edgebench.mlperf.power.spl import checker_power_w, read_spl
from edgebench.mlperf.rounds import round_of
from edgebench.mlperf.scenarios import OFFICIAL_DURATION_MS, SCENARIOS, Scenario, scenario_called
from edgebench.mlperf.tiny.results import read_tiny
from edgebench.results.sources.row import (
    Conditions,
    PowerDraw,
    Result,
    ResultSystem,
    Speed,
    Workload,
)

STREAMS_INFERRED = 8
SPL = "spl.txt"
_RUN = re.compile(r"run_\d+|performance")


def loadgen_result_row(folder: Path) -> Result:
    """Return what a folder of LoadGen's logs says; its model and system by where it lies.

    Raises
    ------
    LogInvalid
        If a log is damaged, cut short, or of no performance test.
    """
    log = read_detail(folder / DETAIL_FILE) if (folder / DETAIL_FILE).is_file() else None
    # Before v1.0 the result is in the summary alone.
    has_result = log is not None and "result_validity" in log.values
    if log is not None and (has_result or not (folder / SUMMARY_FILE).is_file()):
        scenario = scenario_of(log, folder / DETAIL_FILE)
        result = performance_result(log, scenario)
        rules, tokens = _rules(log), _optional(log, "result_tokens_per_second")
        clock = "the device's own" if log.values.get("generator") == GENERATOR else "host (LoadGen)"
        per_query = log.whole("generated_samples_per_query", 0)
    else:
        summary = read_summary(folder / SUMMARY_FILE)
        result = summary_result(summary)
        has_tokens = "tokens per second" in summary.values
        tokens = summary.real("tokens per second", 0) if has_tokens else None
        scenario = summary.scenario
        official = summary.real("min_duration (ms)", 0) >= OFFICIAL_DURATION_MS
        rules, clock = ("official settings" if official else "quick"), "host (LoadGen)"
        per_query = scenario.samples_per_query
    system, model, named = _place(folder)
    name = _benchmark(model)
    benchmark = benchmark_called(name) if name else None
    return Result(
        source="LoadGen log",
        where=str(folder),
        system=ResultSystem(system),
        workload=Workload(
            model,
            name,
            data=benchmark.data if benchmark else "",
            quality=benchmark.metric if benchmark else "",
        ),
        conditions=Conditions(
            scenario.loadgen_name,
            rules,
            clock,
            samples_per_query=per_query if scenario.samples_per_query else None,
        ),
        speed=_speed(result, scenario, tokens),
        power=_power(folder, log, result, tokens is not None),
        verdict="VALID" if result.valid else "INVALID",
        notes=_notes(result, scenario, named),
    )


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


def _optional(log: DetailLog, key: str) -> float | None:
    return None if log.values.get(key) is None else log.real(key)


def _speed(result: LoadgenResult, scenario: Scenario, tokens: float | None) -> Speed:
    if tokens is not None:
        return Speed(throughput=tokens, throughput_unit="tokens/s")
    rate = result.samples_per_second or None
    if not scenario.lower_is_better:
        return Speed(throughput=rate)
    return Speed(result.score, LATENCY_KINDS.get(scenario.name, ""), rate)


def _power(
    folder: Path, log: DetailLog | None, result: LoadgenResult, counts_tokens: bool
) -> PowerDraw:
    """Return the power that a log's spl.txt has, by the submission checker's rule."""
    if log is None or not (folder / SPL).is_file():
        return PowerDraw()
    begin, end = log.window
    watts = checker_power_w(read_spl(folder / SPL), begin, end)
    rate = result.samples_per_second
    per_sample_j = watts / rate if rate and not counts_tokens else None
    return PowerDraw(watts, energy_per_sample_j=per_sample_j)


def _place(folder: Path) -> tuple[str, str, str]:
    """Return system, model and scenario by a submission's folders, as far as they are such."""
    parts = [part for part in folder.resolve().parts if not _RUN.fullmatch(part)]
    if len(parts) >= 3 and parts[-1].lower() in SCENARIOS:
        return parts[-3], parts[-2], parts[-1]
    return "", "unknown", ""


def _benchmark(model: str) -> str:
    return "resnet" if model == "resnet50" else model if model in BENCHMARKS else ""


def _notes(result: LoadgenResult, scenario: Scenario, named: str) -> tuple[str, ...]:
    notes = [f"INVALID: {reason}" for reason in result.reasons]
    if result.streams is not None:
        notes.append(f"scored by streams, as before v2.0: {result.streams} samples a query")
    if named and named.lower() != scenario.name:
        said = f"the folder says {named}, the log is {scenario.loadgen_name}'s"
        if (named.lower(), scenario.name) == ("multistream", "singlestream"):
            inferred_ms = STREAMS_INFERRED * inferred_p99_ns(result) / 1e6
            said += f": MLPerf infers {STREAMS_INFERRED} x p99 = {inferred_ms:.6f} ms from it"
        notes.append(said)
    return tuple(notes)


def inferred_p99_ns(result: LoadgenResult) -> float:
    """Return the 99th percentile that MultiStream is inferred from, of a SingleStream result."""
    return result.estimates_ns.get("p99") or float(result.latency_ns["p99"])


def tiny_results(folder: Path) -> Result:
    """Return what MLPerf Tiny's runners left of a benchmark.

    Raises
    ------
    LogInvalid
        If a file is damaged or has no result.
    """
    found = read_tiny(folder)
    name = found.benchmark or folder.name
    benchmark = BENCHMARKS.get(name)
    rate = found.inferences_per_second
    energy = found.uj_per_inference
    accuracy = "" if found.top1_percent is None else f"{found.top1_percent:g}%"
    if benchmark is not None and benchmark.metric == "AUC" and found.auc is not None:
        accuracy = f"{found.auc:g}"
    return Result(
        source="MLPerf Tiny log",
        where=str(folder),
        system=ResultSystem(found.name or folder.parent.name),
        workload=Workload(
            model=found.model or name,
            benchmark=name if benchmark else "",
            data=benchmark.data if benchmark else "",
            quality=benchmark.metric if benchmark else "",
            accuracy=accuracy,
            macs=benchmark.macs if benchmark else None,
        ),
        conditions=Conditions("SingleStream", "MLPerf Tiny", "the device's own", 1),
        speed=Speed(throughput=rate),
        power=PowerDraw(
            found.power_w, energy_per_sample_j=None if energy is None else energy * 1e-6
        ),
        notes=found.doubts,
    )
