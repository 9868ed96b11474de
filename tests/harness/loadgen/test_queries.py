"""Queries of several samples, through LoadGen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgebench import api
from edgebench.datasets.dataset import Dataset
from edgebench.datasets.load import load_dataset
from edgebench.datasets.queries import QuerySize, in_queries, parse_query_size
from edgebench.errors import UsageError
from edgebench.harness.run.session import run_request
from edgebench.models.interpret import outputs_of, samples_of
from edgebench.models.resolve import resolve_model
from edgebench.runtime_settings import RuntimeSettings
from edgebench.sut.host.system import HostSut
from edgebench.sut.queries import QuerySut
from edgebench.sut.runtimes.litert import LITERT
from tests.harness.quick_runs import quick

MODEL = "rm3-edge:float32"


def test_a_size_is_read() -> None:
    assert parse_query_size("16") == QuerySize(16)
    assert parse_query_size("lognormal:16,0.8") == QuerySize(16, 0.8)
    for text in (
        "0",
        "-3",
        "many",
        "lognormal:16",
        "lognormal:0,1",
        "lognormal:16,-1",
        "lognormal:nan,1",
        "normal:16,1",
        "lognormal:16,inf",
    ):
        with pytest.raises(UsageError, match="such as lognormal:16"):
            parse_query_size(text)


def test_sizes_are_lognormal_and_use_every_item_once() -> None:
    sizes = QuerySize(16, 0.8).draw(100_000)
    assert sizes.sum() == 100_000
    assert sizes.min() >= 1
    assert sizes.max() <= 16 * 16
    assert np.median(sizes) == pytest.approx(16, abs=1)
    assert np.std(np.log(sizes)) == pytest.approx(0.8, abs=0.05)
    assert QuerySize(16).draw(100).tolist() == [16] * 6 + [4]


@pytest.mark.parametrize(
    "options",
    [
        RuntimeSettings(),
        RuntimeSettings(batch=4),
        RuntimeSettings(instances=2, instance_kind="processes", batch=4),
    ],
)
def test_a_query_has_the_answers_of_its_items(options: RuntimeSettings) -> None:
    data = in_queries(_first(load_dataset("clicks-rm3"), 60), QuerySize(5, 0.7))
    queries = data.queries
    assert queries is not None
    model = resolve_model(MODEL)
    alone = outputs_of(model, samples_of(queries.items))[:, 0]
    with QuerySut(HostSut(model, LITERT, options), queries) as sut:
        sut.load({index: data.sample(index) for index in range(data.count)})
        for lane in sut.lanes:
            for indices in ([0], [3], list(range(data.count)), [data.count - 1, 0]):
                ran = lane.infer(indices)
                for place, index in enumerate(indices):
                    (answers,) = sut.decode(ran.outputs[place].tobytes())
                    size = len(queries.items_of(index))
                    wanted = alone[queries.items_of(index)]
                    assert np.allclose(answers[:size].ravel(), wanted, atol=1e-5)
                    assert not answers[size:].any()
        sut.unload(range(data.count))


def test_a_run_of_queries_is_scored_by_its_items(tmp_path: Path) -> None:
    options = {"scenarios": ("singlestream", "server"), "duration_s": 0.2, "warmup_s": 0.05}
    (query, server) = api.run(
        MODEL,
        query_size="lognormal:8,0.6",
        batch=4,
        latency_bound_ms=500,
        out=tmp_path / "q",
        **options,
    ).runs
    (item,) = api.run(
        MODEL, scenarios=("singlestream",), duration_s=0.2, warmup_s=0.05, out=tmp_path / "i"
    ).runs
    for run in (query, server):
        assert run.record.dataset.query_size == "lognormal:8,0.6"
        assert run.record.dataset.items_per_query == pytest.approx(9, abs=1.5)
        assert run.record.accuracy is not None
        assert item.record.accuracy is not None
        assert run.record.accuracy.samples == 2000
        assert run.record.accuracy.value == pytest.approx(item.record.accuracy.value, abs=1e-6)
    assert query.record.performance is not None
    assert item.record.performance is not None
    p50 = query.record.performance.latency_ns["p50"]
    assert p50 > item.record.performance.latency_ns["p50"]


def test_queries_are_none_of_mlperfs_nor_a_devices() -> None:
    with pytest.raises(UsageError, match="`query_size` is not allowed with `official`"):
        api.run(MODEL, query_size="16", official=True)
    with pytest.raises(UsageError, match="`query_size` is for this machine"):
        api.run(device="emulated:kws-ds-cnn", query_size="16")


def _first(dataset: Dataset, count: int) -> Dataset:
    import dataclasses

    assert dataset.labels is not None
    return dataclasses.replace(dataset, count=count, labels=dataset.labels[:count])


def test_a_test_says_how_near_rows_came_back_as_loadgen_drew_them(tmp_path: Path) -> None:
    """Single draws undo the locality of a trace; sessions of samples in order keep it."""

    def measured(size: str | None) -> tuple[dict[str, float], dict[str, float]]:
        request = quick(
            model="dlrm-edge",
            scenarios=("singlestream",),
            modes=("performance",),
            query_size=size,
            threads=1,
        )
        (run,) = run_request(request, tmp_path / str(size)).runs
        performance = run.record.performance
        assert performance is not None
        return run.record.dataset.reuse, performance.reuse

    data, alone = measured(None)
    same, sessions = measured("64")
    assert data == same
    assert data["32"] == pytest.approx(0.4, abs=0.02)
    assert 0.1 < alone["32"] < 0.3 < sessions["32"]
    assert list(alone) == list(sessions) == list(data)
