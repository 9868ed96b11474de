"""What can't be submitted is said before the ten minutes that it takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgebench.datasets.load import load_dataset
from edgebench.errors import SutFailed
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import run_request
from edgebench.harness.run.submittable import not_submittable
from edgebench.mlperf.fitness import too_few_samples
from edgebench.models.resolve import Model
from edgebench.runtime_settings import RuntimeSettings
from edgebench.sut.contract import SystemUnderTest


class Titles:
    """Keeps the titles of stages."""

    def __init__(self) -> None:
        self.titles: list[str] = []

    def stage(self, title: str, seconds: float | None) -> None:
        self.titles.append(title)

    def advance(self, share: float) -> None:
        pass


def never(model: Model, settings: RuntimeSettings) -> SystemUnderTest:
    raise SutFailed("not opened in this test")


def test_too_few_samples_are_said_before_an_official_run(tmp_path: Path) -> None:
    stages = Titles()
    request = RunRequest(model="digits-resnet8", official=True, scenarios=("offline",))
    with pytest.raises(SutFailed, match="not opened"):
        run_request(request, tmp_path, stages, never)
    assert stages.titles[0] == (
        "digits: 600 samples, and MLPerf's resnet, which digits-resnet8 counts as, needs 1,024: "
        "such a run can't be submitted"
    )


@pytest.mark.parametrize(
    ("model", "mapping", "samples", "metric", "says"),
    [
        ("digits-resnet8", {}, 1024, "top1", ""),
        ("digits-resnet8", {}, 1023, "top1", "resnet, which digits-resnet8 counts as, needs 1,024"),
        ("mobilenet-v2", {}, 64, None, "needs 1,024"),
        ("finder", {"finder": "yolo-95"}, 64, "top1", ""),
        ("finder", {"finder": "yolo-95"}, 63, "top1", "yolo-95, which finder counts as, needs 64"),
        ("finder", {}, 42, None, "benchmarks of v6.1 need 43 or more"),
        ("finder", {}, 43, None, ""),
    ],
)
def test_how_many_samples_depends_on_the_benchmark(
    model: str, mapping: dict[str, str], samples: int, metric: str | None, says: str
) -> None:
    found = too_few_samples(model, mapping, "v6.1", samples, metric)
    assert says in found
    assert bool(says) == bool(found)


def test_only_official_runs_of_this_machine_are_meant() -> None:
    digits = load_dataset("digits")
    assert not_submittable(RunRequest(model="digits-resnet8"), "digits-resnet8", digits) == ""
    keywords = load_dataset("kws")
    assert not_submittable(RunRequest(official=True), "kws-ds-cnn", keywords) == ""
