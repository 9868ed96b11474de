"""Features in fixed point: near the recipe in real numbers, and the same bits in C."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edgebench.datasets.log_mel import (
    BANDS,
    HOP_SAMPLES,
    SAMPLE_RATE_HZ,
    WINDOW_SAMPLES,
    LogMelStream,
    quantized_frames,
)
from edgebench.datasets.mel import mel_weights
from edgebench.firmware.building.compiling import host_compiler, run_tool
from edgebench.firmware.c_files import CORE, firmware_folder
from edgebench.firmware.streaming import tables
from edgebench.firmware.streaming.features import energies, features
from edgebench.firmware.streaming.source import FILE, stream_files
from edgebench.models.resolve import Model, resolve_model
from tests.firmware.compiled import SANITIZE
from tests.firmware.streaming.made import MADE, Audio, left_channel, made_audio, streaming_model

SCALES = {"the reference model's": (0.0037010407540947199, -128), "another": (0.011, -3)}
Extract = Callable[[Audio], NDArray[np.int8]]


def by_recipe(audio: Audio, scale: float, zero_point: int) -> NDArray[np.int8]:
    """Return the features by the recipe in real numbers."""
    real = LogMelStream().push(audio.astype(np.float32) / np.float32(32768))
    return quantized_frames(real, scale, zero_point)


@pytest.mark.parametrize("quantization", SCALES)
@pytest.mark.parametrize("name", MADE)
def test_they_are_at_most_a_step_from_the_recipe(name: str, quantization: str) -> None:
    audio = made_audio(name)
    steps = features(audio, *SCALES[quantization]).astype(int)
    off = steps - by_recipe(audio, *SCALES[quantization])
    assert np.abs(off).max() <= 1
    # At a step's very edge only, and there either is right.
    assert np.count_nonzero(off) <= 0.002 * off.size


def test_they_are_at_most_a_step_from_the_recipe_on_the_real_wav(tiny: Path) -> None:
    audio = left_channel(tiny / "sww01" / "short_wav_easy10s.wav")
    scale = SCALES["the reference model's"]
    off = features(audio, *scale).astype(int) - by_recipe(audio, *scale)
    assert off.shape == (312, BANDS)
    assert np.abs(off).max() <= 1
    assert np.count_nonzero(off) <= 2


def test_no_sum_is_too_wide_for_the_loudest_audio() -> None:
    """What the C has in 32 and 64 bits stays below what they hold."""
    both = np.concatenate((tables.window(), tables.window()[::-1])).astype(np.float64) / 2**30
    most = (32 + 31) * 2**15 * both.sum()
    assert most < 2**31 - 1
    for name in ("the steepest edges", "the loudest noise", "a tone", "edges"):
        assert energies(made_audio(name)).max() < 2**62


def test_a_threshold_is_the_least_energy_of_its_step() -> None:
    scale, zero_point = SCALES["another"]
    edges = tables.thresholds(scale, zero_point)
    assert edges.shape == (255,)
    assert (np.diff(edges.astype(np.float64)) >= 0).all()
    unit = Decimal(2) ** -(tables.ENERGY_BITS + tables.POINTS_BITS)
    for step, edge in zip(range(-127, 128), map(int, edges), strict=True):
        if not 0 < edge < tables.NEVER:
            continue
        for energy, reached in ((edge - 1, False), (edge, True)):
            level = 10 * (Decimal(energy) * unit).log10()
            exact = (level + 52) / 64 / Decimal(scale) + zero_point
            assert (int(exact) >= step) is reached  # int() cuts off towards zero


def test_the_mel_table_is_the_filters_by_bin() -> None:
    weights = mel_weights(SAMPLE_RATE_HZ, WINDOW_SAMPLES, BANDS, 0.0, SAMPLE_RATE_HZ / 2)
    table = tables.mel()
    made = np.zeros((WINDOW_SAMPLES // 2, BANDS + 2))
    for bin_ in range(1, WINDOW_SAMPLES // 2):
        made[bin_, table.upper[bin_]] = 1 - table.rising[bin_] / 2**15
        made[bin_, table.upper[bin_] + 1] = table.rising[bin_] / 2**15
    np.testing.assert_allclose(made[:, 1:-1], weights[:-1], atol=2**-15)
    assert not weights[-1].any()  # the last bin, which the table leaves out


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    path = tmp_path_factory.mktemp("model") / "made.tflite"
    path.write_bytes(streaming_model().to_bytes())
    return resolve_model(str(path))


@pytest.fixture(scope="module")
def extract(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Extract:
    """The firmware's C, under the sanitizer of undefined behaviour."""
    folder = tmp_path_factory.mktemp("features")
    for name, text in stream_files(model).items():
        (folder / name).write_text(text)
    parts = [firmware_folder() / each for each in (*CORE, "streaming")]
    library = folder / "features.so"
    run_tool(
        [
            host_compiler(),
            *("-std=c99", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Werror"),
            *("-shared", "-fPIC", *SANITIZE),
            *(f"-I{each}" for each in parts),
            str(parts[-1] / "eb_features.c"),
            str(folder / FILE),
            *("-o", str(library)),
        ]
    )
    code = ctypes.CDLL(str(library))

    def extracted(audio: Audio) -> NDArray[np.int8]:
        code.eb_features_begin()
        frames = np.zeros((audio.size // HOP_SAMPLES, BANDS), dtype=np.int8)
        for number, frame in enumerate(frames):
            hop = np.ascontiguousarray(audio[number * HOP_SAMPLES :][:HOP_SAMPLES])
            code.eb_features_of(
                hop.ctypes.data_as(ctypes.c_void_p), frame.ctypes.data_as(ctypes.c_void_p)
            )
        return frames

    return extracted


def quantization_of(model: Model) -> tuple[float, int]:
    found = model.facts.inputs[0].quantization
    assert found is not None
    return found.scales[0], found.zero_points[0]


@pytest.mark.parametrize("name", MADE)
def test_the_c_gives_the_same_bits(name: str, extract: Extract, model: Model) -> None:
    audio = made_audio(name)
    expected = features(audio, *quantization_of(model))
    np.testing.assert_array_equal(extract(audio), expected)


def test_the_c_gives_the_same_bits_whatever_comes(extract: Extract, model: Model) -> None:
    chance = np.random.default_rng(5)
    pieces = [
        chance.integers(-(2 ** int(bits)), 2 ** int(bits), HOP_SAMPLES).clip(-32768, 32767)
        for bits in chance.integers(0, 16, 400)
    ]
    audio = np.concatenate(pieces).astype(np.int16)
    found = extract(audio)
    np.testing.assert_array_equal(found, features(audio, *quantization_of(model)))
    assert len(np.unique(found)) > 200
