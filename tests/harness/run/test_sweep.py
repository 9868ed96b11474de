"""The same run at several settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgebench import api
from edgebench.cli.tables.runs.sweep import print_sweep
from edgebench.errors import Interrupted, UsageError
from edgebench.harness.progress import Silent
from edgebench.harness.request import RunRequest
from edgebench.harness.run.sweep import Sweep, parse_sweep, run_sweep, sweeps_of


def test_a_sweep_is_read() -> None:
    assert parse_sweep("threads=1,2,1") == Sweep("threads", (1, 2))
    assert parse_sweep("frequency=600,1500.5") == Sweep("frequency", (600.0, 1500.5))
    for text, says in (
        ("turbo=1", "`sweep`: unknown value 'turbo'; choose from runtime, threads, .*, frequency"),
        ("threads=1,two", "'threads=1,two' is not such as threads=1,2"),
        ("threads", "is not such as"),
    ):
        with pytest.raises(UsageError, match=says):
            parse_sweep(text)


@pytest.mark.timed
def test_a_sweep_is_run_and_its_energy_stands_next_to_its_speed(
    dense_tflite: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = api.run(
        dense_tflite,
        scenarios=("singlestream",),
        modes=("performance",),
        duration_s=0.3,
        warmup_s=0.05,
        power="virtual:hwmon",
        idle_s=0.3,
        sweep="threads=1,2",
        out=tmp_path,
    )
    assert [run.record.request.settings.threads for run in result.runs] == [1, 2]
    print_sweep(["threads=1,2"], result.runs)
    printed = capsys.readouterr().out
    assert "SingleStream against threads; its energy is an estimate" in printed
    assert len([line for line in printed.splitlines() if line.strip()[:1] in ("1", "2")]) == 2
    assert printed.count("+- ") == 2


def test_a_sweep_that_is_interrupted_says_what_was_finished(
    dense_tflite: Path, tmp_path: Path
) -> None:
    class Twice(Silent):
        """Ctrl-C when the second run is warmed up."""

        warmed = 0

        def stage(self, title: str, seconds: float | None) -> None:
            self.warmed += title.startswith("warming up")
            if self.warmed == 2:
                raise KeyboardInterrupt

    request = RunRequest(
        str(dense_tflite), ("singlestream",), ("performance",), duration_s=0.1, warmup_s=0.05
    )
    with pytest.raises(Interrupted, match=r"before anything was measured. Finished before: 1 in"):
        run_sweep(request, [Sweep("threads", (1, 2))], tmp_path, Twice())


def test_every_value_is_checked_before_the_first_is_measured(
    dense_tflite: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError):
        api.run(dense_tflite, sweep="threads=1,0", out=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_values_of_a_setting_s_own_type_are_swept() -> None:
    asked = {"affinity": [[0], [0, 1]], "resolver": ["default", "reference"], "frequency": [600]}
    assert sweeps_of(asked) == (
        Sweep("affinity", ((0,), (0, 1))),
        Sweep("resolver", ("default", "reference")),
        Sweep("frequency", (600.0,)),
    )


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"turbo": [1]}, "`sweep`: unknown value 'turbo'"),
        ({"threads": []}, "`sweep` names no value of `threads`"),
        ({"threads": ["2"]}, "`sweep`: .*threads"),
        ({"threads": [0]}, "`sweep`: `threads` must be an integer of at least 1, not 0"),
        ({"resolver": ["fast"]}, "`sweep`: .*'fast'"),
        ({"affinity": ["0-1"]}, "`sweep`: .*affinity"),
        ({"frequency": ["600"]}, "`sweep`: `frequency` must be a number of MHz"),
        ({"delegate_options": [{"a": "b"}]}, "`sweep`: unknown value 'delegate_options'"),
    ],
)
def test_a_value_of_another_type_is_a_usage_error(asked: dict[str, list[Any]], says: str) -> None:
    with pytest.raises(UsageError, match=says) as raised:
        sweeps_of(asked)
    assert raised.value.field == "sweep"
