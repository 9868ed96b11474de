"""A device that listens: commands, activations and pins; a file, a socket, or block by block."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edgebench.datasets.log_mel import BANDS, HOP_SAMPLES
from edgebench.errors import UsageError
from edgebench.firmware.building.host import HostOptions, build_host
from edgebench.firmware.streaming.features import features
from edgebench.firmware.streaming.source import detected_above
from edgebench.models.resolve import Model, resolve_model
from tests.firmware.compiled import Run, by_reference, by_tflm
from tests.firmware.streaming.listening_program import (
    ANSWER_S,
    Listener,
    activations,
    check_edges,
    edges_of,
    expected,
    raw,
)
from tests.firmware.streaming.made import left_channel, made_audio, streaming_model
from tests.models.made_models import dense_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    path = tmp_path_factory.mktemp("model") / "made.tflite"
    path.write_bytes(streaming_model().to_bytes())
    return resolve_model(str(path))


@pytest.fixture(scope="module")
def program(model: Model) -> Path:
    return build_host(model, HostOptions(benchmark="sww01"))


@pytest.fixture
def listen(program: Path, tmp_path: Path) -> Iterator[Listener]:
    """The firmware with three seconds of made audio in a file."""
    (tmp_path / "audio.raw").write_bytes(raw(made_audio("words")))
    listener = Listener(program, tmp_path, "--audio", str(tmp_path / "audio.raw"))
    yield listener
    listener.close()


def test_a_file_s_activations_and_pins_are_the_reference_s(listen: Listener, model: Model) -> None:
    outputs = expected(model, made_audio("words"))
    above = [each > detected_above(model) for each in outputs]
    assert 0 < sum(above) < len(above)  # the made model does detect, and not always
    assert listen.ask("start")[-1] == "m-[detecting]"
    listen.wait_for_frames(len(outputs))
    assert activations(listen.ask("stop")) == outputs
    control = listen.control()
    assert control.count("mark ") == 2  # of energy: when it starts and when it stops
    check_edges(edges_of(control), outputs, model)


def test_after_the_end_of_a_file_the_program_waits(listen: Listener) -> None:
    frames = made_audio("words").size // HOP_SAMPLES
    listen.ask("start")
    listen.wait_for_frames(frames)
    before_s = listen.cpu_s()
    time.sleep(1.0)
    assert listen.cpu_s() - before_s < 0.3
    listen.ask("stop")


def test_what_was_heard_before_does_not_matter_after_a_start(
    listen: Listener, model: Model
) -> None:
    outputs = expected(model, made_audio("words"))
    for _ in range(2):
        listen.ask("start")
        listen.wait_for_frames(len(outputs))
        assert activations(listen.ask("stop")) == outputs


@pytest.mark.parametrize(
    "reference", [by_tflm, pytest.param(by_reference, marks=pytest.mark.tflite_runtime)]
)
def test_the_real_wav_gives_the_reference_model_s_activations(
    reference: Callable[[Model], Run], tiny: Path, tmp_path: Path
) -> None:
    model = resolve_model(str(tiny / "models" / "str_ww_ref_model.tflite"))
    audio = left_channel(tiny / "sww01" / "short_wav_easy10s.wav")
    (tmp_path / "audio.raw").write_bytes(raw(audio))
    program = build_host(model, HostOptions(benchmark="sww01"))
    listener = Listener(program, tmp_path, "--audio", str(tmp_path / "audio.raw"))
    try:
        listener.ask("start")
        listener.wait_for_frames(312)
        found = activations(listener.ask("stop"))
        check_edges(edges_of(listener.control()), found, model)
    finally:
        listener.close()
    assert found == expected(model, audio, reference)
    assert detected_above(model) == 115  # what the reference firmware has
    detected = [at * HOP_SAMPLES / 16_000 for at, each in enumerate(found) if each > 115]
    assert all(1.0 <= at <= 2.65 or 4.0 <= at <= 5.76 for at in detected)


def test_a_socket_is_heard_all_the_time_and_told_of_every_edge(
    program: Path, model: Model, tmp_path: Path
) -> None:
    audio = made_audio("words")
    outputs = expected(model, audio)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "board"))
        server.listen(1)
        listener = Listener(program, tmp_path, "--audio", str(tmp_path / "board"))
        try:
            board, _ = server.accept()
            lines: list[str] = []
            reader = threading.Thread(target=lambda: lines.extend(board.makefile()))
            reader.start()
            # Nobody listens: odd pieces are taken, counted and forgotten.
            for piece in (b"\x01", b"\x02" * 2000, b"\x03" * 7):
                board.sendall(piece)
                time.sleep(0.1)
            listener.ask("start")
            content = raw(audio)
            for start in range(0, len(content), 777):
                board.sendall(content[start : start + 777])
            listener.wait_for_frames(len(outputs))
            assert activations(listener.ask("stop")) == outputs
            board.sendall(raw(audio[:100]))
            deadline = time.monotonic() + ANSWER_S
            total = 1004 + audio.size + 100
            while lines[-1] != f"heard {total}\n":
                assert time.monotonic() < deadline, lines[-3:]
                time.sleep(0.02)
            board.shutdown(socket.SHUT_RDWR)
            reader.join()
            board.close()
            assert listener.ask("start")[-1].startswith("e-[this board's port has no audio input")
        finally:
            listener.close()
    edges = edges_of("".join(lines))
    assert edges[0].samples == 1004
    check_edges(edges, outputs, model)
    heard = [int(line.split()[1]) for line in lines if line.startswith("heard ")]
    assert heard == sorted(set(heard))
    # What a frame was made of is heard after its last edge.
    for frame in range(1, len(outputs) + 1):
        end = 1004 + frame * HOP_SAMPLES
        last_edge = max(at for at, line in enumerate(lines) if f" 0 {end} " in line)
        assert f"heard {end}\n" in lines[last_edge + 1 :]


def test_audio_of_a_file_can_come_in_real_time(program: Path, tmp_path: Path) -> None:
    (tmp_path / "audio.raw").write_bytes(raw(made_audio("noise", 1.0)))
    listener = Listener(program, tmp_path, "--audio-in-real-time", str(tmp_path / "audio.raw"))
    try:
        began = time.monotonic()
        listener.ask("start")
        listener.wait_for_frames(31)
        assert time.monotonic() - began >= 31 * HOP_SAMPLES / 16_000
    finally:
        listener.close()


def loaded(listener: Listener, samples: NDArray[np.int16]) -> None:
    content = raw(samples)
    assert listener.ask(f"db load {len(content)}")[-1] == f"m-[Expecting {len(content)} bytes]"
    *_, last = (
        listener.ask(f"db {content[start : start + 512].hex()}")
        for start in range(0, len(content), 512)
    )
    assert last[-1] == "m-load-done"


def numbers(line: str) -> list[int]:
    return [int(each) for each in line[line.rindex("[") + 1 : -1].split(",")]


def test_blocks_over_the_serial_line_are_a_stream_without_audio(
    listen: Listener, model: Model
) -> None:
    """What MLCommons' stream_wav_uart.py does."""
    audio = made_audio("words", 0.5)
    (tensor,) = model.facts.inputs
    assert tensor.quantization is not None
    frames = features(audio, tensor.quantization.scales[0], tensor.quantization.zero_points[0])
    for frame, output in zip(frames, expected(model, audio), strict=True):
        loaded(listen, audio[:HOP_SAMPLES])
        audio = audio[HOP_SAMPLES:]
        echo, found, answer = listen.ask("extract_uart_stream")
        assert echo == "Received command: extract_uart_stream"
        assert found.startswith("m-features-[")
        assert numbers(found) == frame.tolist()
        assert answer.startswith("m-activations-[")
        assert numbers(answer)[0] == output
        assert numbers(listen.ask("run_model")[-1])[0] == output


