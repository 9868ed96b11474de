"""The installed wheel, as a user's type checker and interpreter see it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import edgebench
from tests.api.conftest import type_checked

USERS_SCRIPT = '''
"""A user's script."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import edgebench
from edgebench.errors import EdgebenchError, UsageError
from edgebench.types import (
    AccuracyRecord,
    Finding,
    PerformanceRecord,
    Run,
    RunResult,
    ScenarioName,
    Summary,
)

SCENARIOS: list[ScenarioName] = ["singlestream", "offline"]


class Printed:
    """Progress of one's own."""

    def stage(self, title: str, seconds: float | None) -> None:
        print(title, seconds)

    def advance(self, share: float) -> None:
        print(f"{share:.0%}")


def measured(model: str | Path, threads: int) -> float:
    result: RunResult = edgebench.run(
        model, scenarios=SCENARIOS, threads=threads, duration_s=1, progress=Printed()
    )
    offline: Run = result["offline"]
    performance: PerformanceRecord | None = offline.record.performance
    accuracy: AccuracyRecord | None = offline.record.accuracy
    if performance is None or accuracy is None or not result.valid:
        raise SystemExit(1)
    p99: int = performance.latency_ns["p99"]
    low: float = accuracy.low
    for run in result:
        print(run.path.name, p99, low)
    return performance.samples_per_second


def swept(counts: Sequence[int]) -> Mapping[int, float]:
    try:
        return {count: measured("kws-ds-cnn", count) for count in counts}
    except UsageError as error:
        print(error.field, error.value, error.choices, error.suggestion)
    except EdgebenchError as error:
        print(error.exit_code)
    return {}


def looked_at(runs: RunResult) -> Summary:
    findings: list[Finding] = edgebench.doctor()
    print(findings[0].status, edgebench.show("kws-ds-cnn").facts.macs)
    edgebench.report(runs, out=Path("page.html"))
    return edgebench.summarize(runs)
'''
WRONG = """
import edgebench

edgebench.run("kws-ds-cnn", threads="2")
edgebench.run("kws-ds-cnn", thread=2)
edgebench.run("kws-ds-cnn", scenarios=["oflfine"])
edgebench.run().runs[0].record.performance.score
"""
JSON_OBJECTS = ("machine", "meter", "request")
"""Fields of records that hold an object of run.json as it is."""


def checked(python: Path, tmp_path: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run mypy --strict on a script, with the environment's packages."""
    path = tmp_path / "script.py"
    path.write_text(script)
    return type_checked(python, path)


@pytest.mark.slow
def test_a_users_script_is_checked_against_the_installed_package(
    installed_python: Path, tmp_path: Path
) -> None:
    where = subprocess.run(
        [installed_python, "-c", "import edgebench; print(edgebench.__file__)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert where.stdout.startswith(str(installed_python.parents[1]))
    done = checked(installed_python, tmp_path, USERS_SCRIPT)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    names = [name for name in edgebench.__all__ if name != "errors" and name != "types"]
    reveal = ["import edgebench", *(f"reveal_type(edgebench.{name})" for name in names)]
    reveal += [
        f"reveal_type(edgebench.types.{name})"
        for name in edgebench.types.__all__
        if isinstance(getattr(edgebench.types, name), type)
    ]
    revealed = checked(installed_python, tmp_path, "\n".join(reveal)).stdout
    lines = re.findall(r'note: Revealed type is "(.*)"', revealed)
    assert len(lines) == len(reveal) - 1, revealed
    untyped = [line for line in lines if re.search(r"\bAny\b", _without_arrays(line))]
    assert not untyped, "\n".join(untyped)


@pytest.mark.slow
def test_what_is_wrong_is_said_while_it_is_written(installed_python: Path, tmp_path: Path) -> None:
    done = checked(installed_python, tmp_path, WRONG)
    assert re.findall(r"script.py:(\d+): error: .*\[([a-z-]+)\]", done.stdout) == [
        ("4", "arg-type"),
        ("5", "call-arg"),
        ("6", "list-item"),
        ("7", "union-attr"),
    ], done.stdout


def _without_arrays(revealed: str) -> str:
    """Leave out numpy's arrays, whose shape is not stated, and the named objects of JSON."""
    revealed = revealed.replace("numpy.ndarray[tuple[Any, ...], ", "numpy.ndarray[")
    array = re.compile(r"numpy\.[\w.]++(\[[^\[\]]*\]|(?!\[))")
    while array.search(revealed):
        revealed = array.sub("", revealed)
    for name in JSON_OBJECTS:
        revealed = revealed.replace(f"{name}: dict[str, Any]", name)
    return revealed
