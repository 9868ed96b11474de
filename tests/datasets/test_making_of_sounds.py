"""Datasets that are made of folders of sounds."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import edgebench
from edgebench.datasets.load import load_dataset
from edgebench.datasets.log_mel import LogMelStream
from edgebench.errors import DatasetInvalid, UsageError


def save_wav(path: Path, samples: NDArray[np.int16], rate_hz: int = 16_000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def test_a_folder_of_sounds_is_a_dataset(tmp_path: Path) -> None:
    samples = np.arange(400, dtype=np.int16)
    save_wav(tmp_path / "words" / "yes" / "long.wav", samples, 1000)
    save_wav(tmp_path / "words" / "no" / "short.wav", samples[:100], 1000)
    out = tmp_path / "words.npz"
    made = edgebench.dataset_from_wav(tmp_path / "words", out=out, length_s=0.2)
    assert made.notes == (
        "1,000 Hz",
        "1 of 2 are longer than 0.2 s: their ends were left out",
        "1 of 2 are shorter than 0.2 s: silence was added at the end",
    )
    data = load_dataset(str(out))
    (short,), (long,) = map(data.sample, (0, 1))
    assert np.array_equal(long * 32768, samples[:200])
    assert np.array_equal(short * 32768, np.pad(samples[:100], (0, 100)))
    (tmp_path / "words" / "no" / "a.wav").write_bytes(b"RIFF")
    with pytest.raises(DatasetInvalid, match=r"a\.wav: no WAV file of 16-bit PCM"):
        edgebench.dataset_from_wav(tmp_path / "words", out=out, length_s=0.2)
    (tmp_path / "words" / "no" / "a.wav").unlink()
    save_wav(tmp_path / "words" / "yes" / "other.wav", samples, 8000)
    with pytest.raises(DatasetInvalid, match="its rate is 8,000 Hz, not 1,000"):
        edgebench.dataset_from_wav(tmp_path / "words", out=out, length_s=0.2)


def test_sounds_become_the_features_of_the_streaming_wake_word(tmp_path: Path) -> None:
    samples = (np.sin(np.arange(16_000) / 5) * 9000).astype(np.int16)
    save_wav(tmp_path / "words" / "1.wav", samples)
    out = tmp_path / "words.npz"
    made = edgebench.dataset_from_wav(tmp_path / "words", out=out, length_s=1, features="log-mel")
    assert made.shape == (30, 40)
    wanted = LogMelStream().push(samples.astype(np.float32) / 32768)[1:]
    assert np.array_equal(load_dataset(str(out)).sample(0)[0], wanted)
    with pytest.raises(UsageError, match="are of audio at 16,000 Hz; `rate_hz` is 8,000"):
        edgebench.dataset_from_wav(
            tmp_path / "words", out=out, length_s=1, features="log-mel", rate_hz=8000
        )
    with pytest.raises(UsageError, match="more than 100,000,000 values per sample"):
        edgebench.dataset_from_wav(tmp_path / "words", out=out, length_s=1e9)
    with pytest.raises(UsageError, match="too short for a sample of log-mel values"):
        edgebench.dataset_from_wav(tmp_path / "words", out=out, length_s=0.05, features="log-mel")
