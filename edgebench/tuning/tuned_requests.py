"""A run with the settings that were tuned for each of its scenarios."""

from __future__ import annotations

from dataclasses import dataclass, replace

from edgebench.errors import TunedMissing, UsageError
from edgebench.harness.request import RunRequest
from edgebench.harness.run.prepare import prepare
from edgebench.mlperf.scenarios import ScenarioName
from edgebench.runtime_settings import RuntimeSettings
from edgebench.tuning.objective import OBJECTIVES, ObjectiveName
from edgebench.tuning.store import tuned_settings


@dataclass(frozen=True)
class TunedRequests:
    """A request for each group of scenarios that the same settings serve.

    ``left_out`` has a sentence about each scenario that has no tuned settings, and why.
    """

    requests: tuple[RunRequest, ...]
    left_out: tuple[str, ...] = ()


def tuned_requests(request: RunRequest, *, may_leave_out: bool) -> TunedRequests:
    """Return the requests that a request with tuned settings comes to.

    Parameters
    ----------
    may_leave_out
        Whether scenarios that were not tuned are left out, unless none was: nobody named them.

    Raises
    ------
    UsageError
        If the request sets what tuning sets, or is of a device.
    TunedMissing
        If the model has not been tuned for a scenario on this machine.
    """
    if request.device is not None:
        raise UsageError("`tuned` is for this machine, not for a device", field="tuned")
    for name in request.settings.changed():
        raise UsageError(f"`tuned` sets `{name}` by itself: leave one of them out", field=name)
    model = prepare(request).model
    groups: dict[RuntimeSettings, list[ScenarioName]] = {}
    missing: dict[ScenarioName, TunedMissing] = {}
    for scenario in request.scenarios:
        try:
            settings = tuned_settings(model, objective_of(scenario))
        except TunedMissing as error:
            missing[scenario] = error
            continue
        groups.setdefault(settings, []).append(scenario)
    if missing and not (groups and may_leave_out):
        raise next(iter(missing.values()))
    return TunedRequests(
        tuple(
            replace(request, settings=settings, scenarios=tuple(scenarios))
            for settings, scenarios in groups.items()
        ),
        tuple(f"{scenario}: {error}" for scenario, error in missing.items()),
    )


def objective_of(scenario: ScenarioName) -> ObjectiveName:
    """Return the objective whose settings serve a scenario."""
    return next(each.name for each in OBJECTIVES.values() if scenario in each.serves)
