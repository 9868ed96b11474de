"""The search and its pieces, on machines that are made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edgebench.errors import UsageError
from edgebench.host.cpus import CpuCluster
from edgebench.models.resolve import resolve_model
from edgebench.models.tflite.inspect import ModelFacts, read_model
from edgebench.models.tflite.width import Width, guideline, width_of
from edgebench.runtime_settings import RuntimeSettings
from edgebench.sut.runtimes.litert import LITERT
from edgebench.sut.runtimes.tflite_runtime import TFLITE_RUNTIME
from edgebench.tuning.objective import OBJECTIVES, objective_called
from edgebench.tuning.search import best_of, search
from edgebench.tuning.settings import candidates, contestants
from edgebench.tuning.trial import Trial
from tests.models.made_models import branched_model, dense_model

CPUS = (0, 1, 2, 3)
THROUGHPUT, LATENCY = OBJECTIVES["throughput"], OBJECTIVES["latency"]


def facts_of(content: bytes) -> ModelFacts:
    return read_model(content, "made.tflite")


def always(seconds: float) -> bool:
    return True


@pytest.mark.parametrize(
    ("facts", "average", "pools"),
    [
        (facts_of(dense_model((64,) * 6).to_bytes()), 1.0, 1),
        (facts_of(branched_model(4, 3, 64).to_bytes()), 4.0, 4),
        (facts_of(branched_model(2, 1, 64).to_bytes()), 2.0, 2),
        (resolve_model("kws-ds-cnn").facts, 1.0, 1),
    ],
)
def test_a_graph_is_as_wide_as_its_heavy_ops_lie_side_by_side(
    facts: ModelFacts, average: float, pools: int
) -> None:
    width = width_of(facts)
    assert width.average == pytest.approx(average, abs=0.35)
    assert width.pools == pools


def test_a_shortcuts_convolutions_widen_a_residual_network() -> None:
    width = width_of(resolve_model("digits-resnet8").facts)
    assert width.heavy_ops == 10
    assert width.levels == 8
    assert width.pools == 1


@pytest.mark.parametrize(
    ("name", "heavy", "levels"),
    # With lookups, products of matrices are light; the GATHER of dlrm's pairs is no lookup.
    [("dlrm-edge", 26, 1), ("rm2-edge", 32, 1), ("machine-autoencoder", 10, 10)],
)
def test_a_heavy_op_goes_by_its_kind(name: str, heavy: int, levels: int) -> None:
    assert width_of(resolve_model(name).facts) == Width(heavy, levels)


@pytest.mark.parametrize(
    ("branches", "cores", "instances", "threads"),
    [(1, 4, 1, 4), (2, 4, 2, 2), (4, 4, 4, 1), (8, 4, 4, 1), (3, 8, 3, 2), (1, 1, 1, 1)],
)
def test_the_guideline_divides_the_cores_by_the_width(
    branches: int, cores: int, instances: int, threads: int
) -> None:
    width = width_of(facts_of(branched_model(branches, 2, 32).to_bytes()))
    found = guideline(width, cores)
    assert (found.instances, found.threads) == (instances, threads)


def test_no_more_threads_than_cores_are_tried() -> None:
    facts = resolve_model("kws-ds-cnn").facts
    runtimes = (LITERT, TFLITE_RUNTIME)
    found = list(candidates(facts, runtimes, CPUS, several=True, batches=True))
    assert all(each.threads * each.instances <= len(CPUS) for each in found)
    assert {each.runtime for each in found} == {"litert", "tflite-runtime"}
    assert {each.batch for each in found} == {1, 4, 16}
    assert {each.instance_kind for each in found} == {"auto", "threads", "processes"}
    assert any(each.affinity == CPUS for each in found)
    alone = list(candidates(facts, runtimes, CPUS, several=False, batches=False))
    assert all(each.instances == each.batch == 1 for each in alone)
    assert {each.threads for each in alone} == {1, 2, 4}


def test_threads_are_as_many_as_physical_cores() -> None:
    facts = facts_of(branched_model(2, 2, 32).to_bytes())
    cpus, cores = tuple(range(12)), tuple(range(0, 12, 2))
    tried = contestants(facts, LITERT, cores)
    assert tried.vendor.threads == 6
    assert (tried.guideline.instances, tried.guideline.threads) == (2, 3)
    found = list(candidates(facts, (LITERT,), cpus, several=True, batches=True, cores=cores))
    assert {6, 12} <= {each.threads for each in found}
    # One instance per core, and none next to another on the same one.
    assert {each.affinity for each in found} == {(), cores}


def test_each_kind_of_cores_is_tried_by_itself() -> None:
    big, little = (CpuCluster(cpus, "", None, None) for cpus in ((2, 3), (0, 1)))
    facts = resolve_model("kws-ds-cnn").facts

    def tried(cpus: tuple[int, ...], *clusters: CpuCluster, several: bool) -> set[tuple[Any, ...]]:
        found = candidates(
            facts, (LITERT,), cpus, several=several, batches=False, clusters=clusters
        )
        return {(each.affinity, each.threads, each.instances) for each in found}

    alone = tried(CPUS, big, little, several=False)
    assert {((2, 3), 1, 1), ((2, 3), 2, 1), ((0, 1), 1, 1), ((0, 1), 2, 1)} <= alone
    assert not any(instances > 1 for _, _, instances in alone)
    assert {((2, 3), 1, 2), ((0, 1), 1, 2)} <= tried(CPUS, big, little, several=True)
    # What may not be used, or is all that may be used, is no kind of its own.
    assert {each[0] for each in tried((2, 3), big, little, several=False)} == {(), (3,)}
    assert {each[0] for each in tried(CPUS, several=False)} == {(), (3,)}


@pytest.mark.parametrize(
    ("taken", "differing"),
    [
        ((), set()),
        (("threads",), {"threads"}),
        (("threads", "resolver"), {"threads", "resolver"}),
        (("instances",), {"instances"}),
        (("instances", "instance_kind"), {"instances", "instance_kind"}),
        (("batch",), {"batch"}),
        (("affinity",), {"affinity"}),
        (
            ("instances", "instance_kind", "affinity"),
            {"instances", "instance_kind", "affinity"},
        ),
    ],
)
def test_only_what_a_runtime_has_is_tried(taken: tuple[str, ...], differing: set[str]) -> None:
    driver = replace(LITERT, settings=taken)
    facts = resolve_model("kws-ds-cnn").facts
    found = list(candidates(facts, [driver], CPUS, several=True, batches=True))
    changed = {name for each in found for name in each.changed()} - {"runtime"}
    assert changed == differing
    assert found
    tried = contestants(facts, driver, CPUS).named().values()
    assert {name for each in tried for name in each.changed()} <= {"runtime", *taken}


def test_the_rest_is_what_people_would_set() -> None:
    tried = contestants(facts_of(branched_model(2, 2, 32).to_bytes()), LITERT, CPUS)
    assert (tried.default.threads, tried.default.instances) == (1, 1)
    assert (tried.vendor.threads, tried.vendor.instances) == (4, 1)
    assert (tried.guideline.threads, tried.guideline.instances) == (2, 2)


def made(rate: Callable[[RuntimeSettings], float], noise: float = 0.0) -> Callable[..., Trial]:
    """Return trials on a machine whose rates are known, with less noise the longer they last."""
    rng = np.random.default_rng(1)

    def attempt(settings: RuntimeSettings, seconds: float) -> Trial:
        true = rate(settings)
        figure = None if true <= 0 else true * (1 + rng.normal(0, noise / np.sqrt(seconds)))
        return Trial(settings, seconds, figure, 0.0, seconds, "" if figure else "it can't")

    return attempt


SPACE = [
    RuntimeSettings("litert", threads, instances)
    for threads in (1, 2, 4)
    for instances in (1, 2, 4)
]


def rate(settings: RuntimeSettings) -> float:
    """Four instances of one thread are best; what has too many threads is worse than one."""
    if settings.threads * settings.instances > 4:
        return 50.0
    return 100.0 * settings.instances * settings.threads**0.3


def test_the_best_is_found_and_the_rest_gets_little_time() -> None:
    trials = search(SPACE, THROUGHPUT, made(rate, 0.01), always)
    best = best_of(trials, THROUGHPUT)
    assert best == RuntimeSettings("litert", 1, 4)
    seconds = {each: sum(t.seconds for t in trials if t.settings == each) for each in SPACE}
    assert best is not None
    assert seconds[best] == max(seconds.values())
    assert seconds[RuntimeSettings("litert", 4, 4)] == min(seconds.values())


def test_lower_is_better_for_a_latency() -> None:
    trials = search(SPACE, LATENCY, made(lambda each: 100.0 / each.threads), always)
    best = best_of(trials, LATENCY)
    assert best is not None
    assert best.threads == 4


def test_settings_that_can_not_run_are_passed_over() -> None:
    trials = search(SPACE, THROUGHPUT, made(lambda each: 0 if each.instances > 1 else 10.0), always)
    best = best_of(trials, THROUGHPUT)
    assert best is not None
    assert best.instances == 1
    nothing = search(SPACE, THROUGHPUT, made(lambda each: 0), always)
    assert best_of(nothing, THROUGHPUT) is None
    assert len(nothing) == len(SPACE)


def test_the_search_ends_when_its_time_is_up() -> None:
    calls = []

    def attempt(settings: RuntimeSettings, seconds: float) -> Trial:
        calls.append(settings)
        return Trial(settings, seconds, 1.0, 0.0, seconds)

    trials = search(SPACE, THROUGHPUT, attempt, lambda seconds: len(calls) < 3)
    assert len(trials) == 3
    assert best_of(trials, THROUGHPUT) in SPACE
    # However short the time: without a trial nothing can be chosen.
    assert len(search(SPACE, THROUGHPUT, attempt, lambda seconds: False)) == 1


def test_an_objective_must_be_known() -> None:
    with pytest.raises(UsageError, match="`objective`: unknown value 'speed'; choose from latency"):
        objective_called("speed")
