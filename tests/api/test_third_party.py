"""Runtimes that other packages bring: built, installed, listed, run and type-checked."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import edgebench
from edgebench.runtimes.kinds import RuntimeKind
from tests.api.conftest import built_wheel, type_checked
from tests.api.odd_runtimes import PYPROJECT, SOURCE
from tests.cli.call import call

PLAIN = Path(__file__).parent / "plain_runtime"
QUICK = ("--scenario", "offline", "--duration", "0.2", "--warmup", "0.05")


def installed(project: Path, folder: Path) -> Path:
    """Build a package's wheel and install it into a folder, with its metadata."""
    wheel = built_wheel(project, folder)
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "-q"]
    target = folder / "site"
    subprocess.run([*pip, "--target", target, wheel], check=True, capture_output=True)
    (metadata,) = target.glob("*.dist-info/entry_points.txt")
    assert "[edgebench.suts]" in metadata.read_text()
    return target


def on_path(*folders: Path) -> str:
    """Return a PYTHONPATH that has these as well."""
    return os.pathsep.join(
        [*map(str, folders), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    )


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example package of the documentation, installed."""
    folder = tmp_path_factory.mktemp("third-party")
    project = shutil.copytree(PLAIN, folder / "project", ignore=lambda *_: ["__pycache__"])
    return installed(project, folder)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package with a format of its own, a function of 0.2, and drivers that are broken."""
    folder = tmp_path_factory.mktemp("odd")
    project = folder / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text(PYPROJECT)
    (project / "odd_runtimes.py").write_text(SOURCE)
    return installed(project, folder)


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    path = tmp_path / "m.linear"
    weights = np.arange(24, dtype=np.float32).reshape(8, 3)
    path.write_bytes(b"linear 8 3\n" + weights.tobytes())
    return path


def spaced(text: str) -> str:
    """Return a text in one line: where it is wrapped does not matter."""
    return " ".join(text.split())


def test_it_is_listed_and_measures_like_one_of_our_own(plain: Path, tmp_path: Path) -> None:
    path = on_path(plain)
    listed = spaced(call("list", "runtimes", PYTHONPATH=path).stdout)
    assert "plain LiteRT without anything that makes it fast" in listed
    assert "plain-runtime 1.2.3; also called simple" in listed
    assert "runs .tflite on cpu; can not be profiled per op options: --threads, --affinity" in (
        listed
    )
    assert "litert, onnxruntime, plain, tflite-" in spaced(
        call("run", "--help", PYTHONPATH=path).stdout
    )
    findings = {
        each["name"]: each for each in json.loads(call("doctor", "--json", PYTHONPATH=path).stdout)
    }
    assert findings["plain"]["status"] == "ok"
    assert findings["plain"]["detail"] == "1.2.3: .tflite on cpu"
    done = call("run", "kws-ds-cnn", "--runtime", "simple", *QUICK, PYTHONPATH=path)
    assert done.returncode == 0, done.stderr
    assert "kws-ds-cnn int8 on plain 1.2.3" in done.stdout
    (theirs,) = edgebench.summarize("edgebench-runs").rows
    ours = edgebench.run(
        "kws-ds-cnn", scenarios=["offline"], modes=["accuracy"], out=tmp_path / "ours"
    )
    accuracy = ours["offline"].record.accuracy
    assert accuracy is not None
    assert theirs.record.accuracy is not None
    assert theirs.record.accuracy.value == accuracy.value
    assert theirs.verdict == "VALID"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (
            "run --runtime plain --instances 2",
            "--instances: the runtime plain does not have this setting; it has --threads, "
            "--affinity",
        ),
        (
            "run --runtime plain --batch 4 --resolver reference",
            "--batch, --resolver: the runtime plain does not have these settings",
        ),
        ("run --runtime plain --delegate x.so", "--delegate: the runtime plain does not"),
        ("profile kws-ds-cnn --runtime plain", "after each op, which times them; litert, tflite-r"),
        ("profile kws-ds-cnn --runtime plain --resolver reference", "--resolver: the runtime pl"),
        ("run --runtime plan", "unknown value 'plan'; choose from litert, onnxruntime, plain"),
    ],
)
def test_what_it_does_not_have_is_refused_before_anything_is_opened(
    plain: Path, command: str, says: str, tmp_path: Path
) -> None:
    refused = call(*command.split(), PYTHONPATH=on_path(plain))
    assert refused.returncode == 2, refused.stderr
    assert says in spaced(refused.stderr)
    assert not (tmp_path / "edgebench-runs").exists()


