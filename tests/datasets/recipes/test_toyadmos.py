"""MLPerf Tiny's recordings of toy cars, from made archives and folders."""

from __future__ import annotations

import io
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edgebench.datasets.load import load_dataset
from edgebench.datasets.recipes import toyadmos
from edgebench.datasets.recipes.recipe import make_data
from edgebench.errors import DatasetInvalid
from tests.datasets.recipes.made_archives import put_list

RATE_HZ = 16_000
RECORDINGS = {"normal_id_01_00000003": 0, "anomaly_id_04_00000250": 1}


def recording(seed: int, seconds: float = 10.0, channels: int = 1) -> bytes:
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE_HZ)
    tone = np.sin(np.arange(count) * 2 * np.pi * (300 + 400 * seed) / RATE_HZ)
    values = (8000 * tone + 500 * rng.standard_normal(count)).astype("<i2").repeat(channels)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(values.tobytes())
    return buffer.getvalue()


@pytest.fixture
def cars(tmp_path: Path) -> Path:
    lines = [f"{name}_hist_librosa.bin,2,{label},2560,512" for name, label in RECORDINGS.items()]
    return put_list(tmp_path / "lists", "ad01", lines)


@pytest.mark.parametrize("kind", ["zip", "unpacked", "flat"])
def test_recordings_for_tests_become_windows(kind: str, cars: Path, tmp_path: Path) -> None:
    files = {name: recording(seed) for seed, name in enumerate(RECORDINGS)}
    # Training has recordings of the same names.
    everything = {f"ToyCar/test/{name}.wav": content for name, content in files.items()}
    everything |= {f"ToyCar/train/{name}.wav": recording(9) for name in files}
    source = tmp_path / "source"
    if kind == "zip":
        with zipfile.ZipFile(source, "w") as archive:
            for name, content in everything.items():
                archive.writestr(name, content)
    else:
        flat = {f"{name}.wav": content for name, content in files.items()}
        for name, content in (flat if kind == "flat" else everything).items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes(content)
    assert make_data("ad01", source, cars, tmp_path / "ad01") == 2
    dataset = load_dataset(str(tmp_path / "ad01"))
    assert dataset.name == "mlperf-tiny-ad01"
    assert dataset.count == 2 * 196
    assert dataset.groups is not None
    assert list(dataset.groups[[0, 195, 196]]) == [0, 0, 1]
    assert (dataset.sample(1)[0][:128] == dataset.sample(0)[0][128:256]).all()
    # The tone is the loudest band: 300 and 700 Hz are at 4.5 and 10.5 mel, bands 0.351 mel apart.
    assert [int(dataset.sample(at)[0][:128].argmax()) for at in (0, 196)] == [12, 29]


def test_a_spectrogram_is_the_official_one() -> None:
    """Values that librosa 0.10 gave for the same samples."""
    at = np.arange(10 * RATE_HZ)
    samples = (0.25 * np.sin(at * 0.05) + 0.1 * np.sin(at * at * 1e-5)).astype(np.float32)
    found = toyadmos.spectrogram(samples, RATE_HZ)
    assert found.shape == (200, 128)
    for place, expected in SPECTROGRAM.items():
        assert found[place] == pytest.approx(expected, abs=1e-3), place


SPECTROGRAM: dict[tuple[int, int], float] = {
    (0, 0): -39.7039,
    (0, 5): 20.9186,
    (17, 14): -61.4005,
    (60, 40): -99.1057,
    (111, 77): -125.3183,
    (150, 100): -108.6078,
    (199, 127): -106.6845,
    (199, 64): -108.9157,
}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (recording(1, seconds=5.0), "80,000 samples; expected one of 16 bits"),
        (recording(1, channels=2), "2 channels of 16 bits"),
        (b"RIFF", "not a readable .wav"),
    ],
)
def test_a_recording_of_another_kind_is_refused(
    content: bytes, says: str, cars: Path, tmp_path: Path
) -> None:
    (tmp_path / "source").mkdir()
    for name in RECORDINGS:
        (tmp_path / "source" / f"{name}.wav").write_bytes(content)
    with pytest.raises(DatasetInvalid, match=says):
        make_data("ad01", tmp_path / "source", cars, tmp_path / "ad01")
    assert not list(tmp_path.glob("ad01*"))


def test_a_missing_recording_is_named(cars: Path, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    with pytest.raises(DatasetInvalid, match=r"normal_id_01_00000003\.wav is not among its 0"):
        make_data("ad01", tmp_path / "source", cars, tmp_path / "ad01")
    (tmp_path / "no.zip").write_bytes(b"PK")
    with pytest.raises(DatasetInvalid, match=r"can't be read as \.zip"):
        make_data("ad01", tmp_path / "no.zip", cars, tmp_path / "ad01")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda raw: raw[:200] + bytes(90) + raw[290:], "not a readable .wav"),
        (lambda raw: raw.replace(b"PK\x03\x04\x14\0\0", b"PK\x03\x04\x14\0\1"), "encrypted"),
    ],
)
def test_a_damaged_or_encrypted_archive_is_said_to_be(
    damage: Callable[[bytes], bytes], says: str, cars: Path, tmp_path: Path
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in RECORDINGS:
            archive.writestr(f"test/{name}.wav", recording(1))
    raw = damage(buffer.getvalue())
    if says == "encrypted":
        raw = raw.replace(b"PK\x01\x02\x14\x03\x14\0\0", b"PK\x01\x02\x14\x03\x14\0\1")
    (tmp_path / "damaged.zip").write_bytes(raw)
    with pytest.raises(DatasetInvalid, match=says):
        make_data("ad01", tmp_path / "damaged.zip", cars, tmp_path / "ad01")


@pytest.mark.parametrize("rate_hz", [0, 8_000, 48_000])
def test_a_recording_of_another_rate_is_refused(rate_hz: int, cars: Path, tmp_path: Path) -> None:
    content = bytearray(recording(1))
    content[24:28] = rate_hz.to_bytes(4, "little")
    (tmp_path / "source").mkdir()
    for name in RECORDINGS:
        (tmp_path / "source" / f"{name}.wav").write_bytes(content)
    with pytest.raises(DatasetInvalid, match=f"its rate is {rate_hz:,} Hz, the data's 16,000"):
        make_data("ad01", tmp_path / "source", cars, tmp_path / "ad01")


def test_what_can_t_be_read_is_not_called_unwritable(cars: Path, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    for name in RECORDINGS:
        (tmp_path / "source" / f"{name}.wav").mkdir()
    with pytest.raises(DatasetInvalid, match=r"\.wav: not a readable \.wav"):
        make_data("ad01", tmp_path / "source", cars, tmp_path / "ad01")
    images = put_list(tmp_path / "images", "vww01", ["000000000042.bin,2,0"])
    (tmp_path / "source/COCO_val2014_000000000042.png").mkdir()
    with pytest.raises(DatasetInvalid, match=r"0042\.png: can't be read: Is a directory"):
        make_data("vww01", tmp_path / "source", images, tmp_path / "vww01")
