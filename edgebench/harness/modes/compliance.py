"""The compliance audits: run again under other settings, and compare."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgebench.harness.loadgen.settings import ServerLoad
from edgebench.harness.loadgen.test_runner import TestRunner
from edgebench.harness.modes.performance import loadgen_result
from edgebench.mlperf.audits import (
    Audit,
    audits_of,
    compared_value,
    compares_medians,
    gain,
    tolerance,
)
from edgebench.mlperf.inference_rounds import INFERENCE_ROUNDS, mlperf_model
from edgebench.mlperf.loadgen.accuracy import read_answers
from edgebench.mlperf.loadgen.detail import ACCURACY_FILE
from edgebench.mlperf.loadgen.result import LoadgenResult
from edgebench.mlperf.rounds import latest_round
from edgebench.mlperf.scenarios import Scenario
from edgebench.rundir.layout import ACCURACY, COMPLIANCE
from edgebench.rundir.records.run import AuditRecord, PerformanceRecord

PAIRS = 5
TRIES = 3
"""Of a quick run that LoadGen calls INVALID: in Server one stall of the machine is enough."""


@dataclass(frozen=True)
class Comparison:
    """How many answers were found in both logs, and how many of them differ."""

    compared: int = 0
    different: int = 0


def audit_all(runner: TestRunner, reference: PerformanceRecord) -> None:
    """Run every audit that the record lacks; compare it with accuracy mode's answers and speed.

    Each is recorded when it has ended: official ones take ten minutes or more.
    """
    server = None
    if reference.target_qps is not None and reference.latency_bound_ms is not None:
        server = ServerLoad(reference.target_qps, reference.latency_bound_ms)
    record = runner.directory.record
    done = {audit.name for audit in record.compliance}
    version = runner.request.round or latest_round(INFERENCE_ROUNDS)
    for audit in audits_of(mlperf_model(record.model.name, {}, version)):
        if audit.name not in done:
            record.compliance.append(_audit(runner, audit, reference, server))
            runner.directory.save()


def _audit(
    runner: TestRunner, audit: Audit, reference: PerformanceRecord, server: ServerLoad | None
) -> AuditRecord:
    # An official one lasts ten minutes, and what is compared with an INVALID run fails anyway.
    tries = TRIES if reference.valid and not runner.request.official else 1

    def measured(folder: str, *, audited: bool) -> LoadgenResult:
        title = audit.name if audited else f"{audit.name}'s reference"
        for tries_left in reversed(range(tries)):
            ran = runner.run(
                "performance",
                COMPLIANCE,
                folder,
                title=title,
                audit=audit if audited else None,
                server=server,
            )
            result = loadgen_result(ran.outcome, runner.scenario)
            if result.valid:
                break
            why = "; ".join(result.reasons)
            again = "; run again" if tries_left else ""
            runner.directory.event(f"{title}: LoadGen calls it INVALID ({why}){again}")
        return result

    result = measured(audit.name, audited=True)
    answers = Comparison()
    if audit.compares_answers:
        root = runner.directory.path
        answers = compare_answers(
            root / COMPLIANCE / audit.name / ACCURACY_FILE, root / ACCURACY / ACCURACY_FILE
        )
    allowed = tolerance(runner.scenario, reference.score)
    pairs = [Pair(_compared(runner, reference), _compared(runner, result), runner.scenario)]
    valid = result.valid
    # A machine whose clock wanders fails any single comparison: more of them, back to back, and
    # their median tell that from an audit's failure.
    if valid and _speed_failure(audit, pairs[0].gain, allowed):
        for number in range(2, PAIRS + 1):
            before = measured(f"{audit.name}_{number}_reference", audited=False)
            after = measured(f"{audit.name}_{number}", audited=True)
            valid &= before.valid and after.valid
            pairs.append(Pair(_compared(runner, before), _compared(runner, after), runner.scenario))
    middle = sorted(pairs, key=lambda pair: pair.gain)[len(pairs) // 2]
    reason = _failure(audit, valid, middle.gain, allowed, answers)
    return AuditRecord(
        name=audit.name,
        finds=audit.finds,
        passed=not reason,
        reason=reason,
        compared="median latency"
        if compares_medians(runner.scenario, is_quick=not runner.request.official)
        else runner.scenario.score_name,
        reference_score=middle.reference,
        score=middle.audited,
        gain=middle.gain,
        tolerance=allowed,
        gains=tuple(pair.gain for pair in pairs),
        answers_compared=answers.compared,
        answers_different=answers.different,
    )


def _compared(runner: TestRunner, result: LoadgenResult | PerformanceRecord) -> float:
    quick = not runner.request.official
    return compared_value(runner.scenario, result.score, result.latency_ns, is_quick=quick)


@dataclass(frozen=True)
class Pair:
    """Two runs to compare that differ in nothing but the audit."""

    reference: float
    audited: float
    scenario: Scenario

    @property
    def gain(self) -> float:
        """How much better the audited run is; see `edgebench.mlperf.audits.gain`."""
        return gain(self.scenario, self.reference, self.audited)


def compare_answers(audited: Path, reference: Path) -> Comparison:
    """Count the answers of an audit that are not, bit for bit, those of accuracy mode."""
    expected = {answer.sample_index: answer.data for answer in read_answers(reference)}
    compared = different = 0
    for answer in read_answers(audited):
        compared += 1
        different += expected.get(answer.sample_index) != answer.data
    return Comparison(compared, different)


def _failure(audit: Audit, valid: bool, better: float, allowed: float, answers: Comparison) -> str:
    """Return why an audit failed, or nothing; what the system did comes first."""
    if answers.different:
        return f"{answers.different} of {answers.compared} answers differ from accuracy mode's"
    speed = _speed_failure(audit, better, allowed)
    if speed:
        return speed
    if not valid:
        return "LoadGen calls one of the audit's own runs INVALID"
    if audit.compares_answers and not answers.compared:
        return "no answer was logged in performance mode"
    return ""


def _speed_failure(audit: Audit, better: float, allowed: float) -> str:
    if better > allowed:
        return f"{better:.1%} faster than the measured run, {allowed:.0%} is allowed"
    if audit.slower_fails and better < -allowed:
        return f"{-better:.1%} slower than the measured run, {allowed:.0%} is allowed"
    return ""
