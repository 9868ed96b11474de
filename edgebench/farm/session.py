"""A plan from start to end: what is to be done, what is done already, and doing the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edgebench.errors import UsageError
from edgebench.events import OnEvent, ignore
from edgebench.farm.journal import Journal, PlaceReleased
from edgebench.farm.labgrid.client import Labgrid
from edgebench.farm.labgrid.find import find_labgrid
from edgebench.farm.labgrid.places import FarmPlace
from edgebench.farm.planning.jobs import Job, jobs_of
from edgebench.farm.planning.plan import Plan
from edgebench.farm.planning.targets import PlaceTarget, Target
from edgebench.farm.scheduler import FarmOutcome, Scheduler
from edgebench.farm.workers.processes import Processes
from edgebench.processes.interruptions import interruptible
from edgebench.text.brief import Brief


@dataclass(frozen=True, repr=False)
class PreparedFarm(Brief):
    """A plan whose targets are known, and the jobs that are left to do."""

    plan: Plan
    out: Path
    targets: tuple[Target, ...]
    jobs: dict[str, list[Job]]
    already: int
    labgrid: Labgrid | None

    @property
    def about_s(self) -> float:
        """Return about how long it takes: as long as the target with most to do."""
        return max((sum(job.about_s() for job in mine) for mine in self.jobs.values()), default=0.0)


def prepare_farm(
    plan: Plan, out: Path | None, *, resume: bool, coordinator: str = ""
) -> PreparedFarm:
    """Find a plan's places, and what of it is left to do.

    Raises
    ------
    UsageError
        If a place is not there, or there are results already and the plan is not to be resumed.
    RuntimeMissing
        If places are named and labgrid is not here.
    """
    folder = out or Path(plan.out)
    needed = plan.filters or any(isinstance(target, PlaceTarget) for target in plan.targets)
    labgrid = find_labgrid(coordinator) if needed else None
    places = labgrid.places() if labgrid is not None else []
    targets = _targets(plan, places)
    _refuse_unknown(plan, targets)
    finished = Journal(folder).state().finished
    if finished and not resume:
        raise UsageError(
            f"{folder} has {len(finished)} runs of a plan: go on with `resume=True`, or choose "
            "another `out`",
            field="resume",
        )
    everything = jobs_of(plan, targets)
    left = {
        name: [job for job in mine if job.id not in finished] for name, mine in everything.items()
    }
    already = sum(map(len, everything.values())) - sum(map(len, left.values()))
    return PreparedFarm(plan, folder, targets, left, already, labgrid)


def _refuse_unknown(plan: Plan, targets: Sequence[Target]) -> None:
    """Raise if a run names a target that is not there."""
    known = {target.name for target in targets}
    for run in plan.runs:
        unknown = [name for name in run.targets if name not in known]
        if unknown:
            raise UsageError.unknown("targets", unknown[0], known, where=f"in {plan.path}")


def _targets(plan: Plan, places: Sequence[FarmPlace]) -> tuple[Target, ...]:
    names = {place.name for place in places}
    for target in plan.targets:
        if isinstance(target, PlaceTarget) and target.place not in names:
            raise UsageError.unknown("place", target.place, sorted(names), where=f"in {plan.path}")
    targets = {target.name: target for target in plan.targets}
    for wanted in plan.filters:
        tags = dict(wanted.tags)
        found = [place for place in places if tags.items() <= dict(place.tags).items()]
        if not found:
            raise UsageError(f"{plan.path}: no place has the tags {tags}")
        for place in found:
            new = PlaceTarget(
                place=place.name,
                name=place.name,
                host_timed=wanted.host_timed,
                emulator_clock=wanted.emulator_clock,
            )
            targets.setdefault(place.name, new)
    return tuple(targets.values())


def run_farm(prepared: PreparedFarm, on_event: OnEvent = ignore) -> FarmOutcome:
    """Carry out what is left of a plan; run directories lie below its folder.

    Raises
    ------
    RunDirectoryBusy
        If another plan is being carried out into the folder.
    """
    journal = Journal(prepared.out.resolve())

    def kept() -> str:
        done = len(journal.state().finished)
        return f"{done} runs are finished in {prepared.out}; go on with `resume=True`"

    with journal.opened(), interruptible(kept):
        workers = Processes(prepared.labgrid, journal.folder / "logs")
        scheduler = Scheduler(prepared.plan, workers, journal, on_event)
        outcome = scheduler.run(prepared.targets, prepared.jobs)
    return replace(outcome, finished=outcome.finished + prepared.already)


def clean_up(out: Path, coordinator: str = "") -> list[str]:
    """Release the places that a plan's journal says are held, where they are still ours.

    Returns
    -------
    The places that were released.
    """
    journal = Journal(out.resolve())
    with journal.opened():
        held = journal.state().held
        if not held:
            return []
        found = find_labgrid(coordinator)
        released = []
        for name, identity in sorted(held.items()):
            labgrid = replace(found, identity=identity)
            if labgrid.holds(name):
                labgrid.release(name)
                released.append(name)
            journal.write(PlaceReleased(name))
    return released
