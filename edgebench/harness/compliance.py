"""The compliance audits: run again under other settings, and compare."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgebench.harness.bench import Bench
from edgebench.harness.performance import loadgen_result
from edgebench.harness.settings import ServerLoad
from edgebench.mlperf.accuracy_log import read_answers
from edgebench.mlperf.audits import AUDITS, Audit, gain, tolerance
from edgebench.mlperf.loadgen_log import ACCURACY_FILE
from edgebench.rundir.layout import ACCURACY, COMPLIANCE
from edgebench.rundir.record import AuditRecord, PerformanceRecord


@dataclass(frozen=True)
class Comparison:
    """How many answers were found in both logs, and how many of them differ."""

    compared: int = 0
    different: int = 0


def audit_all(bench: Bench, reference: PerformanceRecord) -> list[AuditRecord]:
    """Run every audit against a performance result and the answers of accuracy mode."""
    server = None
    if reference.target_qps is not None and reference.latency_bound_ms is not None:
        server = ServerLoad(reference.target_qps, reference.latency_bound_ms)
    return [_audit(bench, audit, reference, server) for audit in AUDITS]


def _audit(
    bench: Bench, audit: Audit, reference: PerformanceRecord, server: ServerLoad | None
) -> AuditRecord:
    folder = (COMPLIANCE, audit.name)
    outcome = bench.run("performance", *folder, title=audit.name, audit=audit, server=server)
    result = loadgen_result(outcome, bench.scenario)
    answers = Comparison()
    if audit.compares_answers:
        root = bench.directory.path
        answers = compare_answers(
            root.joinpath(*folder) / ACCURACY_FILE, root / ACCURACY / ACCURACY_FILE
        )
    better = gain(bench.scenario, reference.score, result.score)
    allowed = tolerance(bench.scenario, reference.score)
    reason = _failure(audit, result.valid, better, allowed, answers)
    return AuditRecord(
        name=audit.name,
        finds=audit.finds,
        passed=not reason,
        reason=reason,
        reference_score=reference.score,
        score=result.score,
        gain=better,
        tolerance=allowed,
        answers_compared=answers.compared,
        answers_different=answers.different,
    )


def compare_answers(audited: Path, reference: Path) -> Comparison:
    """Count the answers of an audit that are not, bit for bit, those of accuracy mode."""
    expected = {answer.sample_index: answer.data for answer in read_answers(reference)}
    answers = read_answers(audited)
    different = sum(expected.get(answer.sample_index) != answer.data for answer in answers)
    return Comparison(len(answers), different)


def _failure(audit: Audit, valid: bool, better: float, allowed: float, answers: Comparison) -> str:
    """Return why an audit failed, or nothing."""
    if not valid:
        return "LoadGen calls the audit's own run INVALID"
    if audit.compares_answers and not answers.compared:
        return "no answer was logged in performance mode"
    if answers.different:
        return f"{answers.different} of {answers.compared} answers differ from accuracy mode's"
    if better > allowed:
        return f"{better:.1%} faster than the measured run, {allowed:.0%} is allowed"
    if audit.slower_fails and better < -allowed:
        return f"{-better:.1%} slower than the measured run, {allowed:.0%} is allowed"
    return ""
