"""MLCommons' own tools, unchanged, drive our firmware: streams by audio and block by block."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import serial

from edgebench.datasets.log_mel import HOP_SAMPLES
from edgebench.device.client import Device
from edgebench.device.options import LinkOptions
from edgebench.device.port.link import Link
from edgebench.firmware.building.host import HostOptions, build_host
from edgebench.firmware.streaming.features import features
from edgebench.models.resolve import Model, resolve_model
from edgebench.virtual.emulated_device import EmulatedPort
from tests.device.conftest import FAST
from tests.firmware.streaming.listening_program import expected, raw
from tests.firmware.streaming.made import made_audio, streaming_model

HEARD_S = 30.0


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = Path(os.environ.get("TINY_DIR", "/nowhere")) / "benchmark/runner"
    if not (folder / "streaming_ww_utils.py").is_file():
        pytest.skip("TINY_DIR names no checkout of github.com/mlcommons/tiny")
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.fixture
def model(tmp_path: Path) -> Model:
    (tmp_path / "made.tflite").write_bytes(streaming_model().to_bytes())
    return resolve_model(str(tmp_path / "made.tflite"))


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "wire"))
        server.listen(1)
        yield server


def booted(port: str) -> None:
    """Wait until what a device prints when it boots is gone."""
    with Link(port, LinkOptions(FAST)) as link:
        Device(link).wake()


@pytest.mark.usefixtures("runner")
def test_its_class_for_a_device_starts_stops_and_finds_activations(
    model: Model, wire: socket.socket, tmp_path: Path
) -> None:
    program = build_host(model, HostOptions(extensions=False, benchmark="sww01"))
    audio = made_audio("words")
    with EmulatedPort(program, FAST, audio=tmp_path / "wire") as port:
        board, _ = wire.accept()
        booted(port.port)
        from device_under_test import DUT  # type: ignore[import-not-found]
        from streaming_ww_utils import array_from_strings  # type: ignore[import-not-found]

        with DUT(port.port, FAST) as dut:
            assert dut.get_model() == "sww01"
            dut.stop_detecting()  # as its script does, in case something is going on
            dut.start_detecting()
            board.sendall(raw(audio))
            board.settimeout(HEARD_S)
            heard = b""
            while f"heard {audio.size}\n".encode() not in heard:
                heard += board.recv(4096)
            answer = dut.stop_detecting()
        board.close()
    found = array_from_strings(answer, "target activations:", end_str="m-ready")
    assert found == expected(model, audio)


@pytest.mark.usefixtures("runner")
def test_its_stream_over_the_serial_line_gets_features_and_activations(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("scipy")
    import stream_wav_uart  # type: ignore[import-not-found]

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stream_wav_uart, "samplerate", 16_000, raising=False)
    audio = made_audio("words", 9 * HOP_SAMPLES / 16_000)
    program = build_host(model, HostOptions(extensions=False, benchmark="sww01"))
    with EmulatedPort(program, FAST) as port:
        booted(port.port)
        with serial.Serial(port.port, FAST, timeout=0.1) as line:
            # In 32 bits: it was written for a numpy whose int16 grows as it is shifted.
            found = stream_wav_uart.get_features(audio.astype(np.int32), line, HOP_SAMPLES)
    (tensor,) = model.facts.inputs
    assert tensor.quantization is not None
    wanted = features(audio, tensor.quantization.scales[0], tensor.quantization.zero_points[0])
    np.testing.assert_array_equal(found["specgram"], wanted)
    assert found["activations"][:, 0].tolist() == expected(model, audio)
