"""The commands that talk to serial devices, as a user types them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edgebench.firmware.building.host import build_host
from edgebench.models.resolve import resolve_model
from edgebench.virtual.emulated_device import EmulatedPort
from tests.cli.call import command
from tests.models.made_models import dense_model

EDGEBENCH = (sys.executable, "-m", "edgebench")


def call(
    *words: str, given: str | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return command(*words, environment={"COLUMNS": "80"}, given=given, folder=cwd or ".")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "small.tflite"
    path.write_bytes(dense_model((24, 8), "int8").to_bytes())
    return build_host(resolve_model(str(path)))


@pytest.fixture
def tiny(tmp_path: Path) -> str:
    path = tmp_path / "tiny.tflite"
    path.write_bytes(dense_model((24, 8), "int8").to_bytes())
    return str(path)


QUICK = ("--baud", "921600", "--duration", "0.2", "--warmup", "0.05", "--mode", "performance")


def test_a_device_is_measured_and_its_table_has_both_clocks(tiny: str, tmp_path: Path) -> None:
    done = call("run", "--device", f"emulated:{tiny}", *QUICK, "--out", "runs", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for words in (
        "on edgebench-host (edgebench firmware 1) at emulated:",
        "SingleStream",
        "device-timed",
        "outputs",
        "agree",
        "MLPerf Tiny",
        "link cost",
        "an emulated device: this machine's speed",
        "shorter than 10 s",
    ):
        assert words in " ".join(done.stdout.split())
    (run,) = (each for each in (tmp_path / "runs").iterdir() if each.is_dir())
    assert (run / "transcript.txt").stat().st_size > 1000
    assert call("summary", str(run), "--json").returncode == 0


def test_devices_lists_who_answers_and_what_to_do_about_the_rest(program: Path) -> None:
    with EmulatedPort(program) as port:
        done = call("devices", port.port, "/dev/none", "--baud", "115200")
        assert done.returncode == 0, done.stderr
        assert "edgebench-host" in done.stdout
        assert "there is no port /dev/none" in done.stdout
        assert f"measure it: edgebench run --device {port.port}" in done.stdout
        done = call("devices", port.port, "--baud", "115200", "--json")
        (found,) = json.loads(done.stdout)
        assert found["identity"]["model"] == "small"
    assert call("devices", "/dev/none").returncode == 1


def test_console_shows_what_comes_and_keeps_it(program: Path, tmp_path: Path) -> None:
    with EmulatedPort(program) as port:
        done = call(
            "console", "--device", port.port, given="name\nnonsense%\nn\xe4h\n\n", cwd=tmp_path
        )
    assert done.returncode == 0, done.stderr
    assert "m-name-dut-[edgebench-host]\nm-ready\n" in done.stdout
    assert "e-[Unknown command: nonsense]" in done.stdout
    assert "can't be sent" in done.stdout
    assert " > name%" in (tmp_path / "edgebench-console.txt").read_text()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("run", "--device", "/dev/none"), 2, "there is no port /dev/none"),
        (("run", "--device", "emulated:nothing"), 2, "nothing"),
        (("run", "--device", "emulated:kws", "--inject", "gremlin=1"), 2, "no fault is called"),
        (("run", "--device", "emulated:kws", "--threads", "2"), 2, "is for this machine"),
        (("run", "--device", "emulated:kws", "--scenario", "server"), 2, "not server"),
        (
            ("run", "--device", "emulated:kws:float32"),
            2,
            "edgebench quantize kws-ds-cnn:float32 --recipe int8 --calibrate kws`",
        ),
        (("run", "--baud", "9600"), 2, "--baud is for a device"),
        (("console",), 2, "Missing option '--device'"),
    ],
)
def test_what_is_asked_wrongly(
    words: tuple[str, ...], code: int, says: str, tmp_path: Path
) -> None:
    done = call(*words, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert says in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_ctrl_c_on_a_device_keeps_what_was_measured(tiny: str, tmp_path: Path) -> None:
    words = [
        *EDGEBENCH,
        "run",
        "--device",
        f"emulated:{tiny}",
        *QUICK[:2],
        "--duration",
        "1.5",
        "--warmup",
        "0.05",
        "--mode",
        "performance",
        "--out",
        "runs",
    ]
    process = subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 300  # its firmware may have to be built
    while not list(tmp_path.glob("runs/*.partial/device_timed")) and time.monotonic() < end:
        time.sleep(0.1)
    # In the middle of MLPerf Tiny's windows: LoadGen's test is done.
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert "Interrupted. What was measured is kept" in error
    (partial,) = tmp_path.glob("runs/*.partial")
    assert json.loads((partial / "run.json").read_text())["performance"]["valid"]
    done = call("run", "--resume", "--out", "runs", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "MLPerf Tiny" in done.stdout
