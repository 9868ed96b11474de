"""Caveats that a reader needs before a run's figures, worst first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from edgebench.results.formatting import estimate_text
from edgebench.results.report.view import RunView
from edgebench.results.stream_text import detections_text
from edgebench.results.summary.row import QUICK

Weight = Literal["bad", "doubt", "note"]

WEIGHTS: tuple[Weight, ...] = ("bad", "doubt", "note")


@dataclass(frozen=True)
class Caveat:
    """A sentence, and how much it takes from the figures."""

    weight: Weight
    text: str


def caveats_of(view: RunView) -> list[Caveat]:
    """Return a run's caveats, each once."""
    found = [Caveat(weight, text) for weight in WEIGHTS for text in _KINDS[weight](view)]
    return list({each.text: each for each in found}.values())


def _bad(view: RunView) -> Iterator[str]:
    record = view.run.record
    for reason in view.row.reasons:
        yield f"INVALID: {reason}"
    if view.run.is_partial:
        yield "partial: the run was interrupted"
    if record.accuracy is not None and record.accuracy.passed is False:
        yield f"accuracy is below its target of {record.accuracy.target:g}"
    if record.stream is not None and record.stream.detections is not None:
        found = record.stream.detections
        if found.passed is False:
            yield f"{detections_text(found)}: the target is {found.target:g} of each"
    if record.reference is not None and record.reference.verdict == "wrong":
        yield "the device's answers are not the reference's"
    if record.energy is not None and record.energy.problem:
        yield f"energy: {record.energy.problem}"


def _doubt(view: RunView) -> Iterator[str]:
    record = view.run.record
    if record.quick:
        yield QUICK
    if record.energy is not None and record.energy.is_estimate:
        yield f"energy is an estimate ({record.energy.meter_name})"
    if record.estimate is not None:
        yield estimate_text(record.estimate)
    if record.tiny_energy is not None and record.tiny_energy.reason:
        yield f"MLPerf Tiny energy: {record.tiny_energy.reason}"
    if record.stream is not None and record.stream.pace != "real-time":
        yield "the frames came faster than in real time"
    yield from record.warnings
    for drift in record.drift:
        if drift.matters and not any(drift.what in text for text in record.warnings):
            yield f"{drift.what} went one way within the test: {drift.share:+.0%}"
    for text in view.problems:
        yield f"could not be read: {text}"


def _note(view: RunView) -> Iterator[str]:
    record = view.run.record
    if record.dataset.query_size:
        yield f"a sample is a query of {record.dataset.query_size} items"
    if record.accuracy is not None and record.dataset.limits:
        yield f"accuracy on {record.dataset.name}: {record.dataset.limits}"


_KINDS: Mapping[Weight, Callable[[RunView], Iterator[str]]] = {
    "bad": _bad,
    "doubt": _doubt,
    "note": _note,
}
