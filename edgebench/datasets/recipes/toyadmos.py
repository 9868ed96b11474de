"""Make MLPerf Tiny's ad01 from the toy cars of DCASE 2020's task 2: log-mel spectrograms.

As mlcommons/tiny's benchmark/training/anomaly_detection has it (baseline.yaml and common.py, by
librosa): frames of 1024 samples every 512, 128 bands on Slaney's mel scale with filters of equal
area, 10 log10 of the power, and frames 50 to 249 of each recording. A file has 200 frames of 128
float32; the benchmark cuts it into windows of 5.
"""

from __future__ import annotations

import io
import sys
import wave
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.recipes.damage import DAMAGED
from edgebench.datasets.recipes.samples import ListedSample
from edgebench.errors import DatasetInvalid
from edgebench.files.archive_fault import archive_fault

SUFFIX = "_hist_librosa"
"""What the official script adds to the name of a recording."""
TEST = "test"
FRAME, HOP, BANDS = 1024, 512, 128
FIRST_FRAME, LAST_FRAME = 50, 250
LEAST_SAMPLES = (LAST_FRAME - 1) * HOP + FRAME // 2
RATE_HZ = 16_000
MOST_WAV_BYTES = 16 * 2**20
FULL_SCALE = 32768.0
# Slaney's scale: linear up to 1 kHz, a factor of 6.4 every 27 steps from there.
LINEAR_HZ, CORNER_HZ = 200.0 / 3.0, 1000.0
CORNER_MEL = CORNER_HZ / LINEAR_HZ
LOG_STEP = np.log(6.4) / 27.0


def make(source: Path, samples: Sequence[ListedSample], lists: Path) -> Iterator[tuple[str, bytes]]:
    """Yield each recording's spectrogram: shape (200, 128), float32 little-endian.

    Raises
    ------
    DatasetInvalid
        If a recording is missing, or is not 16-bit mono of 8 s or more.
    """
    places = _in_archive(source) if source.is_file() else _in_folder(source)
    for sample in samples:
        name = sample.stem.removesuffix(SUFFIX) + ".wav"
        if name not in places:
            raise DatasetInvalid(
                f"{source}: {name} is not among its {len(places):,} recordings for tests; is it "
                "the development data of ToyCar?"
            )
        yield sample.file, spectrogram(*_recording(source, places[name])).astype("<f4").tobytes()


def spectrogram(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.float64]:
    """Return a recording's log-mel frames 50 to 249, in dB.

    Parameters
    ----------
    samples
        Shape (samples,), -1 to 1.

    Returns
    -------
    Shape (200, 128).
    """
    # A frame lies around its place in time, as with librosa's `center`.
    starts = np.arange(FIRST_FRAME, LAST_FRAME) * HOP - FRAME // 2
    frames = samples[starts[:, None] + np.arange(FRAME)]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)
    power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
    decibels: NDArray[np.float64] = 10.0 * np.log10(power @ _mel(rate_hz) + sys.float_info.epsilon)
    return decibels


@cache
def _mel(rate_hz: int) -> NDArray[np.float64]:
    """Return what each bin weighs in each band: shape (513, 128)."""
    bins = np.fft.rfftfreq(FRAME, 1 / rate_hz)[:, None]
    top = float(_mel_of(np.array(rate_hz / 2)))
    edges = _hz_of(np.linspace(0.0, top, BANDS + 2))
    rising = (bins - edges[:-2]) / np.diff(edges)[:-1]
    falling = (edges[2:] - bins) / np.diff(edges)[1:]
    weights: NDArray[np.float64] = np.maximum(0.0, np.minimum(rising, falling))
    return weights * (2.0 / (edges[2:] - edges[:-2]))


def _mel_of(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    above = CORNER_MEL + np.log(np.maximum(hz, CORNER_HZ) / CORNER_HZ) / LOG_STEP
    return np.where(hz < CORNER_HZ, hz / LINEAR_HZ, above)


def _hz_of(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    above = CORNER_HZ * np.exp(LOG_STEP * (np.maximum(mel, CORNER_MEL) - CORNER_MEL))
    return np.where(mel < CORNER_MEL, mel * LINEAR_HZ, above)


def _in_folder(folder: Path) -> Mapping[str, str]:
    """Return where the recordings for tests are; training has others of the same names."""
    found = sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*.wav"))
    return _for_tests(found)


def _in_archive(archive: Path) -> Mapping[str, str]:
    try:
        with zipfile.ZipFile(archive) as packed:
            return _for_tests(packed.namelist())
    except DAMAGED as error:
        raise DatasetInvalid(f"{archive}: can't be read as .zip: {archive_fault(error)}") from error


def _for_tests(names: Sequence[str]) -> Mapping[str, str]:
    paths = [PurePosixPath(each) for each in names if each.endswith(".wav")]
    of_tests = [each for each in paths if each.parent.name == TEST]
    # A folder of nothing but the recordings: they lie in it directly.
    chosen = of_tests or [each for each in paths if len(each.parts) == 1]
    return {each.name: str(each) for each in chosen}


def _recording(source: Path, place: str) -> tuple[NDArray[np.float32], int]:
    """Return a recording's samples and its rate."""
    where = f"{source}, {place}" if source.is_file() else str(source / place)
    try:
        with wave.open(io.BytesIO(_content(source, place))) as opened:
            form = (opened.getnchannels(), opened.getsampwidth())
            rate_hz, raw = opened.getframerate(), opened.readframes(opened.getnframes())
    except (*DAMAGED, wave.Error) as error:
        raise DatasetInvalid(f"{where}: not a readable .wav: {archive_fault(error)}") from error
    if rate_hz != RATE_HZ:
        raise DatasetInvalid(f"{where}: its rate is {rate_hz:,} Hz, the data's {RATE_HZ:,}")
    if form != (1, 2) or len(raw) < 2 * LEAST_SAMPLES:
        raise DatasetInvalid(
            f"{where}: {form[0]} channels of {8 * form[1]} bits, {len(raw) // 2:,} samples; "
            f"expected one of 16 bits, {LEAST_SAMPLES:,} samples or more"
        )
    return np.frombuffer(raw, "<i2").astype(np.float32) / np.float32(FULL_SCALE), rate_hz


def _content(source: Path, place: str) -> bytes:
    if source.is_dir():
        path = source / place
        if path.stat().st_size > MOST_WAV_BYTES:
            raise DatasetInvalid(f"{path}: longer than {MOST_WAV_BYTES:,} bytes")
        return path.read_bytes()
    with zipfile.ZipFile(source) as packed:
        if packed.getinfo(place).file_size > MOST_WAV_BYTES:
            raise DatasetInvalid(f"{source}, {place}: longer than {MOST_WAV_BYTES:,} bytes")
        with packed.open(place) as member:
            return member.read(MOST_WAV_BYTES + 1)