def test_the_block_can_be_looked_at_and_its_place_set(listen: Listener) -> None:
    samples = np.array([1, -2, 300, -32768, 32767], np.int16)
    loaded(listen, samples)
    assert listen.ask("db print")[-1] == f"m-buffer-{raw(samples).hex()}"
    assert numbers("".join(listen.ask("db print_i16 5")[1:])) == samples.tolist()
    assert len(numbers("".join(listen.ask("db print_i16")[1:]))) == HOP_SAMPLES
    listen.ask("db setptr 2")
    assert listen.ask("db getptr")[-1] == "m-buff-ptr-2"
    assert listen.ask("db 0700")[-1] == "4 bytes received"
    assert numbers("".join(listen.ask("db print_i16 3")[1:])) == [1, 7, 300]
    assert listen.ask("db getptr")[-1] == "m-buff-ptr-4"
    assert listen.ask("db setptr 11")[-1].startswith("e-[db setptr takes a place")
    assert listen.ask("db load 1025")[-1].startswith("e-[the model takes 320 bytes")
    features_of_block = listen.ask("extract")
    assert [line[:9] for line in features_of_block[1:3]] == ["m-lap-us-"] * 2
    assert len(numbers(features_of_block[3])) == BANDS


def test_a_recording_is_what_was_played(listen: Listener) -> None:
    audio = made_audio("words")
    assert listen.ask("i2scap 1300")[-1] == "m-[recording]"
    lines = listen.said("]")
    while not lines[-1].endswith("]") or lines[-1].startswith("m-["):
        lines += listen.said("]")
    assert lines[0] == "m-[1300 samples recorded]"
    assert numbers("".join(lines[1:])) == audio[:1300].tolist()
    assert listen.ask("i2scap 0")[-1].startswith("e-[i2scap takes a number of samples, at most ")
    assert listen.ask("i2scap 20001")[-1].startswith("e-[i2scap takes a number of samples")


