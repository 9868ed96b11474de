"""Check a plan whose types are right: what is not possible, with the way to its key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from edgebench.card_file import unknown_value
from edgebench.errors import UsageError
from edgebench.farm.planning.plan import FROM_RUNS, Plan, PlannedRun
from edgebench.farm.planning.targets import PlaceTarget, SshTarget, TagFilter, Target
from edgebench.text.toml_lines import Keys

Fault = tuple[Keys, str]
FROM_TARGETS = ("device", "power", "supply_v")
LONGEST_S = 1e9
_IN_BACKTICKS = re.compile(r"`(\w+)")


def _at_least_1(value: Any) -> bool:
    return bool(value >= 1)


def _above_0(value: Any) -> bool:
    return bool(0 < value < LONGEST_S)


RULES: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
    ("repeats", _at_least_1, "at least 1"),
    ("attempts", _at_least_1, "at least 1"),
    ("time_limit_s", _above_0, "above 0"),
    ("wait_s", _above_0, "above 0"),
)
"""A key, when its value will do, and what it must be."""


def faults_of_numbers(plan: Plan) -> Iterator[Fault]:
    """Yield the numbers of a plan that are out of range."""
    for key, holds, must_be in RULES:
        value = getattr(plan, key)
        if not holds(value):
            yield (key,), f"`{key}` must be {must_be}, not {value}"
    for index, run in enumerate(plan.runs):
        if run.repeats is not None and run.repeats < 1:
            yield ("runs", index, "repeats"), f"`repeats` must be at least 1, not {run.repeats}"


def faults_of_names(plan: Plan) -> Iterator[Fault]:
    """Yield which tables are missing, and which names of targets are unknown."""
    if not plan.targets and not plan.filters:
        yield (), "no [[targets]]: nothing to do"
    if not plan.runs:
        yield (), "no [[runs]]: nothing to do"
    names = [target.name for target in plan.targets]
    for index, run in enumerate(plan.runs):
        unknown = [name for name in run.targets if name not in names]
        # Places that are found by their tags get their names from the coordinator.
        if unknown and not plan.filters:
            keys = ("runs", index, "targets", run.targets.index(unknown[0]))
            yield keys, unknown_value("targets", unknown[0], sorted(names))


def faults_of_runs(plan: Plan) -> Iterator[Fault]:
    """Yield what is wrong with what each target is asked for."""
    for index, run in enumerate(plan.runs):
        targets = [target for target in plan.targets if run.is_for(target.name)]
        targets += [_stand_in(each) for each in plan.filters]
        for keys, what in _faults_of_run(run, targets).items():
            yield ("runs", index, *keys), what


def _stand_in(tags: TagFilter) -> Target:
    """Return a target that is like those that tags will be found on."""
    return PlaceTarget(
        place="later", host_timed=tags.host_timed, emulator_clock=tags.emulator_clock
    )


def _faults_of_run(run: PlannedRun, targets: list[Target]) -> dict[Keys, str]:
    """Return what is wrong by the way from the run to its key; one text each is enough."""
    for key in run.options:
        if key in FROM_RUNS or key in FROM_TARGETS:
            owner = "the run" if key in FROM_RUNS else "the target"
            return {("options", key): f"`{key}` is no option: it is a key of {owner} itself"}
    faults: dict[Keys, str] = {}
    for target in targets:
        try:
            run.request_for(target)
        except UsageError as error:
            faults.setdefault(_keys_of(error, run), str(error))
    if not faults and any(not isinstance(target, SshTarget) for target in targets):
        return dict(_missing_here(run))
    return faults


def _keys_of(error: UsageError, run: PlannedRun) -> Keys:
    """Return the way from a run to what an error is about; empty if that is the whole run."""
    for name in [error.field] if error.field else _IN_BACKTICKS.findall(str(error)):
        if name in run.options:
            return ("options", name)
        if name in FROM_RUNS:
            return (name,)
    return ()


def _missing_here(run: PlannedRun) -> Iterator[Fault]:
    """Yield a model or data that aren't here now, so that not every board fails in turn."""
    from edgebench.datasets.load import load_dataset
    from edgebench.models.resolve import resolve_model

    dataset = run.options.get("dataset")
    try:
        if run.model is not None:
            resolve_model(run.model)
    except UsageError as error:
        yield ("model",), str(error)
    try:
        if isinstance(dataset, str):
            load_dataset(dataset)
    except UsageError as error:
        yield ("options", "dataset"), str(error)
