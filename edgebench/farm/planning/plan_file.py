"""Read plan.toml: every fault with its line, before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from edgebench.card_file import CardFile, read_toml
from edgebench.errors import CardFault, CardInvalid
from edgebench.farm.planning.plan import Plan, PlannedRun, PlanSettings
from edgebench.farm.planning.plan_checks import (
    Fault,
    faults_of_names,
    faults_of_numbers,
    faults_of_runs,
)
from edgebench.farm.planning.targets import DeviceTarget, PlaceTarget, SshTarget, TagFilter, Target
from edgebench.text.toml_lines import Keys
from edgebench.text.typed_json import TypedJsonError, structure

KINDS: Mapping[str, type[Target] | type[TagFilter]] = {
    "place": PlaceTarget,
    "tags": TagFilter,
    "device": DeviceTarget,
    "ssh": SshTarget,
}
"""What a target is, by the key that says where it is."""


class PlanInvalid(CardInvalid):
    """A plan can't be read, or something in it is not possible; ``faults`` has everything."""


@dataclass(frozen=True, kw_only=True)
class PlanFile(PlanSettings):
    """plan.toml as it is written."""

    targets: tuple[Mapping[str, Any], ...] = ()
    runs: tuple[PlannedRun, ...] = ()


def read_plan(path: Path) -> Plan:
    """Read a plan.

    Raises
    ------
    PlanInvalid
        If it can't be read, or something in it is not possible; the message has the lines.
    """
    try:
        file = read_toml(path)
    except CardInvalid as error:
        raise PlanInvalid(str(error)) from error
    try:
        written = structure(PlanFile, file.values)
    except TypedJsonError as error:
        raise _invalid(file, [(each.keys, str(each)) for each in error.problems]) from error
    targets, faults = _targets(written.targets)
    plan = Plan(
        tuple(each for each in targets if not isinstance(each, TagFilter)),
        tuple(each for each in targets if isinstance(each, TagFilter)),
        written.runs,
        path,
        **{each.name: getattr(written, each.name) for each in fields(PlanSettings)},
    )
    faults += faults_of_numbers(plan)
    # One stage at a time: a target that is wrong would make its name and its runs wrong as well.
    if faults := faults or list(faults_of_names(plan)) or list(faults_of_runs(plan)):
        raise _invalid(file, faults)
    return plan


def _invalid(file: CardFile, faults: Sequence[Fault]) -> PlanInvalid:
    found = [CardFault(keys, file.lines.line(*keys), what) for keys, what in faults]
    return PlanInvalid.of_file(file.path, sorted(found, key=lambda fault: fault.line or 0))


def _targets(tables: Sequence[Mapping[str, Any]]) -> tuple[list[Target | TagFilter], list[Fault]]:
    targets: list[Target | TagFilter] = []
    faults: list[Fault] = []
    names: set[str] = set()
    for index, table in enumerate(tables):
        here: Keys = ("targets", index)
        kinds = [kind for kind in KINDS if kind in table]
        if len(kinds) != 1:
            has = " and ".join(f"`{kind}`" for kind in kinds) or "none"
            faults.append((here, f"a target has one of {', '.join(KINDS)}; this one has {has}"))
            continue
        try:
            target = structure(KINDS[kinds[0]], table)
        except TypedJsonError as error:
            faults += [((*here, *each.keys), str(each)) for each in error.problems]
            continue
        target = _named(target)
        found = list(_faults_of_target(target))
        if not isinstance(target, TagFilter):
            if target.name in names:
                twice = f"two targets are called {target.name!r}: give each a `name`"
                found.append(("name", twice))
            names.add(target.name)
        faults += [((*here, key), what) for key, what in found]
        targets.append(target)
    return targets, faults


def _named(target: Target | TagFilter) -> Target | TagFilter:
    """Return a target under the name that it has by default: where it is."""
    if isinstance(target, TagFilter) or target.name:
        return target
    return replace(target, name=target.where)


def _faults_of_target(target: Target | TagFilter) -> Iterator[tuple[str, str]]:
    if isinstance(target, TagFilter):
        if not target.tags:
            yield "tags", '`tags` is a table such as { board = "nrf52" }'
        return
    kind = next(each for each in KINDS if isinstance(target, KINDS[each]))
    if not target.where or target.where.startswith("-"):
        yield kind, f"`{kind}` must name one, not {target.where!r}"
    if not isinstance(target, SshTarget) and (target.board is None) != (not target.deploy):
        yield "deploy" if target.deploy else "board", "`board` and `deploy` go together"
