"""Energies of runs, before and after: what one meter's own error does to them, and what two do.

A meter's gain error is the same in all of its runs, so it cancels in their ratio as far as each
rail has the same part of the power; the errors of two meters do not. A meter is known by its name,
serial number, range and rails.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edgebench.results.comparison.common_errors import common_errors
from edgebench.results.comparison.differences import Absent, meter_facts
from edgebench.rundir.reader import Run
from edgebench.rundir.records.energy import EnergyRecord
from edgebench.statistics.change import Change, Repeat, change_between, uncertain_repeat

RAILS = "rails"
SIDES = {
    "mains": "the mains, with the supply's losses",
    "inlet": "the board's inlet",
    RAILS: "rails of the board",
}
"""By what results record of where a meter measures; else it is not known."""


@dataclass(frozen=True)
class EnergyChange:
    """A change of energy per inference; None where the energies can't be compared; and why."""

    change: Change | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Measured:
    """A run's meter and what it measured: its kind, its rails, its key of `SIDES` or nothing.

    ``is_silent`` says that its record is older than `measured_at`: the meter may have known.
    """

    kind: str
    rails: str
    place: str
    is_estimate: bool
    is_silent: bool


def energy_change(before: Sequence[Run], after: Sequence[Run]) -> EnergyChange:
    """Compare the energy per inference of repeats, each side by one meter."""
    sides = [[known_energy(run) for run in side] for side in (before, after)]
    notes = tuple(_notes(before, after))
    repeats = [[_repeat(record) for record in side if record is not None] for side in sides]
    is_whole = all(len(known) == len(side) for known, side in zip(repeats, sides, strict=True))
    if not is_whole or not all(repeats) or _unlike(before[0], after[0]):
        return EnergyChange(None, notes)
    first, second = ([each for each in side if each is not None] for side in sides)
    common = common_errors(first, second, is_one=_is_one_meter(before[0], after[0]))
    return EnergyChange(change_between(repeats[0], repeats[1], common=common), notes)


def known_energy(run: Run) -> EnergyRecord | None:
    """Return a run's energy, if it is one with an uncertainty."""
    energy = run.record.energy
    if energy is None or energy.problem or not energy.per_inference_j or not energy.energy_j:
        return None
    if energy.per_inference_j <= 0:
        return None  # lost in the meter's offset
    return None if energy.uncertainty_j is None else energy


def meter_kind(run: Run) -> str:
    """Return a meter's kind: its name without the address, but for one that is played."""
    name = _fact(run, "meter")
    return name if _is_played(run) else name.partition(":")[0]


def origin_of(run: Run) -> str:
    """Return how a run came by its energy: measured, estimated, or of a meter that is played."""
    energy = run.record.energy
    if energy is None:
        return ""
    return "played" if energy.is_played else "estimated" if energy.is_estimate else "measured"


def _repeat(energy: EnergyRecord) -> Repeat:
    """Return an energy with what differs from repeat to repeat.

    Older records don't have it: there all of the uncertainty is taken for new each time.
    """
    own = energy.repeat_uncertainty_j
    uncertainty_j = energy.uncertainty_j if own is None else own
    share = (uncertainty_j or 0.0) / (energy.energy_j or 1.0)
    return uncertain_repeat(energy.per_inference_j or 0.0, share)


def _fact(run: Run, name: str) -> str:
    found = meter_facts(run)[name]
    return "" if found is Absent.ABSENT else str(found)


def _is_played(run: Run) -> bool:
    return run.record.energy is not None and run.record.energy.is_played


def _is_one_meter(before: Run, after: Run) -> bool:
    """Whether it is certainly the same instrument, set in the same way."""
    if not _fact(before, "meter's serial number"):
        return False
    return meter_kind(before) == meter_kind(after) and all(
        _fact(before, name) == _fact(after, name)
        for name in ("meter's serial number", "meter's range", "rails")
    )


def _unlike(before: Run, after: Run) -> str:
    """Return why two sides' energies are not of the same thing; empty if they may be."""
    first, second = _measured(before), _measured(after)
    if first.kind != second.kind:
        return _unlike_kinds(first, second)
    if first.rails != second.rails:
        return f"{first.kind} measured {first.rails} before, {second.rails} after"
    return ""


def _unlike_kinds(first: _Measured, second: _Measured) -> str:
    """Return why meters of two kinds did not measure the same thing; empty if they may have."""
    places = (first.place, second.place)
    if first.is_estimate or second.is_estimate:
        return f"{first.kind} and {second.kind} do not measure the same"
    if first.place != second.place and all(places):
        return f"{first.kind} measured {SIDES[places[0]]}, {second.kind} {SIDES[places[1]]}"
    for each in (first, second):
        if each.is_silent:
            return f"a run of an earlier edgebench does not say where {each.kind} measured"
    if first.rails != second.rails and RAILS in places:
        return f"{first.kind} measured {first.rails} before, {second.kind} {second.rails} after"
    return ""


def _measured(run: Run) -> _Measured:
    energy = run.record.energy
    return _Measured(
        kind=meter_kind(run),
        rails=_fact(run, "rails"),
        place=_place(run),
        is_estimate=energy is not None and energy.is_estimate,
        is_silent=energy is not None and energy.meter.measured_at is None,
    )


def _place(run: Run) -> str:
    """Return which of `SIDES` a run's meter measured; empty if its record does not say."""
    found = run.record.energy.meter.measured_at if run.record.energy else None
    return found if found in SIDES else ""


def _notes(before: Sequence[Run], after: Sequence[Run]) -> Iterator[str]:
    """Yield what to know before a change of energy is believed."""
    runs = [run for run in (*before, *after) if run.record.energy and run.record.energy.energy_j]
    is_stated = all(
        run.record.energy and run.record.energy.uncertainty_j is not None for run in runs
    )
    if not is_stated:
        yield (
            "energy is not compared: the meter's accuracy is not stated; run with `meter_accuracy`"
        )
    virtual = dict.fromkeys(meter_kind(run) for run in runs if _is_played(run))
    if virtual:
        yield f"energy by {', '.join(virtual)} is of no board: a meter that is played"
    if len(runs) < len(before) + len(after):
        return
    reason = _unlike(before[0], after[0])
    if reason:
        yield f"energy is not compared: {reason}"
    elif is_stated and not _is_one_meter(before[0], after[0]):
        yield from _notes_on_two_meters(before[0], after[0])


def _notes_on_two_meters(before: Run, after: Run) -> Iterator[str]:
    """Yield what the difference of two meters, or of what may be two, does to a comparison."""
    known = all(_fact(run, "meter's serial number") for run in (before, after))
    why = "two meters" if known else "not known to be one meter (no serial number)"
    yield f"energy: {why}, so the meters' own limits of error are part of the interval"
    first, second = _measured(before), _measured(after)
    if first.kind != second.kind and not (first.place and second.place):
        yield (
            f"energy: whether {first.kind} and {second.kind} measured at the same side of the "
            "supply is not known: its losses may be the difference"
        )
