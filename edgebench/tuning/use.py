"""A run with the settings that were tuned for each of its scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from edgebench.errors import TunedMissing, UsageError
from edgebench.harness.request import RunRequest
from edgebench.harness.request_defaults import DEFAULT_SCENARIOS
from edgebench.harness.run.prepare import prepare
from edgebench.mlperf.scenarios import ScenarioName
from edgebench.runtime_settings import RuntimeSettings
from edgebench.tuning.kept import tuned_settings
from edgebench.tuning.objective import OBJECTIVES, ObjectiveName


def tuned_requests(request: RunRequest) -> Iterator[RunRequest]:
    """Yield a request for each group of scenarios that the same settings serve.

    Where the scenarios are the default ones, those that were not tuned are left out, unless none
    was.

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
    missing: list[TunedMissing] = []
    for scenario in request.scenarios:
        try:
            settings = tuned_settings(model, objective_of(scenario))
        except TunedMissing as error:
            missing.append(error)
            continue
        groups.setdefault(settings, []).append(scenario)
    if missing and (not groups or request.scenarios != DEFAULT_SCENARIOS):
        raise missing[0]
    for settings, scenarios in groups.items():
        yield replace(request, settings=settings, scenarios=tuple(scenarios))


def objective_of(scenario: ScenarioName) -> ObjectiveName:
    """Return the objective whose settings serve a scenario."""
    return next(each.name for each in OBJECTIVES.values() if scenario in each.serves)
