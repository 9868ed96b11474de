"""A plan: which models run where, how often, in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from edgebench.device_place import FarmAddress
from edgebench.errors import UsageError
from edgebench.farm.planning.targets import PlaceTarget, SshTarget, TagFilter, Target
from edgebench.harness.request import RunRequest, split_flat
from edgebench.mlperf.scenarios import ModeName, ScenarioName
from edgebench.text.typed_json import TypedJsonError, structure

Order = Literal["interleaved", "by-run"]
FROM_RUNS = ("model", "scenarios", "modes")


@dataclass(frozen=True)
class PlannedRun:
    """A run that every target (or each of those named) gets ``repeats`` times.

    Attributes
    ----------
    repeats
        None: as often as the plan says for all.
    options
        Other fields of `RunRequest`, and of its `RuntimeSettings`.
    """

    model: str | None = None
    scenarios: tuple[ScenarioName, ...] = ()
    modes: tuple[ModeName, ...] = ()
    repeats: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    targets: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Its name in tables."""
        what = [self.model or "the board's model", *self.scenarios]
        what += [f"{key}={value}" for key, value in self.options.items()]
        return " ".join(what)

    def is_for(self, name: str) -> bool:
        """Whether a target of this name gets it."""
        return not self.targets or name in self.targets

    def request_for(self, target: Target) -> RunRequest:
        """Return what is asked of a target.

        Raises
        ------
        UsageError
            If that is not possible; its ``field`` is the option that is to blame, if one is.
        """
        values: dict[str, Any] = {"power": target.meter, "supply_v": target.supply_v}
        if not isinstance(target, SshTarget):
            is_place = isinstance(target, PlaceTarget)
            values["device"] = {
                "port": str(FarmAddress(target.where)) if is_place else target.where,
                "host_timed": target.host_timed,
                "emulator_clock": target.emulator_clock,
            }
        for name in FROM_RUNS:
            if given := getattr(self, name):
                values[name] = given
        return _request(values, self.options)


def _request(values: dict[str, Any], options: Mapping[str, Any]) -> RunRequest:
    """Make a request of its own fields, and of options that may be its settings' as well."""
    own, settings = split_flat(options)
    try:
        return structure(RunRequest, {**values, **own, "settings": settings})
    except TypedJsonError as error:
        problem = error.problems[0]
        keys = problem.keys[1:] if problem.keys[0] == "settings" else problem.keys
        raise UsageError(str(replace(problem, keys=keys)), field=str(keys[0])) from error


@dataclass(frozen=True, kw_only=True)
class PlanSettings:
    """Settings that hold for all runs of a plan.

    Attributes
    ----------
    order
        ``interleaved``: every run once, then every run again; ``by-run``: all repeats of one run,
        then of the next.
    time_limit_s
        What takes longer is ended and tried again.
    attempts
        How often a job is tried before its board is quarantined.
    wait_s
        How long a place is waited for that somebody else holds.
    out
        The folder of the results.
    """

    repeats: int = 1
    order: Order = "interleaved"
    time_limit_s: float = 1800.0
    attempts: int = 2
    wait_s: float = 600.0
    out: str = "farm-runs"


@dataclass(frozen=True)
class Plan(PlanSettings):
    """A plan that has been checked, but for what the coordinator knows."""

    targets: tuple[Target, ...]
    filters: tuple[TagFilter, ...]
    runs: tuple[PlannedRun, ...]
    path: Path = field(default_factory=Path)

    def repeats_of(self, run: PlannedRun) -> int:
        """Return how often each target gets a run."""
        return self.repeats if run.repeats is None else run.repeats
