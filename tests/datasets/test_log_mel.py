"""The streaming wake word's features, written out again sum by sum, and on the public recording."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from edgebench.datasets.log_mel import (
    BANDS,
    HOP_SAMPLES,
    LogMelStream,
    quantized_frames,
)
from tests.conftest import SHARED

STREAMS = SHARED / "mlperf_tiny"
SCALE, ZERO_POINT = 0.003701042616739869, -128


def slow_log_mel(audio: np.ndarray) -> np.ndarray:
    emphasised = audio.copy()
    emphasised[1:] -= (1 - 2**-5) * audio[:-1]
    mels = 1127 * np.log(1 + np.arange(513) * 16000 / 1024 / 700)
    edges = np.linspace(0, 1127 * np.log(1 + 8000 / 700), BANDS + 2)
    frames = []
    for start in range(0, audio.size - 1023, 512):
        window = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(1024) / 1023)
        power = np.abs(np.fft.fft(emphasised[start : start + 1024] * window)[:513]) ** 2 / 1024
        frame = []
        for low, middle, high in zip(edges, edges[1:], edges[2:], strict=False):
            rising, falling = (mels - low) / (middle - low), (high - mels) / (high - middle)
            weight = np.clip(np.minimum(rising, falling), 0, None)
            weight[0] = 0
            level_db = 10 * np.log10(max(power @ weight, 1e-30))
            frame.append(min(max((level_db + 52) / 64, 0), 1))
        frames.append(frame)
    return np.array(frames)


def whole(audio: np.ndarray) -> np.ndarray:
    """Return the frames that have no silence before the audio in them."""
    return LogMelStream().push(audio)[1:]


def recording() -> np.ndarray:
    path = STREAMS / "sww01/short_wav_easy10s.wav"
    if not path.is_file():
        pytest.skip(f"{path}: MLPerf Tiny's recording is not there")
    with wave.open(str(path)) as wav:
        pcm = np.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2")
    return (pcm.reshape(-1, 2)[:, 0] / 32768).astype(np.float32)


@pytest.mark.parametrize("loudness", [0.0, 1e-4, 0.05, 1.0])
def test_the_recipe_is_the_one_that_is_written_out(loudness: float) -> None:
    rng = np.random.default_rng(7)
    tone = np.sin(2 * np.pi * 700 * np.arange(9000) / 16000)
    audio = (loudness * (0.7 * tone + 0.3 * rng.uniform(-1, 1, 9000))).astype(np.float32)
    features = whole(audio)
    assert features.shape == (16, BANDS)
    assert np.abs(features - slow_log_mel(audio.astype(np.float64))).max() < 1e-5


def test_pieces_of_any_size_give_the_frames_of_the_whole() -> None:
    rng = np.random.default_rng(11)
    audio = rng.uniform(-0.3, 0.3, 20_000).astype(np.float32)
    stream, frames, at = LogMelStream(), [], 0
    while at < audio.size:
        size = int(rng.integers(0, 1500))
        frames.append(stream.push(audio[at : at + size]))
        at += size
    streamed = np.concatenate(frames)
    assert len(streamed) == audio.size // HOP_SAMPLES
    assert np.array_equal(streamed[1:], whole(audio))
    before = np.concatenate((np.zeros(HOP_SAMPLES, np.float32), audio[:HOP_SAMPLES]))
    assert np.array_equal(streamed[:1], whole(before))


def test_less_than_a_hop_gives_no_frame() -> None:
    stream = LogMelStream()
    assert stream.push(np.zeros(511, np.float32)).shape == (0, BANDS)
    assert stream.push(np.zeros(1, np.float32)).shape == (1, BANDS)


def test_int8_is_cut_off_towards_zero_and_held_at_its_end() -> None:
    values = np.array([0.0, 0.004, 0.47, 0.48, 0.9, 1.0], np.float32)
    steps = [int(v / SCALE + ZERO_POINT) for v in values.astype(np.float64)]
    assert steps[-1] > 127
    assert quantized_frames(values, SCALE, ZERO_POINT).tolist() == [*steps[:-1], 127]


def detections(model: Path, frames: np.ndarray) -> list[float]:
    """Seconds after the first frame at which the reference model is above its threshold."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(model))
    interpreter.allocate_tensors()
    input_index = interpreter.get_input_details()[0]["index"]
    output_index = interpreter.get_output_details()[0]["index"]
    window = np.zeros((1, 30, 1, BANDS), np.int8)
    found = []
    for number, frame in enumerate(frames):
        window = np.concatenate((window[:, 1:], frame.reshape(1, 1, 1, BANDS)), axis=1)
        interpreter.set_tensor(input_index, window)
        interpreter.invoke()
        if interpreter.get_tensor(output_index)[0, 0] > 115:
            found.append(number * HOP_SAMPLES / 16000)
    return found


def test_the_reference_model_hears_the_words_of_the_public_recording() -> None:
    """Two of the three words, as MLCommons says of its model and this file."""
    pytest.importorskip("ai_edge_litert")
    frames = quantized_frames(LogMelStream().push(recording()), SCALE, ZERO_POINT)
    found = detections(STREAMS / "models/str_ww_ref_model.tflite", frames)
    windows = [(1.0, 1.648), (4.0, 4.762), (7.0, 7.359)]
    heard = [any(start <= at <= end + 1 for at in found) for start, end in windows]
    assert heard == [True, True, False]
    assert all(any(start <= at <= end + 1 for start, end in windows) for at in found)
