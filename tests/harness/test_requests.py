"""What can be asked of a run, and what is refused before anything is measured."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from edgebench.errors import (
    UsageError,
)
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import run_request
from edgebench.harness.run.sweep import run_each
from edgebench.mlperf.loadgen.detail import DETAIL_FILE, read_detail
from edgebench.mlperf.rounds import ROUND_SEEDS
from tests.harness.made_suts import MadeSut, factory
from tests.harness.quick_runs import (
    ALL,
    quick,
)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"threads": 0}, "`threads` must be an integer of at least 1, not 0"),
        ({"instances": -1}, "`instances` must be an integer of at least 1"),
        ({"duration_s": 0.0}, "`duration_s` must be above 0"),
        ({"duration_s": float("nan")}, "`duration_s` must be above 0"),
        ({"warmup_s": -1.0}, "`warmup_s` must be 0 or more"),
        ({"scenarios": ()}, "`scenarios` must have one at least"),
        ({"modes": ("speed",)}, "`modes`: unknown value 'speed'; choose from performance"),
        ({"scenarios": "offline"}, "`scenarios` must be a list, not 'offline'"),
        ({"delegate_options": {"a": "b"}}, "name it with `delegate`"),
        ({"official": True}, "leave `duration_s` out"),
        ({"round": "v6.0"}, "add `official=True`"),
        (
            {"round": "v7.9", "official": True, "duration_s": None},
            "unknown value 'v7.9'; choose from v5.1, v6.0, v6.1",
        ),
        ({"target_qps": 5.0}, "add `scenarios=server`"),
        ({"scenarios": ("server",), "find_peak": True, "target_qps": 5.0}, "use one"),
        ({"threads": "2"}, "`threads` must be an integer of at least 1, not '2'"),
        ({"thread": 2}, "`thread` is unknown; did you mean `threads`?"),
        ({"resolver": "fast"}, "`resolver`: unknown value 'fast'; choose from default, reference"),
    ],
)
def test_what_cannot_be_asked_is_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        quick(**options)


def test_cpus_that_are_not_here_are_refused_where_the_request_is_run(tmp_path: Path) -> None:
    request = quick(affinity=(4711,))  # it may be meant for another machine
    with pytest.raises(UsageError, match="CPU 4711 can't be used here"):
        run_request(request, tmp_path)
    with pytest.raises(UsageError, match="CPU 4711 can't be used here"):
        run_each([quick(), request], tmp_path)
    assert not list(tmp_path.iterdir())


def test_official_settings_are_mlperfs(tmp_path: Path) -> None:
    from edgebench.harness.loadgen.calibrate import Calibration
    from edgebench.harness.loadgen.settings import user_conf

    request = RunRequest(official=True, scenarios=ALL)
    calibration = Calibration(median_ns=200_000, samples_per_second=5000)
    for scenario in ALL:
        assert user_conf(scenario, request, calibration)["min_duration"] == 600_000
    assert user_conf("offline", request, calibration)["min_query_count"] == 24_576


@pytest.mark.parametrize("version", [None, *ROUND_SEEDS])
def test_an_official_run_has_its_rounds_seeds(tmp_path: Path, version: str | None) -> None:
    request = RunRequest(
        official=True,
        round=version,
        scenarios=("singlestream",),
        modes=("accuracy",),
        model="digits-resnet8",
        warmup_s=0.05,
    )
    (run,) = run_request(request, tmp_path, factory=factory(MadeSut(lambda *_: 0.0))).runs
    seeds = read_detail(run.path / "accuracy" / DETAIL_FILE).seeds
    assert seeds == ROUND_SEEDS[version or "v6.1"]  # the pinned LoadGen's own
    assert run.record.request.round == version


def test_the_process_stays_on_the_cpus_it_is_given_and_gets_the_rest_back(tmp_path: Path) -> None:
    before = os.sched_getaffinity(0)
    seen: list[set[int]] = []

    def takes(index: int, runs: int) -> float:
        seen.append(os.sched_getaffinity(0))
        return 0.001

    cpu = min(before)
    request = quick(affinity=(cpu,), scenarios=("singlestream",), modes=("performance",))
    run_request(request, tmp_path, factory=factory(MadeSut(takes)))
    assert all(cpus == {cpu} for cpus in seen)
    assert os.sched_getaffinity(0) == before
