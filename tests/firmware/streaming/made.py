"""Audio and streaming models that tests make themselves."""

from __future__ import annotations

import wave
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.tflite.tensors import Quantization

RATE_HZ = 16_000
FRAMES, BANDS = 8, 40
Audio = NDArray[np.int16]

MADE: Mapping[str, Callable[[NDArray[np.int64], np.random.Generator], NDArray[np.float64]]] = {
    "silence": lambda at, _: np.zeros(at.size),
    "noise": lambda at, chance: chance.normal(0, 3000, at.size),
    "the loudest noise": lambda at, chance: chance.integers(-32768, 32768, at.size).astype(float),
    "the quietest noise": lambda at, chance: chance.integers(-1, 2, at.size).astype(float),
    "a tone": lambda at, _: 20_000 * np.sin(at * 0.21),
    "a rising tone": lambda at, _: 9_000 * np.sin(at * at * 2e-5),
    "edges": lambda at, _: np.where(at // 7 % 2, 32767.0, -32768.0),
    "the steepest edges": lambda at, _: np.where(at % 2, 32767.0, -32768.0),
    "the lowest number": lambda at, _: np.full(at.size, -32768.0),
    "a click in each window": lambda at, _: np.where(at % 1024 == 700, 32767.0, 0.0),
    "words": lambda at, chance: (
        chance.normal(0, 1, at.size) * 8000 * np.maximum(0, np.sin(at / RATE_HZ * 6)) ** 3
    ),
}
"""Audio by what it is."""


def made_audio(name: str, seconds: float = 3.0) -> Audio:
    at = np.arange(int(seconds * RATE_HZ))
    values = MADE[name](at, np.random.default_rng(len(name)))
    return np.clip(np.rint(values), -32768, 32767).astype(np.int16)


def left_channel(path: Path) -> Audio:
    """Return a wav's samples; a stereo's left ones, as a device takes them."""
    with wave.open(str(path)) as file:
        assert (file.getsampwidth(), file.getframerate()) == (2, RATE_HZ)
        content = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return content.reshape(-1, file.getnchannels())[:, 0].copy()


def streaming_model(frames: int = FRAMES, seed: int = 1, scale: float = 0.0037) -> NewModel:
    """Return an int8 network from frames of features to the scores of three classes.

    Its first score goes up and down with the audio, and is above 0.95 from time to time.
    """
    chance = np.random.default_rng(seed)
    size = frames * BANDS
    tensors = [
        NewTensor("input", (1, frames, 1, BANDS), "int8", Quantization((scale,), (-128,))),
        NewTensor("shape", (2,), "int32", values=np.array([1, size])),
        NewTensor("flat", (1, size), "int8", Quantization((scale,), (-128,))),
        NewTensor(
            "w", (3, size), "int8", Quantization((0.01,), (0,)), chance.integers(-60, 60, (3, size))
        ),
        NewTensor("b", (3,), "int32", Quantization((scale * 0.01,), (0,)), np.zeros(3)),
        NewTensor("dense", (1, 3), "int8", Quantization((0.1,), (0,))),
        NewTensor("scores", (1, 3), "int8", Quantization((1 / 256,), (-128,))),
    ]
    ops = [
        NewOp("RESHAPE", ("input", "shape"), ("flat",)),
        NewOp("FULLY_CONNECTED", ("flat", "w", "b"), ("dense",), ("FullyConnected", {})),
        NewOp("SOFTMAX", ("dense",), ("scores",), ("Softmax", {"beta": 1.0})),
    ]
    return NewModel(tensors, ops, ["input"], ["scores"])
