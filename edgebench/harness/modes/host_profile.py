"""What each op of a model costs on this machine, by prefix timing.

The Python runtimes tell no op's time. So the model is cut after each op, and what an op adds to
the time of what is before it is its cost. All prefixes are timed in turn, round after round, so
that a clock that wanders meets them all alike; a prefix's time is that of its quiet rounds (what
disturbs a machine only makes it slower), an op's cost the difference. XNNPACK may join
ops, and lay memory out otherwise in a prefix: the figures say where the time goes, not to the
microsecond.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from edgebench.clock import now_ns
from edgebench.datasets.load import load_dataset
from edgebench.errors import UsageError
from edgebench.harness.progress import Progress, Silent
from edgebench.models.fit import fit
from edgebench.models.prefix import prefix_of, results_of
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.sizing import Shapes
from edgebench.models.trial.trial import require_survival
from edgebench.rundir.contents.layers import Layer, Layers
from edgebench.runtime_settings import RuntimeSettings
from edgebench.runtimes.contract import RuntimeDriver
from edgebench.runtimes.drivers import runtime_drivers
from edgebench.statistics.quantiles import interquartile_range
from edgebench.sut.contract import SystemUnderTest
from edgebench.sut.open import runtime_for

METHOD = "by prefix timing: what an op adds to the time of those before it"
ROUNDS = 30
TURN_NS = 2_000_000
"""How long a prefix is run at a time: much longer than the clock's steps, before it drifts."""
MOST_RUNS_A_TURN = 500
QUIET = 0.1
"""The part of the rounds that were disturbed least."""
OPEN_BYTES = 256 * 2**20
"""As many prefixes are open at once as their files fit in this."""


def profile_on_host(
    model: str,
    settings: RuntimeSettings | None = None,
    rounds: int = ROUNDS,
    progress: Progress | None = None,
    *,
    signature: str | None = None,
    shape: Shapes | None = None,
    dataset: str | None = None,
) -> Layers:
    """Time a model's ops on this machine, on a dataset's first sample or on random numbers.

    An op that runs other graphs (control flow, a composite) has the cost of all that they do.

    Parameters
    ----------
    rounds
        How often each prefix has its turn.
    signature, shape
        As `edgebench.models.resolve.resolve_model` and `edgebench.models.sizing.at_shape` take
        them.

    Returns
    -------
    A cost an op in microseconds; below 0 where it is lost in what the clock wanders.

    Raises
    ------
    ModelNotSupported
        If the runtime can't run the model.
    RuntimeMissing
        If the runtime is not installed.
    UsageError
        If it can't time ops, or does not have one of the settings.
    """
    settings = settings or RuntimeSettings()
    data = None if dataset is None else load_dataset(dataset)
    resolved, data = fit(resolve_model(model, signature), data, shape or {})
    driver = _profiling_runtime(resolved, settings)
    facts, progress = resolved.facts, progress or Silent()
    facts.require_readable_ends(resolved.label)
    sample = data.sample(0)
    require_survival(resolved, driver, settings, can_choose=True)
    resolved = replace(resolved, is_tried=True)
    count = len(facts.ops)
    costs, spreads = np.empty(count), np.empty(count)
    whole: list[float] = []
    progress.stage(f"profiling {count} ops", 1.0)
    for group in _groups(count, max(1, OPEN_BYTES // len(resolved.content))):
        with ExitStack() as stack:
            suts = []
            for ops in group:
                # Without a result there is nothing to run: what it costs is the next op's.
                is_timed = ops == count or bool(results_of(facts, ops))
                sut = driver.open(prefix_of(resolved, ops), settings) if is_timed else None
                if sut is not None:
                    stack.enter_context(sut)
                    sut.load({0: sample})
                suts.append(sut)
            times = _timed(suts, rounds)
            description = next(sut.description for sut in suts if sut is not None)
        quiet = np.quantile(times, QUIET, axis=1)
        costs[group[0] : group[-1]] = np.diff(quiet)
        spreads[group[0] : group[-1]] = interquartile_range(np.diff(times, axis=0))
        whole.append(float(quiet[-1]))
        progress.advance(group[-1] / count)
    taken = (each for each in description.delegates if each != settings.delegate)
    return Layers(
        model=resolved.label,
        model_sha256=resolved.sha256,
        board="",
        where=", ".join(
            filter(
                None,
                (
                    f"{description.name} {description.runtime_version}",
                    *taken,
                    *settings.parts(),
                    resolved.measured_as,
                ),
            )
        ),
        method=METHOD,
        unit="us",
        whole=whole[-1] / 1e3,
        layers=tuple(
            Layer(op.index, op.name, op.macs, float(cost), float(spread))
            for op, cost, spread in zip(facts.ops, costs / 1e3, spreads / 1e3, strict=True)
        ),
    )


def _profiling_runtime(model: Model, settings: RuntimeSettings) -> RuntimeDriver:
    driver = runtime_for(model, settings)
    if not driver.profiles_ops:
        others = [each.name for each in runtime_drivers()[0] if each.profiles_ops]
        raise UsageError(
            f"`runtime`: {driver.name} can't run a model cut after each op, which times them; "
            f"{', '.join(others)} can",
            field="runtime",
            value=driver.name,
            choices=others,
        )
    return driver


def _groups(ops: int, most: int) -> Iterator[range]:
    """Yield prefixes to be timed side by side; each group begins where the last one ended."""
    first = 0
    while first < ops:
        last = min(ops, first + most)
        yield range(first, last + 1)
        first = last


def _timed(suts: Sequence[SystemUnderTest | None], rounds: int) -> NDArray[np.float64]:
    """Return each one's median nanoseconds an inference, shape (systems, rounds); 0 of None."""
    times = np.zeros((len(suts), rounds))
    for turn in range(rounds + 1):
        for place, sut in enumerate(suts):
            # The first round warms up.
            if sut is not None:
                times[place, max(turn - 1, 0)] = _turn(sut)
    return times


def _turn(sut: SystemUnderTest) -> float:
    taken: list[int] = []
    end = now_ns() + TURN_NS
    while len(taken) < MOST_RUNS_A_TURN and (not taken or now_ns() < end):
        taken.append(sut.infer((0,)).invoke_ns)
    return float(np.median(taken))
