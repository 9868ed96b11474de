"""Real runs of a system and of a slower one, compared: timed, so not while other tests run."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import run_request
from edgebench.results.comparison.compare_runs import compare_runs
from tests.harness.made_suts import MadeSut, factory

pytestmark = pytest.mark.timed


def test_a_busy_loop_in_the_system_is_found(tmp_path: Path) -> None:
    """0.2 ms an inference, and a fifth more; a tenth is for benchmarks/verdicts.py."""
    for number in range(3):
        for name, seconds in (("a", 2e-4), ("b", 2.4e-4)):
            request = RunRequest(
                scenarios=("singlestream",),
                modes=("performance",),
                model="digits-resnet8",
                duration_s=0.3,
                warmup_s=0.0,
            )
            sut = MadeSut(lambda *_, seconds=seconds: seconds)
            run_request(request, tmp_path / name / str(number), factory=factory(sut))
    found, best = compare_runs(tmp_path / "a", tmp_path / "b")
    assert "slower" in (found.change.verdict, best.change.verdict)
    assert best.change.ratio == pytest.approx(1.2, abs=0.1)
