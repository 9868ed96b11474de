"""Find the best settings: search, and a last comparison side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from edgebench import __version__
from edgebench.clock import now_ns, utc_now, utc_text
from edgebench.errors import Interrupted, RuntimeCrashed, UsageError
from edgebench.harness.progress import Progress, Silent
from edgebench.harness.request import RunRequest
from edgebench.harness.run.prepare import prepare
from edgebench.host.cpus import affordable_cpus, cpu_clusters
from edgebench.models.resolve import Model
from edgebench.models.tflite.width import Width, width_of
from edgebench.processes.interruptions import interruption
from edgebench.runtime_settings import RuntimeSettings
from edgebench.runtimes.contract import RuntimeDriver
from edgebench.runtimes.drivers import default_runtime, installed_runtimes, runtime_driver
from edgebench.statistics.change import Change, Repeat, change_between
from edgebench.text.brief import Brief
from edgebench.tuning.kept import machine
from edgebench.tuning.objective import (
    BOUNDED,
    BUDGET_S,
    ENERGY,
    Objective,
    ObjectiveName,
    objective_called,
)
from edgebench.tuning.search import best_of, search
from edgebench.tuning.settings import (
    candidates,
    contestants,
)
from edgebench.tuning.trial import Trial, try_settings

SEARCH_SHARE = 0.5
"""The rest of the budget is for the last comparison."""
REPEATS = 5
FINAL_S = 0.5
DEFAULT = "default"


@dataclass(frozen=True, repr=False)
class Finalist(Brief):
    """Settings in the last comparison.

    ``names`` are all that these settings are: the search's find may be the guideline's.
    ``change`` is from the default to these, as a cost: below 1 is better; None of the default.
    """

    names: tuple[str, ...]
    settings: RuntimeSettings
    figures: tuple[float, ...]
    change: Change | None

    @property
    def figure(self) -> float:
        """The median."""
        return float(np.median(self.figures))

    @property
    def interval(self) -> tuple[float, float]:
        """The least and the most of the repeats."""
        return min(self.figures), max(self.figures)


@dataclass(frozen=True, repr=False)
class Tuned(Brief):
    """What was found: the finalists, and which of them ``run(tuned=True)`` will use.

    ``chosen`` is the default unless another is certainly better: settings that can't be
    distinguished from it are not worth their trouble. ``measured_as`` is `Model.measured_as`:
    another signature or shape of the same model is tuned by itself.
    """

    model: str
    model_sha256: str
    objective: ObjectiveName
    unit: str
    machine: dict[str, Any]
    width: Width
    finalists: tuple[Finalist, ...]
    chosen: RuntimeSettings
    trials: tuple[Trial, ...]
    took_s: float
    made: str
    edgebench_version: str
    notes: tuple[str, ...] = field(default=())
    measured_as: str = ""

    @property
    def winner(self) -> Finalist:
        """The finalist that was chosen."""
        return next(each for each in self.finalists if each.settings == self.chosen)


@contextmanager
def _nothing_kept() -> Iterator[None]:
    """Say of an interruption that nothing is kept: the folders of trials go with them."""
    try:
        yield
    except KeyboardInterrupt as stop:
        first: BaseException = stop
        while isinstance(first.__cause__, KeyboardInterrupt):
            first = first.__cause__
        raise Interrupted(f"{interruption(first)}; of a search nothing is kept") from first


def _usable(model: Model) -> list[RuntimeDriver]:
    """Return the runtimes that can run a model, the preferred one first; one at least."""
    return installed_runtimes(model.format) or [default_runtime(model.format)]


def tune(
    request: RunRequest,
    objective: str,
    budget_s: float = BUDGET_S,
    progress: Progress | None = None,
) -> Tuned:
    """Find the best settings of this machine for a request's model.

    Parameters
    ----------
    request
        Its model and data; a meter for the objective ``energy``, a bound for
        ``latency-bounded-throughput``.
    budget_s
        About how long it may take.

    Raises
    ------
    UsageError
        If the objective lacks what it needs, or nothing can run the model.
    """
    goal = objective_called(objective)
    asked = _asked(request, goal)
    started = now_ns()
    progress = progress or Silent()
    prepared = prepare(asked, None, None)
    facts, cpus = prepared.model.facts, affordable_cpus()
    only = asked.settings.runtime
    runtimes = [runtime_driver(only)] if only else _usable(prepared.model)
    compared = contestants(facts, runtimes[0], cpus)
    space = [
        compared.guideline,
        *candidates(
            facts,
            runtimes,
            cpus,
            several=goal.several,
            batches=goal.batches,
            clusters=cpu_clusters(),
        ),
    ]

    def passed_s() -> float:
        return (now_ns() - started) / 1e9

    def attempt(settings: RuntimeSettings, seconds: float) -> Trial:
        with _nothing_kept():
            return try_settings(asked, goal, settings, seconds)

    def searched(settings: RuntimeSettings, seconds: float) -> Trial:
        progress.advance(min(1.0, passed_s() / (SEARCH_SHARE * budget_s)))
        return attempt(settings, seconds)

    with _nothing_kept():
        title = f"tuning {prepared.model.label} for {goal.name}"
        progress.stage(title, SEARCH_SHARE * budget_s)
        trials = search(space, goal, searched, lambda: passed_s() > SEARCH_SHARE * budget_s)
    found = best_of(trials, goal)
    if found is None:
        problems = "; ".join(dict.fromkeys(trial.problem for trial in trials))
        kind = RuntimeCrashed if any(trial.crashed for trial in trials) else UsageError
        raise kind(f"nothing that was tried can run {prepared.model.label}: {problems}")
    named = {**compared.named(), "search": found}
    if not goal.several:
        named.pop("guideline")  # instances serve no single stream
    title = f"comparing {len(set(named.values()))} settings in turn"
    progress.stage(title, (1 - SEARCH_SHARE) * budget_s)
    figures, last = _side_by_side(named, attempt, lambda: budget_s - passed_s(), progress)
    progress.advance(1.0)
    finalists = _finalists(named, figures, goal)
    return Tuned(
        model=prepared.model.label,
        model_sha256=prepared.model.sha256,
        objective=goal.name,
        unit=goal.unit,
        machine=machine(),
        width=width_of(facts),
        finalists=finalists,
        chosen=_chosen(finalists),
        trials=(*trials, *last),
        took_s=passed_s(),
        made=utc_text(utc_now()),
        edgebench_version=__version__,
        notes=_notes((*trials, *last)),
        measured_as=prepared.model.measured_as,
    )


def _asked(request: RunRequest, goal: Objective) -> RunRequest:
    """Return the request of a trial, but for its settings and its duration."""
    if goal.name == ENERGY and request.power is None:
        raise UsageError(
            "`objective=energy` needs a meter: name it with `power`; `edgebench meters` lists them",
            field="power",
        )
    for name in request.settings.changed():
        if name != "runtime":
            raise UsageError(f"`{name}` is what tuning finds out: leave it out", field=name)
    if goal.name == BOUNDED and request.latency_bound_ms is None:
        raise UsageError(
            "`objective=latency-bounded-throughput` needs `latency_bound_ms`, which 99 % of "
            "latencies must hold",
            field="latency_bound_ms",
        )
    return replace(
        request,
        scenarios=(goal.scenario,),
        modes=("performance",),
        warmup_s=0.05,
        find_peak=goal.name == BOUNDED,
        idle_s=0.2,
    )


def _side_by_side(
    named: Mapping[str, RuntimeSettings],
    attempt: Callable[[RuntimeSettings, float], Trial],
    left_s: Callable[[], float],
    progress: Progress,
) -> tuple[dict[RuntimeSettings, list[float]], list[Trial]]:
    """Measure the finalists in turn, several times; at least twice each however late it is."""
    figures: dict[RuntimeSettings, list[float]] = {each: [] for each in named.values()}
    trials = []
    round_s = 0.0
    for repeat in range(REPEATS):
        before_s = left_s()
        if repeat >= 2 and before_s < round_s:
            break
        # In another order each time, so that none is always the first.
        order = list(figures) if repeat % 2 else list(reversed(figures))
        for settings in order:
            trial = attempt(settings, FINAL_S)
            trials.append(trial)
            progress.advance(len(trials) / (REPEATS * len(figures)))
            if trial.figure is not None:
                figures[settings].append(trial.figure)
        round_s = before_s - left_s()
    return figures, trials


def _finalists(
    named: Mapping[str, RuntimeSettings],
    figures: Mapping[RuntimeSettings, Sequence[float]],
    goal: Objective,
) -> tuple[Finalist, ...]:
    default = named[DEFAULT]
    found = []
    for settings, values in figures.items():
        if not values:
            continue
        names = tuple(name for name, each in named.items() if each == settings)
        change = None
        if settings != default and figures[default]:
            one, other = (
                [Repeat(goal.cost(value), np.ones(0)) for value in each]
                for each in (figures[default], values)
            )
            change = change_between(one, other)
        found.append(Finalist(names, settings, tuple(values), change))
    return tuple(found)


def _chosen(finalists: Sequence[Finalist]) -> RuntimeSettings:
    """Return the best that is certainly better than the default; else the default."""
    better = [f for f in finalists if f.change is not None and f.change.verdict == "faster"]
    if better:
        return min(better, key=lambda each: each.change.ratio if each.change else 1.0).settings
    default = [each for each in finalists if DEFAULT in each.names]
    return (default or list(finalists))[0].settings


def _notes(trials: Sequence[Trial]) -> tuple[str, ...]:
    contended = sum(trial.is_contended for trial in trials)
    notes = []
    if contended:
        notes.append(
            f"{contended} of {len(trials)} trials were contended three times over and are not to "
            "be trusted: tune on an idle machine"
        )
    limited = sum(trial.is_limited for trial in trials)
    if limited:
        notes.append(
            f"a CPU quota or a memory limit held up {limited} of {len(trials)} trials: what was "
            "found holds under that limit only"
        )
    problems = dict.fromkeys(f"{t.settings}: {t.problem}" for t in trials if t.problem)
    return (*notes, *problems)
