"""What an interpreter and a notebook show of a result: one short line, or a table."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

import edgebench
from edgebench import types
from edgebench.datasets.scoring import Score
from edgebench.harness.run.session import CompletedRuns
from edgebench.models.quantize.postflight import RuntimeCheck
from edgebench.models.quantize.versions import Version, Versions
from edgebench.models.tflite.width import Width
from edgebench.power.samples import PowerSamples
from edgebench.rundir.contents.layers import Layer, Layers
from edgebench.runtime_settings import RuntimeSettings
from edgebench.statistics.intervals import Interval
from edgebench.text.brief import in_brief
from edgebench.tuning.comparison import Finalist
from edgebench.tuning.result import Tuning
from edgebench.tuning.tune import Tuned

MOST = 300
GIVEN_NOT_RETURNED = {
    *("DeviceRequest", "Filter", "MeterPlace", "RunRequest", "RuntimePackage", "RuntimeSettings"),
    # What the driver of a meter is written with.
    *("Accuracy", "Found", "Limit", "Number", "Requirement", "Text"),
}


def results() -> Iterable[object]:
    """Every kind of result that is had without a run, and what is in each."""
    model = edgebench.show("kws-ds-cnn")
    yield from (model, model.facts, model.card, *model.facts.tensors)
    yield from edgebench.list_models().values()
    yield from edgebench.list_datasets().values()
    yield from edgebench.list_boards().values()
    yield from edgebench.list_runtimes().values()
    yield from edgebench.list_pullable().values()
    yield from edgebench.list_meters()
    yield from edgebench.doctor()
    yield edgebench.size("kws-ds-cnn", board="nucleo-l4r5zi")


def test_every_result_is_shown_in_one_short_line() -> None:
    shown = [repr(each) for each in results()]
    assert max(map(len, shown)) < MOST, max(shown, key=len)
    assert not [each for each in shown if "\n" in each]
    assert repr(edgebench.show("kws-ds-cnn")).startswith("Model(name='kws-ds-cnn', variant='int8'")
    assert "content=<48,688 bytes>" in repr(edgebench.show("kws-ds-cnn"))


@pytest.mark.parametrize("name", types.__all__)
def test_every_public_dataclass_of_results_has_a_short_repr_of_its_own(name: str) -> None:
    kind = getattr(types, name)
    if not dataclasses.is_dataclass(kind) or name in GIVEN_NOT_RETURNED:
        return
    made = getattr(kind, "__dataclass_params__").repr  # noqa: B009 - no type knows of it
    assert not made, f"{name} shows all that it holds: derive it from Brief, with repr=False"


def test_samples_and_what_is_empty_are_left_short() -> None:
    times, watts = np.arange(100_000, dtype=np.int64), np.ones(100_000)
    samples = PowerSamples(times, watts)
    assert repr(samples).startswith("PowerSamples(t_ns=<100000 of ndarray>, power_w=<100000 of ")
    assert len(repr(samples)) < MOST


def test_many_lines_are_those_that_fit_and_a_number() -> None:
    lines = [f"line {number} of many" for number in range(40)]
    assert in_brief(lines[:2]) == "line 0 of many; line 1 of many"
    assert in_brief(lines).endswith(" more")
    assert len(in_brief(["long " * 99])) < MOST
    assert in_brief([]) == ""


def test_a_run_of_many_scenarios_is_short_too(finished: CompletedRuns) -> None:
    result = types.RunResult(finished.runs * 20)
    assert len(repr(result)) < MOST
    assert len(repr(edgebench.summarize(result))) < MOST
    assert "more" in repr(result)


def test_compared_results_are_a_table(finished: CompletedRuns) -> None:
    compared = edgebench.compare(finished.runs[0])
    assert len(repr(compared)) < MOST
    assert "<th>system</th>" in compared._repr_html_()
    assert "<td>SingleStream</td>" in compared._repr_html_()


def test_a_profile_is_a_table() -> None:
    layers = (Layer(0, "conv_2d", 12_345, 4.5, 0.25), Layer(1, "softmax", 0, 0.5))
    profile = Layers("kws", "0" * 64, "", "litert, 1 thread", "prefix timing", "us", 5.1, layers)
    html = profile._repr_html_()
    assert "<td>conv_2d</td><td>12,345</td><td>4.50</td><td>0.25</td>" in html
    assert "<td>all</td><td>12,345</td><td>5.10</td>" in html
    assert "<p>kws on litert, 1 thread</p><p>prefix timing</p>" in html
    assert len(repr(profile)) < MOST


def test_versions_are_a_table_with_what_failed() -> None:
    score = Score("top1", 91.25, "%", 100, Interval(85.0, 95.0, "wilson"))
    check = RuntimeCheck("litert", "1.2", score=score, log_loss=0.25, p50_ns=12_500)
    broken = Version("int16x8", None, None, problem="no int16 for <op>")
    model = edgebench.show("kws-ds-cnn:float32")
    versions = Versions(model, (), ("a warning",), (check,), (broken,), "made-up words")
    html = versions._repr_html_()
    assert "<td>litert</td><td>91.25 % top-1</td><td>0.2500</td><td>12.5</td>" in html
    assert "<td>int16x8</td><td>can&#x27;t be made</td>" in html
    assert "<p>int16x8: no int16 for &lt;op&gt;</p><p>accuracy: made-up words</p>" in html
    assert len(repr(versions)) < MOST


def test_what_tuning_found_is_a_table() -> None:
    settings = RuntimeSettings(runtime="litert", threads=2)
    found = Tuned(
        model="kws-ds-cnn:int8",
        model_sha256="0" * 64,
        objective="throughput",
        unit="samples/s",
        machine={},
        width=Width(1, 1),
        finalists=(Finalist(("default",), settings, (10.0, 12.0, 11.0), None),),
        chosen=settings,
        reason="",
        trials=(),
        took_s=1.0,
        made="",
        edgebench_version="",
        notes=("a note",),
    )
    tuning = Tuning(found, Path("tuned.json"))
    assert repr(tuning) == f"<Tuning: kws-ds-cnn:int8, throughput: {settings}; tuned.json>"
    assert "<th>samples/s</th>" in tuning._repr_html_()
    assert "<td>11</td><td>10 to 12</td><td>1.00 x</td>" in tuning._repr_html_()
    assert "<p>a note</p>" in tuning._repr_html_()
    assert len(repr(found)) < MOST
