"""Measure what each op of a model costs on this machine, by prefix timing.

The Python runtimes tell no op's time. So the model is cut after each op, and what an op adds to
the time of what is before it is its cost. All prefixes are timed in turn, round after round, so
that a clock that wanders meets them all alike; a prefix's time is that of its quiet rounds, and no
longer than that of any longer prefix, which does all its work (what disturbs a machine only makes
it slower). An op's cost is the difference: none is below 0, and they add up to the whole. Each
inference takes the next sample, so that a table's rows are not always the same ones, in the cache.
XNNPACK may join ops, and lay memory out otherwise in a prefix: the figures say where the time goes,
not to the microsecond.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import cycle

import numpy as np
from numpy.typing import NDArray

from edgebench.clock import now_ns
from edgebench.datasets.dataset import Dataset, Sample
from edgebench.datasets.load import load_dataset
from edgebench.errors import ModelNotSupported, UsageError
from edgebench.harness.progress import Progress, Silent
from edgebench.models.fit import fit
from edgebench.models.prefix import prefix_of, results_of, until_op
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.sizing import Shapes
from edgebench.models.trial.trial import require_survival
from edgebench.rundir.contents.layers import Layer, Layers
from edgebench.rundir.records.sut import SutDescription
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
MOST_SAMPLES = 4096
SAMPLES_BYTES = 64 * 2**20
"""What the samples of all prefixes that are open at once may take, but one each at least."""


def profile_on_host(
    model: str,
    settings: RuntimeSettings | None = None,
    rounds: int = ROUNDS,
    progress: Progress | None = None,
    *,
    signature: str | None = None,
    shape: Shapes | None = None,
    dataset: str | None = None,
    until: str | None = None,
) -> Layers:
    """Time a model's ops on this machine, on a dataset's samples in turn or on random numbers.

    An op that runs other graphs (control flow, a composite) has the cost of all that they do.

    Parameters
    ----------
    rounds
        How often each prefix has its turn.
    signature, shape, until
        As `edgebench.models.resolve.resolve_model`, `edgebench.models.sizing.at_shape` and
        `edgebench.models.prefix.until_op` take them.

    Returns
    -------
    A cost per op in microseconds; 0 where it is lost in what the clock wanders. The costs add up
    to the whole.

    Raises
    ------
    ModelNotSupported
        If the runtime can't run the model, or it has no ops.
    RuntimeMissing
        If the runtime is not installed.
    UsageError
        If it can't time ops, or does not have one of the settings.
    """
    settings = settings or RuntimeSettings()
    data = None if dataset is None else load_dataset(dataset)
    resolved, data = fit(until_op(resolve_model(model, signature), until), data, shape or {})
    driver = _profiling_runtime(resolved, settings)
    facts, progress = resolved.facts, progress or Silent()
    facts.require_readable_ends(resolved.label)
    if not facts.ops:
        raise ModelNotSupported(f"{resolved.label} has no ops: there is nothing to profile")
    require_survival(resolved, driver, settings, can_choose=True)
    resolved = replace(resolved, is_tried=True)
    count = len(facts.ops)
    quiet, spreads = np.full(count + 1, np.inf), np.empty(count)
    descriptions: list[SutDescription] = []
    progress.stage(f"profiling {count} ops", 1.0)
    for group in _groups(count, max(1, OPEN_BYTES // len(resolved.content))):
        with ExitStack() as stack:
            suts: list[SystemUnderTest | None] = []
            samples = _samples(data, len(group))
            for ops in group:
                # Without a result there is nothing to run: what it costs is the next op's.
                is_timed = ops == count or bool(results_of(facts, ops))
                sut = driver.open(prefix_of(resolved, ops), settings) if is_timed else None
                if sut is not None:
                    stack.enter_context(sut)
                    sut.load(samples)
                suts.append(sut)
            times = _timed(suts, rounds, len(samples))
            descriptions += [sut.description for sut in suts if sut is not None]
        # The prefix that ends a group begins the next one: of both times the quieter counts.
        here = slice(group[0], group[-1] + 1)
        quiet[here] = np.minimum(quiet[here], np.quantile(times, QUIET, axis=1))
        spreads[group[0] : group[-1]] = interquartile_range(np.diff(times, axis=0))
        progress.advance(group[-1] / count)
    return Layers(
        model=resolved.label,
        model_sha256=resolved.sha256,
        board="",
        where=_where(descriptions[-1], settings, resolved.measured_as),
        method=METHOD,
        unit="us",
        whole=float(quiet[-1]) / 1e3,
        layers=tuple(
            Layer(op.index, op.name, op.macs, float(cost), float(spread))
            for op, cost, spread in zip(
                facts.ops, costs_of(quiet) / 1e3, spreads / 1e3, strict=True
            )
        ),
    )


def _where(ran: SutDescription, settings: RuntimeSettings, measured_as: str) -> str:
    """Return what the ops were timed with: the runtime, its own delegates, and the settings."""
    own = (each for each in ran.delegates if each != settings.delegate)
    parts = (f"{ran.name} {ran.runtime_version}", *own, *settings.parts(), measured_as)
    return ", ".join(part for part in parts if part)


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


def costs_of(quiet: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what each op adds, shape (ops,), from the times of all prefixes, shape (ops + 1,).

    A prefix's time is also at most that of each longer one. The time of a prefix without a result
    is 0: only constants come before it.
    """
    bounded = np.minimum.accumulate(np.where(quiet > 0, quiet, np.inf)[::-1])[::-1]
    return np.diff(np.where(quiet > 0, bounded, 0.0))


def _samples(data: Dataset, systems: int) -> dict[int, Sample]:
    """Return samples for so many systems at once, by index."""
    first = data.sample(0)
    each = systems * max(1, sum(values.nbytes for values in first))
    count = max(1, min(data.count, MOST_SAMPLES, SAMPLES_BYTES // each))
    return {0: first, **{index: data.sample(index) for index in range(1, count)}}


def _timed(
    suts: Sequence[SystemUnderTest | None], rounds: int, samples: int
) -> NDArray[np.float64]:
    """Return each one's median nanoseconds an inference, shape (systems, rounds); 0 of None."""
    times = np.zeros((len(suts), rounds))
    # Each system takes the samples in the same order, and goes on where it was.
    indices = [cycle(range(samples)) for _ in suts]
    for turn in range(rounds + 1):
        for place, (sut, following) in enumerate(zip(suts, indices, strict=True)):
            # The first round warms up.
            if sut is not None:
                times[place, max(turn - 1, 0)] = _turn(sut, following)
    return times


def _turn(sut: SystemUnderTest, indices: Iterator[int]) -> float:
    taken: list[int] = []
    end = now_ns() + TURN_NS
    while len(taken) < MOST_RUNS_A_TURN and (not taken or now_ns() < end):
        taken.append(sut.infer((next(indices),)).invoke_ns)
    return float(np.median(taken))