@pytest.mark.slow
def test_tuning_tries_only_what_it_has(plain: Path) -> None:
    path = on_path(plain)
    done = call("tune", "kws-ds-cnn", "--runtime", "plain", "--budget", "5", PYTHONPATH=path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "does not have" not in done.stdout + done.stderr


def test_a_runtime_with_a_format_of_its_own(odd: Path, matrix: Path, dense_tflite: Path) -> None:
    path = on_path(odd)
    done = call("run", matrix, "--batch", "4", *QUICK, PYTHONPATH=path)
    assert done.returncode == 0, done.stderr
    (row,) = edgebench.summarize("edgebench-runs").rows
    assert (row.record.sut.name, row.record.sut.settings.batch) == ("linear", 4)
    assert row.record.model.variant == "float32"
    for words, says in (
        (("--runtime", "linear"), "the runtime linear takes .linear, not .tflite; litert,"),
        (("--runtime", "matrix"), "the runtime linear takes .linear, not .tflite"),
    ):
        refused = call("run", dense_tflite, *words, PYTHONPATH=path)
        assert refused.returncode == 2
        assert says in spaced(refused.stderr)
    other = call("run", matrix, "--runtime", "litert", PYTHONPATH=path)
    assert other.returncode == 2
    assert "the runtime litert takes .tflite, not .linear; linear can run it" in spaced(
        other.stderr
    )
    assert call("show", matrix, PYTHONPATH=path).returncode == 0
    matrix.write_bytes(matrix.read_bytes()[:-1])
    damaged = call("run", matrix, PYTHONPATH=path)
    assert damaged.returncode == 2
    assert f"{matrix}: not a whole .linear file" in spaced(damaged.stderr)


@pytest.mark.parametrize("command", ["deploy --board mps2-an385", "profile", "quantize", "size"])
def test_what_is_for_tflite_says_so_of_another_format(
    odd: Path, matrix: Path, command: str
) -> None:
    word, *options = command.split()
    if word == "size":
        options = ["--board", "mps2-an385"]
    refused = call(word, matrix, *options, PYTHONPATH=on_path(odd))
    assert refused.returncode == 2, refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_function_of_edgebench_02_still_works(odd: Path) -> None:
    path = on_path(odd)
    done = call("run", "--runtime", "old", "--threads", "2", *QUICK, PYTHONPATH=path)
    assert done.returncode == 0, done.stderr
    listed = spaced(call("list", "runtimes", PYTHONPATH=path).stdout)
    assert (
        "old of the package odd-runtimes: its entry point is a function, which states no "
        "capabilities odd-runtimes 0.9" in listed
    )
    warned = call("run", "--runtime", "old", *QUICK, PYTHONPATH=path, PYTHONWARNINGS="default")
    assert "DeprecationWarning: the runtime old of the package odd-runtimes" in warned.stderr


def test_a_broken_driver_takes_no_other_away(odd: Path, plain: Path) -> None:
    path = on_path(odd, plain)
    listed = spaced(call("list", "runtimes", PYTHONPATH=path).stdout)
    doctor = spaced(call("doctor", PYTHONPATH=path, COLUMNS="300").stdout)
    for name, says in (
        ("broken", "it can't be loaded (AttributeError: module 'odd_runtimes' has no attribute"),
        ("half", "its driver has no `aliases`, `summary`, `requires`"),
        ("typo", "its driver's `settings` have 'treads', which is none"),
        ("blind", "its driver takes .onnx but has no `read_model`"),
    ):
        assert f"{name} {says}" in listed
        assert says.replace("`", "") in doctor.replace("`", "")
        refused = call("run", "--runtime", name, PYTHONPATH=path)
        assert refused.returncode == 2
        assert f"the runtime {name} can't be used: {says}" in spaced(refused.stderr)
        assert "(of the package odd-runtimes)" in spaced(refused.stderr)
    absent = call("run", "--runtime", "absent", PYTHONPATH=path)
    assert "absent" in listed
    assert "not installed" in listed
    assert absent.returncode in (0, 2)
    assert call("run", *QUICK, PYTHONPATH=path).returncode == 0


def test_the_pairs_of_02_still_unpack() -> None:
    kinds = edgebench.list_runtimes()
    litert = kinds["litert"]
    assert isinstance(litert, RuntimeKind)
    with pytest.warns(DeprecationWarning, match=r"use `\.version` and `\.install`"):
        version, install = litert
    with pytest.warns(DeprecationWarning, match="pairs go in 0"):
        assert litert[0] == version == litert.version
    assert install == litert.install
    assert re.match(r"\d+\.", str(version))


def test_without_it_the_error_says_what_there_is(tmp_path: Path) -> None:
    done = call("run", "--runtime", "plain", *QUICK)
    assert done.returncode == 2
    assert "litert" in done.stderr
    assert not (tmp_path / "edgebench-runs").exists()


@pytest.mark.slow
def test_it_is_type_checked_against_the_public_types(
    installed_python: Path, tmp_path: Path
) -> None:
    script = tmp_path / "plain_runtime.py"
    shutil.copy(PLAIN / "plain_runtime.py", script)
    done = type_checked(installed_python, script)
    untyped = "ai_edge_litert"  # LiteRT has no types of its own
    errors = [line for line in done.stdout.splitlines() if "error:" in line and untyped not in line]
    assert errors == []
    source = script.read_text()
    script.write_text(source.replace("def unload(", "def unload_all("))
    done = type_checked(installed_python, script)
    assert '"PlainSystem" is missing following "SystemUnderTest" protocol member' in done.stdout
    script.write_text(source.replace("    formats =", "    forms ="))
    done = type_checked(installed_python, script)
    assert '"PlainRuntime" is missing following "RuntimeDriver" protocol member' in done.stdout