def test_commands_say_what_goes_on(listen: Listener, model: Model) -> None:
    outputs = expected(model, made_audio("words"))
    assert listen.ask("state")[-1] == "m-audio-[idle samples=0 frames=0]"
    assert listen.ask("stop")[-1] == "m-[nothing is being detected or recorded]"
    listen.ask("start")
    assert listen.ask("start")[-1] == "m-[audio is being taken already; the command is ignored]"
    assert listen.ask("extract")[-1] == "e-[audio is being taken; stop% ends it]"
    assert listen.ask("state")[-1].startswith("m-audio-[detecting ")
    listen.wait_for_frames(len(outputs))
    log = listen.ask("log")
    detected = [at for at, each in enumerate(outputs) if each > detected_above(model) or not at]
    assert log[1:-1] == [f"[{at}]: detection ({outputs[at]})" for at in detected[:64]]
    assert log[-1] == f"{len(outputs)} frames"
    assert listen.ask("log")[1:] == [f"{len(outputs)} frames"]
    listen.ask("stop")
    before = len(edges_of(listen.control()))
    listen.ask("proc_hi")
    listen.ask("proc_lo")
    levels = [each.level for each in edges_of(listen.control())[before:]]
    assert levels == [1, 0]
    told = " ".join(listen.ask("help"))
    commands = "start stop state log i2scap extract extract_uart_stream run_model proc_hi proc_lo"
    for command in commands.split():
        assert f"{command}" in told


def test_what_is_no_streaming_model_is_refused(tmp_path: Path) -> None:
    options = HostOptions(benchmark="sww01")
    narrow = tmp_path / "narrow.tflite"
    narrow.write_bytes(dense_model((41, 3), "int8").to_bytes())
    with pytest.raises(UsageError, match="takes 41 values: a streaming wake word takes frames of"):
        build_host(resolve_model(str(narrow)), options)
    real = tmp_path / "real.tflite"
    real.write_bytes(dense_model((80, 3)).to_bytes())
    with pytest.raises(UsageError, match="takes float32: MLPerf Tiny's streaming wake word is for"):
        build_host(resolve_model(str(real)), options)
