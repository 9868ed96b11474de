"""``--json``: every command has it, its output fits the published schema, errors are JSON, too."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest

from edgebench.cli import group
from edgebench.cli.json_schema import json_schema
from edgebench.farm.scheduler import FarmOutcome
from edgebench.harness.run.session import CompletedRuns
from edgebench.results.check.tree import Checked
from edgebench.text.json_schema import plain_json
from tests.cli.call import call

SCHEMA = Path(__file__).parents[2] / "docs" / "json.schema.json"
STAY = ("console", "emulate", "rehearse tiny")
"""Commands that stay until Ctrl-C."""


def commands(found: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its name."""
    context = click.Context(found)
    for name in found.list_commands(context):
        command = found.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")
        elif command is not None:
            yield f"{path}{name}", command


def test_every_command_that_ends_has_it() -> None:
    lacking = [
        name
        for name, command in commands(group)
        if not any("--json" in parameter.opts for parameter in command.params)
    ]
    assert lacking == list(STAY)


def test_the_published_schema_is_the_types() -> None:
    """``python -m edgebench.cli.json_schema > docs/json.schema.json`` writes it."""
    assert json.loads(SCHEMA.read_text()) == json_schema()


def output(name: str, *words: object, code: int = 0) -> Any:
    """Return what a command prints, which must fit its schema."""
    done = call(*words, "--json")
    assert done.returncode == code, done.stderr
    values = json.loads(done.stdout)
    schema = json.loads(SCHEMA.read_text())
    jsonschema.validate(values, {"$defs": schema["$defs"], "$ref": f"#/$defs/{name}"})
    return values


@pytest.mark.parametrize("kind", ["models", "datasets", "runtimes", "boards", "meters"])
def test_lists_fit_it(kind: str) -> None:
    assert len(output(f"list {kind}", "list", kind)) > 1


def test_sizes_fit_it() -> None:
    found = output("size", "size", "digits-resnet8", "--board", "mps2-an386")
    assert found["fits"]
    assert found["flash"]["total_bytes"] == sum(found["flash"]["parts"].values())
    assert len(found["layers"]) > 3


def test_runs_fit_it(finished: CompletedRuns) -> None:
    paths = [run.path for run in finished.runs]
    rows = output("summary", "summary", *paths)
    assert [row["run"] for row in rows] == list(map(str, paths))
    lines = output("history", "history", *paths)["lines"]
    assert sum(len(line["points"]) for line in lines) == len(paths)
    (change,) = output("compare", "compare", paths[0], paths[0])
    assert change["change"]["verdict"] == "can't tell"


def test_a_measurement_fits_it(tmp_path: Path) -> None:
    short = ("--duration", 0.1, "--warmup", 0.05, "--mode", "performance")
    (row,) = output(
        "run", "run", "digits-resnet8", "--scenario", "singlestream", *short, "--out", tmp_path
    )
    assert Path(row["run"]).is_dir()
    assert row["record"]["performance"]["latency_ns"]["p90"] > 0


def test_an_energy_fits_it(tmp_path: Path) -> None:
    rows = "".join(f"{second},1\n" for second in range(13))
    (tmp_path / "log.csv").write_text(f"time_s,power_W\n{rows}")
    found = output("power integrate", "power", "integrate", tmp_path / "log.csv")
    assert found["energy_j"] == pytest.approx(12)


def test_errors_are_json_too(tmp_path: Path) -> None:
    missing = output("error", "summary", tmp_path / "nowhere", code=2)["error"]
    assert missing["kind"] == "RunDirectoryNotFound"
    assert "there is no such folder" in missing["message"]
    usage = output("error", "run", "--nosuch", code=2)["error"]
    assert usage == {
        "kind": "NoSuchOption",
        "message": "No such option '--nosuch'. Did you mean '--out'?",
        "exit_code": 2,
    }


def test_a_refusal_of_the_system_is_json_too() -> None:
    refused = output("error", "summary", "x" * 5000, code=2)["error"]
    assert refused["kind"] == "OSError"
    assert refused["message"].endswith("too long")


SENDING = """
import os, signal, sys
from edgebench.cli import main
def sending(frame, event, _):
    if event == "call" and frame.f_code.co_name == "wrote_json":
        sys.setprofile(None)
        os.kill(os.getpid(), signal.SIGTERM)
sys.setprofile(sending)
main(["list", "models", "--json"])
"""


def test_an_interruption_is_json_too() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SENDING], capture_output=True, text=True, check=False
    )
    error = json.loads(done.stdout)["error"]
    assert (error["kind"], error["exit_code"]) == ("Interrupted", done.returncode)
    assert done.returncode == 128 + signal.SIGTERM


def test_a_full_standard_output_is_said_without_a_traceback() -> None:
    words = [sys.executable, "-m", "edgebench", "list", "models", "--json"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "edgebench: No space left on device\n"


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [
        ("farm run", FarmOutcome(1, {}, {}), {"complete": True}),
        ("farm run", FarmOutcome(1, {"job": "why"}, {}), {"complete": False}),
        ("check", Checked("tiny", "v1.4", (), ()), {"passed": False}),
        ("check", Checked("tiny", "v1.4", ("result",), ()), {"passed": True}),
    ],
)
def test_verdicts_are_shown(name: str, value: object, verdict: dict[str, bool]) -> None:
    shown = plain_json(value)
    jsonschema.validate(shown, json_schema()["$defs"][name])
    assert verdict.items() <= shown.items()
