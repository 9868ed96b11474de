"""Find the best settings: search, and a last comparison side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from edgebench import __version__
from edgebench.clock import now_ns, utc_now, utc_text
from edgebench.errors import Interrupted, RuntimeCrashed, UsageError
from edgebench.harness.progress import Progress, Silent
from edgebench.harness.request import RunRequest
from edgebench.harness.run.prepare import prepare
from edgebench.host.cpus import affordable_cpus, cpu_clusters, one_per_core
from edgebench.host.state import MOST_OTHERS_SHARE
from edgebench.models.resolve import Model
from edgebench.models.tflite.width import Width, width_of
from edgebench.processes.interruptions import interruption
from edgebench.runtime_settings import RuntimeSettings
from edgebench.runtimes.contract import RuntimeDriver
from edgebench.runtimes.drivers import default_runtime, installed_runtimes, runtime_driver
from edgebench.statistics.change import ENOUGH_REPEATS
from edgebench.text.brief import Brief
from edgebench.tuning.budget import Budget
from edgebench.tuning.comparison import (
    FINALIST_NAMES,
    FOUND,
    LENGTHS_S,
    Finalist,
    compare,
    finalists_of,
)
from edgebench.tuning.decision import decide
from edgebench.tuning.objective import (
    BOUNDED,
    BUDGET_S,
    ENERGY,
    Objective,
    ObjectiveName,
    objective_called,
)
from edgebench.tuning.search import best_of, search
from edgebench.tuning.settings import candidates, contestants
from edgebench.tuning.store import machine
from edgebench.tuning.trial import MayRepeat, Trial, try_settings

SEARCH_SHARE = 0.5
"""The rest of the budget is for the last comparison."""


@dataclass(frozen=True, repr=False)
class Tuned(Brief):
    """The findings: the finalists, and which of them ``run(tuned=True)`` will use.

    ``chosen`` is the default unless another is certainly better: settings that can't be
    distinguished from it are not worth their trouble. ``reason`` says why. ``measured_as`` is
    `Model.measured_as`: another signature or shape of the same model is tuned by itself.
    """

    model: str
    model_sha256: str
    objective: ObjectiveName
    unit: str
    machine: dict[str, Any]
    width: Width
    finalists: tuple[Finalist, ...]
    chosen: RuntimeSettings
    reason: str
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
        How long it may take, contended trials included. Nothing is begun that is not expected to
        end in time, except one trial in the search, one of the default and one of the find.

    Raises
    ------
    UsageError
        If the objective lacks what it needs, nothing can run the model, or no setting gave a
        figure in the last comparison.
    RuntimeCrashed
        As the two last, where the runtime ended the process.
    """
    goal = objective_called(objective)
    asked = _asked(request, goal)
    budget = Budget(budget_s, now_ns)
    progress = progress or Silent()
    prepared = prepare(asked, None, None)
    facts, cpus = prepared.model.facts, affordable_cpus()
    cores = one_per_core(cpus)
    only = asked.settings.runtime
    runtimes = [runtime_driver(only)] if only else _usable(prepared.model)
    compared = contestants(facts, runtimes[0], cores)
    space = [
        compared.guideline,
        *candidates(
            facts,
            runtimes,
            cpus,
            several=goal.several,
            batches=goal.batches,
            clusters=cpu_clusters(),
            cores=cores,
        ),
    ]

    def attempt(settings: RuntimeSettings, seconds: float, may_repeat: MayRepeat) -> Trial:
        with _nothing_kept():
            trial = try_settings(asked, goal, settings, seconds, may_repeat)
        budget.learn(seconds, trial.took_s)
        return trial

    def searched(settings: RuntimeSettings, seconds: float) -> Trial:
        progress.advance(min(1.0, budget.passed_s() / (SEARCH_SHARE * budget_s)))
        return attempt(settings, seconds, lambda: fits(seconds))

    def fits(seconds: float) -> bool:
        return budget.fits(seconds, SEARCH_SHARE)

    with _nothing_kept():
        title = f"tuning {prepared.model.label} for {goal.name}"
        progress.stage(title, SEARCH_SHARE * budget_s)
        trials = search(space, goal, searched, fits)
    found = best_of(trials, goal)
    if found is None:
        raise _no_figure(f"nothing that was tried can run {prepared.model.label}", trials)
    named = {**compared.named(), FOUND: found}
    if not goal.several:
        named.pop("guideline")  # instances serve no single stream
    title = f"comparing {len(set(named.values()))} settings in turn"
    progress.stage(title, (1 - SEARCH_SHARE) * budget_s)
    last = compare(named, attempt, budget, progress)
    progress.advance(1.0)
    finalists = finalists_of(named, last.figures, goal)
    if not finalists:
        what = f"the search found settings for {prepared.model.label}, but the last comparison"
        raise _no_figure(f"{what} gave no figure", last.trials)
    decision = decide(finalists, goal, _enough_s(named, budget))
    tried = (*trials, *last.trials)
    return Tuned(
        model=prepared.model.label,
        model_sha256=prepared.model.sha256,
        objective=goal.name,
        unit=goal.unit,
        machine=machine(),
        width=width_of(facts),
        finalists=finalists,
        chosen=decision.settings,
        reason=decision.reason,
        trials=tried,
        took_s=budget.passed_s(),
        made=utc_text(utc_now()),
        edgebench_version=__version__,
        notes=_notes(tried, last.left_out),
        measured_as=prepared.model.measured_as,
    )


def _no_figure(what: str, trials: Sequence[Trial]) -> UsageError | RuntimeCrashed:
    """Return the error of trials without a figure: each problem once."""
    problems = "; ".join(dict.fromkeys(trial.problem for trial in trials))
    kind = RuntimeCrashed if any(trial.crashed for trial in trials) else UsageError
    return kind(f"{what}: {problems}")


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


def _enough_s(named: Mapping[str, RuntimeSettings], budget: Budget) -> float:
    """Return the budget in which each could be measured as often as a verdict needs."""
    trials = ENOUGH_REPEATS * len(set(named.values()))
    return trials * budget.expected_s(LENGTHS_S[0]) / (1 - SEARCH_SHARE)


def _notes(trials: Sequence[Trial], left_out: Sequence[str]) -> tuple[str, ...]:
    notes = []
    if left_out:
        names = ", ".join(FINALIST_NAMES.get(name, name) for name in left_out)
        notes.append(f"not compared, for want of time: {names}. A longer `budget_s` has them")
    contended = sum(trial.is_contended for trial in trials)
    if contended:
        notes.append(
            f"other programs took more than {MOST_OTHERS_SHARE:.0%} of the machine in {contended} "
            f"of {len(trials)} trials, whose figures may be wrong: tune on an idle machine"
        )
    limited = sum(trial.is_limited for trial in trials)
    if limited:
        notes.append(
            f"a CPU quota or a memory limit held up {limited} of {len(trials)} trials: what was "
            "found holds under that limit only"
        )
    problems = dict.fromkeys(f"{t.settings}: {t.problem}" for t in trials if t.problem)
    return (*notes, *problems)
