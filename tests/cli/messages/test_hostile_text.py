"""Text from outside reaches no terminal with its control characters, whatever prints it."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unicodedata import category

import pytest

import edgebench
from edgebench.models.build import NewModel
from tests.cli.call import call, command
from tests.device.scripted import READY, ScriptedDevice
from tests.models.made_models import dense_model

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp\x85\x7f"
ON_THE_LINE = b"\x1b]0;owned\x07\x1b[2J\x7f"
SHOWN = "\\x1b"
ALLOWED = "\n\t"
CONTROLS = ("Cc", "Cf")
"""Control characters, and those that turn the direction of what follows."""


def assert_harmless(*texts: str, is_shown: bool = True) -> None:
    for text in texts:
        bad = {each for each in text if category(each) in CONTROLS and each not in ALLOWED}
        assert not bad
    assert not is_shown or any(SHOWN in text for text in texts), texts


def printed(done: subprocess.CompletedProcess[str]) -> tuple[str, str]:
    assert "Traceback" not in done.stderr
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def hostile_runs(old_runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs whose every name, warning and event is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    for number, path in enumerate(sorted(old_runs.rglob("run.json"))):
        shutil.copytree(path.parent, folder / f"run_{number}")
        record = json.loads(path.read_text())
        _spoil(record)
        (folder / f"run_{number}" / "run.json").write_text(json.dumps(record))
    return folder


def _spoil(record: dict[str, Any]) -> None:
    for part, keys in (
        ("model", ("name", "task", "variant")),
        ("dataset", ("name",)),
        ("device", ("name", "profile", "model")),
        ("sut", ("name", "runtime", "runtime_version")),
        ("reference", ("runtime",)),
        ("tiny", ("reason",)),
    ):
        for key in keys:
            if isinstance((record.get(part) or {}).get(key), str):
                record[part][key] += HOSTILE
    energy = record.get("energy")
    if energy:
        energy["problem"] = f"overcurrent {HOSTILE}"
        energy["meter"]["name"] += HOSTILE
    record["warnings"] = [*record.get("warnings", []), f"a warning {HOSTILE}"]


@pytest.mark.parametrize(
    "words",
    [
        ("summary",),
        ("summary", "--csv"),
        ("summary", "--markdown"),
        ("summary", "--json"),
        ("compare",),
        ("compare", "--markdown"),
        ("compare", "--csv"),
    ],
    ids=" ".join,
)
def test_runs_with_hostile_names(words: tuple[str, ...], hostile_runs: Path) -> None:
    assert_harmless(*printed(call(*words, hostile_runs)), is_shown="--json" not in words)


def test_a_report_of_runs_with_hostile_names(hostile_runs: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert_harmless(*printed(call("report", hostile_runs, "--out", page)), is_shown=False)
    text = page.read_text()
    body = text[text.index("<body") :].replace("\r", "")
    assert_harmless(body)


def test_a_report_shows_good_names_as_they_are(old_runs: Path, tmp_path: Path) -> None:
    title = "mod\u00e8le\u00a0: \u97f3\u3000\U0001f469\u200d\U0001f52c"
    page = tmp_path / "page.html"
    printed(call("report", old_runs, "--out", page, "--title", f"{title} k\u200dws"))
    text = page.read_text()
    assert f"{title} k\\u200dws" in text
    assert "k\u200dws" not in text


def test_a_run_that_can_not_be_read_has_a_harmless_name(tmp_path: Path) -> None:
    folder = tmp_path / f"run{HOSTILE}"
    folder.mkdir()
    (folder / "run.json").write_text("{}")
    assert_harmless(*printed(call("summary", tmp_path)))
    assert_harmless(*printed(call("summary", tmp_path / f"none{HOSTILE}")))
    assert_harmless(*printed(call(f"sum{HOSTILE}")))
    assert_harmless(*printed(call("run", f"model{HOSTILE}")))


IN_BRACKETS = ON_THE_LINE.translate(None, b"[]")
PROFILE = b"m-profile-[p" + IN_BRACKETS + b"]\r\nm-model-[m" + IN_BRACKETS + b"]\r\n" + READY
NAME = b"m-name-dut-[d" + IN_BRACKETS + b"]\r\n" + READY


@pytest.mark.parametrize(
    "command",
    [
        lambda port, folder: call("devices", port),
        lambda port, folder: call("devices", port, "--json"),
        lambda port, folder: call(
            "run", "kws-ds-cnn", "--device", port, "--out", folder, "--retries", "1"
        ),
        lambda port, folder: call("run", "--device", port, "--out", folder),
    ],
    ids=["devices", "devices --json", "run a model", "run what it says"],
)
def test_a_device_with_a_hostile_name(
    command: Callable[[str, Path], subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    with ScriptedDevice(
        name=NAME, profile=PROFILE, db_load=ON_THE_LINE + b"\r\n" + READY
    ) as device:
        out, err = printed(command(device.port, tmp_path / "runs"))
    assert_harmless(out, err, is_shown="u001b" not in out)


def test_the_console_shows_control_characters_unless_raw_is_asked_for(tmp_path: Path) -> None:
    for words, is_raw in (((), False), (("--raw",), True)):
        with ScriptedDevice(help=ON_THE_LINE + b"\r\n" + READY) as device:
            done = command(
                *("console", "--device", device.port, *words),
                environment={},
                folder=tmp_path,
                given="help\n",
            )
        assert done.returncode == 0, done.stderr
        assert ("\x1b" in done.stdout) == is_raw
        if not is_raw:
            assert_harmless(done.stdout, done.stderr)


def _renamed(model: NewModel) -> NewModel:
    def hostile(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(name + HOSTILE for name in names)

    return NewModel(
        [replace(each, name=each.name + HOSTILE) for each in model.tensors],
        [
            replace(each, inputs=hostile(each.inputs), outputs=hostile(each.outputs))
            for each in model.ops
        ],
        list(hostile(model.inputs)),
        list(hostile(model.outputs)),
    )


def test_a_model_with_hostile_names(tmp_path: Path) -> None:
    path = tmp_path / f"m{HOSTILE}.tflite"
    path.write_bytes(_renamed(dense_model((8, 4), "int8")).to_bytes())
    assert_harmless(*printed(call("show", path)))
    assert_harmless(*printed(call("show", path, "--json")), is_shown=False)
    assert_harmless(*printed(call("size", path, "--board", "mps2-an386")))


def test_a_meter_with_a_hostile_name(tmp_path: Path) -> None:
    chip = tmp_path / "sys/class/hwmon/hwmon0"
    chip.mkdir(parents=True)
    for name, text in (
        ("name", f"ina{HOSTILE}"),
        ("power1_input", "1000000"),
        ("power1_label", f"rail{HOSTILE}"),
    ):
        (chip / name).write_text(text)
    for words in (("meters",), ("doctor",), ("run", "--power", "hwmon:none")):
        assert_harmless(*printed(call(*words, EDGEBENCH_SYSFS=str(tmp_path))))


def test_a_recording_with_a_hostile_header(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text(f"time{HOSTILE},what{HOSTILE}\n0,1\n1,2\n", encoding="utf-8")
    assert_harmless(*printed(call("power", "integrate", table)))


def test_a_tree_with_hostile_names(tmp_path: Path) -> None:
    folder = tmp_path / "tree" / "closed" / f"me{HOSTILE}" / "results"
    folder.mkdir(parents=True)
    assert_harmless(*printed(call("check", tmp_path / "tree", "--round", "v1.3")), is_shown=False)


def test_a_card_with_hostile_texts(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "mine"
    folder.mkdir(parents=True)
    (folder / "model.toml").write_text(f'name = "mine{json.dumps(HOSTILE)[1:-1]}"\n')
    for words in (("list", "models"), ("show", "mine")):
        done = call(*words, EDGEBENCH_PATH=str(tmp_path))
        assert_harmless(*printed(done), is_shown=False)


OWN = {
    "check.py": "click.secho",  # error or warning, in colour
    "console.py": "click.echo",  # --raw
    "output.py": "click.echo",
}
"""What prints otherwise, and nothing from outside unless it is asked to."""


def test_commands_print_by_output_alone() -> None:
    """One way out: whatever else prints would print text from outside as it is."""
    root = Path(edgebench.__file__).parent / "cli"
    prints = ("print", "Console", "click.echo", "click.secho", "sys.stdout.write")
    found = set()
    for path in root.rglob("*.py"):
        calls = (each for each in ast.walk(ast.parse(path.read_text())) if type(each) is ast.Call)
        names = {ast.unparse(each.func) for each in calls} & set(prints)
        found |= {(path.name, name) for name in names}
    assert found == set(OWN.items())
