"""``edgebench emulate``: a device's port for any other program."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import edgebench
from edgebench.datasets.log_mel import HOP_SAMPLES
from edgebench.device.client import Device
from edgebench.device.port.link import Link
from edgebench.errors import DeviceError, DeviceLost, FolderNotWritable, UsageError
from edgebench.harness.devices.emulated import Emulated
from tests.cli.call import call
from tests.conftest import waited
from tests.firmware.boards.test_dsp import needs_qemu
from tests.firmware.streaming.made import made_audio, streaming_model
from tests.models.made_models import dense_model


@pytest.fixture
def small(tmp_path: Path) -> str:
    path = tmp_path / "small.tflite"
    path.write_bytes(dense_model((24, 24), "int8").to_bytes())
    return str(path)


@contextmanager
def emulating(*words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "edgebench", "emulate", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def identity(listed: str) -> tuple[str, str]:
    (found,) = json.loads(listed)
    return found["identity"]["name"], found["identity"]["model"]


def test_any_program_may_come_and_go_until_ctrl_c(small: str, tmp_path: Path) -> None:
    link = tmp_path / "port"
    with emulating(small, "--port-link", str(link)) as (process, port):
        assert str(link.readlink()) == port
        for _ in range(2):
            done = call("devices", str(link), "--baud", "115200", "--json")
            assert identity(done.stdout) == ("edgebench-host", "small")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 130
        assert f"also as {link}" in said
        assert "Interrupted. The device has been stopped" in said
        assert "Traceback" not in said
        assert not link.is_symlink()


def test_what_it_prints_at_boot_answers_no_question_of_another_program(small: str) -> None:
    with edgebench.emulate(small, benchmark="kws01", extensions=False) as device:
        assert device.identity.model == "kws01"
        with Link(device.port) as link:
            assert link.listen(0.2) == []
            assert Device(link).wake().model == "kws01"


def test_a_device_that_listens_hears_a_file(tmp_path: Path) -> None:
    model, audio = tmp_path / "made.tflite", tmp_path / "audio.raw"
    model.write_bytes(streaming_model().to_bytes())
    samples = made_audio("words")
    audio.write_bytes(samples.astype("<i2").tobytes())
    with edgebench.emulate(model, benchmark="sww01", audio=audio, extensions=False) as device:
        assert device.identity.model == "sww01"
        with Link(device.port) as link:

            def said_to(command: bytes) -> str:
                link.send(command)
                return str(link.until_ready(10.0, command.decode()))

            said_to(b"start%")
            hops = len(samples) // HOP_SAMPLES
            waited(lambda: f"frames={hops}]" in said_to(b"state%"))
            said = said_to(b"stop%")
    assert "target activations" in said


def test_faults_are_on_the_line(small: str) -> None:
    with (
        edgebench.emulate(small, inject=["hang=400"]) as device,
        Link(device.port) as link,
        pytest.raises(DeviceError),
    ):
        for _ in range(20):
            Device(link, retries=0).wake(1.0)


@needs_qemu
def test_an_image_of_a_board_in_its_emulator(small: str) -> None:
    with emulating(small, "--board", "mps2-an386") as (_, port):
        done = call("devices", port, "--baud", "115200", "--json")
        assert identity(done.stdout) == ("mps2-an386", "small")


def test_an_emulator_that_ends_is_said(small: str) -> None:
    with edgebench.emulate(small) as device:
        assert isinstance(device, Emulated)
        device._emulator._process.kill()  # type: ignore[union-attr]
        with pytest.raises(DeviceLost, match=r"the emulated device at /dev/\S+ has ended"):
            device.wait()


def test_what_is_not_possible_is_refused(small: str, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine")
    with pytest.raises(UsageError, match="taken is there already"):
        edgebench.emulate(small, port_link=taken)
    assert taken.read_text() == "mine"
    own = tmp_path / "own"
    own.symlink_to(taken)
    with pytest.raises(UsageError, match="own is there already"):
        edgebench.emulate(small, port_link=own)
    assert own.readlink() == taken
    with pytest.raises(FolderNotWritable, match="can't be made"):
        edgebench.emulate(small, port_link=tmp_path / "no" / "folder")
    done = call("emulate", small, "--board", "mps2-an386", "--inject", "drop=0.1")
    assert done.returncode == 2
    assert "--inject is for a program of this machine" in done.stderr
    done = call("emulate", small, "--benchmark", "ic09")
    assert done.returncode == 2


def test_a_link_that_was_left_behind_is_replaced(small: str, tmp_path: Path) -> None:
    link = tmp_path / "port"
    link.symlink_to("/dev/pts/none")
    with edgebench.emulate(small, port_link=link) as device:
        assert str(link.readlink()) == device.port
        link.unlink()
        link.symlink_to("/dev/null")
    assert str(link.readlink()) == "/dev/null"  # it is another's by now
