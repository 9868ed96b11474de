"""What a reader must know of a run before its figures, worst first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edgebench.results.report.view import RunView
from edgebench.results.summary import QUICK

Weight = Literal["bad", "doubt", "note"]

WEIGHTS: tuple[Weight, ...] = ("bad", "doubt", "note")


@dataclass(frozen=True)
class Caveat:
    """A sentence, and how much it takes from the figures."""

    weight: Weight
    text: str


def caveats_of(view: RunView) -> list[Caveat]:
    """Return a run's caveats."""
    row, record = view.row, view.run.record
    found = [Caveat("bad", f"INVALID: {reason}") for reason in row.reasons]
    if view.run.is_partial:
        found.append(Caveat("bad", "partial: the run was interrupted"))
    if row.target_met is False:
        found.append(Caveat("bad", f"accuracy is below its target of {row.target:g}"))
    if row.reference == "wrong":
        found.append(Caveat("bad", "the device's answers are not the reference's"))
    if row.energy_problem:
        found.append(Caveat("bad", f"energy: {row.energy_problem}"))
    if row.quick:
        found.append(Caveat("doubt", QUICK))
    if row.energy_is_estimate:
        found.append(Caveat("doubt", f"energy is an estimate ({row.meter})"))
    if row.tiny_energy_reason:
        found.append(Caveat("doubt", f"MLPerf Tiny energy: {row.tiny_energy_reason}"))
    found += [Caveat("doubt", text) for text in row.warnings]
    found += [
        Caveat("doubt", f"{drift.what} went one way within the test: {drift.share:+.0%}")
        for drift in record.drift
        if drift.matters and not any(drift.what in text for text in row.warnings)
    ]
    found += [Caveat("doubt", f"could not be read: {text}") for text in view.problems]
    if row.query_size:
        found.append(Caveat("note", f"a sample is a query of {row.query_size} items"))
    if row.accuracy is not None and row.data_limits:
        found.append(Caveat("note", f"accuracy on {row.data}: {row.data_limits}"))
    return list({each.text: each for each in found}.values())
