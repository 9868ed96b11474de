"""What a message about a run, a device or a submission tells the user to do is done, and works."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edgebench.models.packages.catalog import catalog
from tests.cli.messages.test_hints_work import accepted, hint_in, refused
from tests.conftest import waited
from tests.models.made_models import MadeSignature, dense_model, signed

SHORT = ("--duration", "0.2", "--warmup", "0.05", "--mode", "performance")
ON_DEVICE = ("run", "--device", "emulated:kws", "--baud", "921600", *SHORT)
UNPLUGGED = ("--inject", "unplug=16000")
SMALL, LARGE = (8, 8), (8, 32, 8)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Two int8 networks in one file."""
    graphs = {"small": dense_model(SMALL, "int8"), "large": dense_model(LARGE, "int8")}
    path = tmp_path / "two.tflite"
    path.write_bytes(
        signed(
            *(
                MadeSignature(key, graph, {"x": graph.inputs[0]}, {"y": graph.outputs[0]})
                for key, graph in graphs.items()
            )
        )
    )
    return path


@pytest.mark.parametrize(
    "command",
    [
        ("run", *SHORT, "--scenario", "singlestream"),
        ("profile", "--rounds", "3"),
        ("tune", "--budget", "5"),
        ("size", "--board", "nrf52840-dk"),
        ("deploy", "--export", "make", "--out"),
        ("compare-models", "two.tflite"),
        ("quantize", "--recipe", "float16"),
    ],
    ids=lambda command: command[0],
)
def test_the_signatures_that_a_message_names_can_be_chosen(
    command: tuple[str, ...], two: Path
) -> None:
    verb, *rest = command
    if verb == "quantize":
        two.write_bytes(
            signed(
                *(
                    MadeSignature(key, graph, {"x": graph.inputs[0]}, {"y": graph.outputs[0]})
                    for key, graph in (("small", dense_model(SMALL)), ("large", dense_model(LARGE)))
                )
            )
        )
    place = ["made"] if rest[-1] == "--out" else []
    said = refused(verb, "two.tflite", *rest, *place, "--signature", "lrage")
    (listed,) = re.findall(
        r"--signature: unknown value 'lrage'; did you mean large\?|choose .*", said
    )
    for name in ("small", "large"):
        place = [f"made-{name}"] if rest[-1] == "--out" else []
        accepted(verb, "two.tflite", *rest, *place, "--signature", name)
    assert listed


def test_each_signature_has_its_own_firmware(two: Path) -> None:
    # As the file has that holds this network alone.
    made, shown = {}, {}
    for name, sizes in (("small", SMALL), ("large", LARGE)):
        alone = Path(f"{name}.tflite")
        alone.write_bytes(dense_model(sizes, "int8").to_bytes())
        for model, chosen in ((two, ("--signature", name)), (alone, ())):
            out = Path(f"{model.stem}-{name}")
            export = ("deploy", model, "--export", "make", "--name", "net", "--out", out)
            accepted(*export, *chosen)
            weights = re.findall(
                r"= \{([-\d,\s]{9,})\}", (out / "src" / "net_constants.h").read_text()
            )
            made[model.stem, name] = [each.split() for each in weights]
            text = accepted("size", model, "--board", "nrf52840-dk", *chosen)
            shown[model.stem, name] = re.findall(r"[\d,]{3,}", text)
        assert made["two", name] == made[name, name] != []
    assert made["two", "small"] != made["two", "large"]
    assert shown["two", "small"] != shown["two", "large"]


def test_a_run_that_was_unplugged_is_resumed_as_told(few: str) -> None:
    said = refused(*ON_DEVICE, "--dataset", few, *UNPLUGGED, "--out", "runs")
    assert "When it is back, go on with" in said
    accepted(*hint_in(said))
    assert not list(Path("runs").glob("*.partial"))
    assert list(Path("runs").glob("*/run.json"))


@pytest.mark.parametrize("out", ["runs", "with a space", "it's"])
def test_a_run_that_was_interrupted_is_resumed_as_told(out: str) -> None:
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "edgebench", "run", "digits-resnet8", *SHORT),
            *("--scenario", "singlestream", "--duration", "2", "--out", out),
        ],
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        waited(lambda: list(Path(out).glob("*.partial/performance/user.conf")))
        run.terminate()
        assert run.stderr is not None
        said = run.stderr.read()
    assert run.returncode == 143
    accepted(*hint_in(said))
    assert not list(Path(out).glob("*.partial"))


def test_where_nothing_is_to_be_resumed_a_run_is_begun_as_told() -> None:
    said = refused("run", "--resume", "--out", "nothing")
    assert "no interrupted run to resume" in said


def test_an_interrupted_run_in_a_submission_is_resumed_as_told(few: str) -> None:
    refused(*ON_DEVICE, "--dataset", few, *UNPLUGGED, "--out", "runs")
    accepted("submit", "tiny", "--init", "--system-file", "system.toml")
    system = Path("system.toml")
    system.write_text(system.read_text().replace('= ""  # must say', '= "it"  # must say'))
    said = refused(
        *("submit", "tiny", "runs", "--org", "Org", "--out", "tree"), "--system-file", "system.toml"
    )
    (resume,) = re.findall(r"interrupted; `edgebench ([^`]+)`", " ".join(said.split()))
    accepted(*shlex.split(resume))


def test_the_description_that_a_submission_lacks_is_written_as_told(few: str) -> None:
    accepted(*ON_DEVICE, "--dataset", few, "--out", "runs")
    words = ("submit", "tiny", "runs", "--org", "Org", "--out", "tree")
    command = (*words, "--system-file", "mine.toml")
    said = refused(*command)
    assert "mine.toml is not there" in said
    accepted(*hint_in(said))
    assert "mine.toml is not there" not in refused(*command)


def test_a_package_is_pulled_as_told(tiny: Path) -> None:
    package = "mlperf-tiny/ic"
    said = refused("show", package)
    assert hint_in(said) == ["pull", package]
    for file in catalog()[package].files:
        (there,) = tiny.glob(f"models/{Path(file.path).name}")
        copy = Path("mirror") / file.path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(there, copy)
    accepted(*hint_in(said), "--mirror", "mirror")
    accepted("show", package)
