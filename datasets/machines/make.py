"""Make the `machines` dataset: sounds of rotating machines, healthy and with five kinds of fault.

    python datasets/machines/make.py --train build/machines/train.npz

writes the training set (healthy machines only) where `--train` says; with --packaged also eval.npz
and calibration.npz, which ship, next to this file. Needs the [train] extra. Deterministic: a
machine's build and a recording's loudness, noise and fault come from generators that are seeded
with their names.

The features are the shape of MLPerf Tiny's anomaly detection: log-mel spectra of 128 bands, five
frames a window, 640 values. The machines of the evaluation set are not in the training set.
"""

from __future__ import annotations

import argparse
import zlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

RATE_HZ = 16_000
SECONDS = 2.0
SAMPLES = int(RATE_HZ * SECONDS)
FFT_POINTS, HOP = 1024, 512
MEL_BANDS, FRAMES = 128, 5
STEP_DB, ZERO_POINT = 0.5, 200
FAULTS = ("bearing", "imbalance", "squeal", "leak", "rattle")

Audio = NDArray[np.float64]


def seeded(name: str) -> np.random.Generator:
    """Return a generator for what is called so."""
    return np.random.default_rng(zlib.crc32(name.encode()))


@dataclass(frozen=True)
class Recording:
    """A recording to be made; ``fault`` is empty for a healthy machine."""

    machine: str
    number: int
    fault: str = ""

    def features(self) -> NDArray[np.uint8]:
        """Return its windows, shape (windows, 640)."""
        audio = healthy(self.machine, seeded(f"{self.machine}/{self.number}/{self.fault}"))
        if self.fault:
            rng = seeded(f"{self.machine}/{self.number}/{self.fault}/fault")
            loudness = np.sqrt(np.mean(audio**2))
            audio = audio + loudness * FAULT_SOUNDS[self.fault](self.machine, rng)
        return windows(log_mel_db(audio))


def resonance(signal: Audio, frequency_hz: float, sharpness: float) -> Audio:
    """Ring like a body with one resonance, at unit gain there."""
    radius = np.exp(-np.pi * frequency_hz / sharpness / RATE_HZ)
    angle = 2 * np.pi * frequency_hz / RATE_HZ
    out: Audio = lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], signal)
    return out


def turning(rng: np.random.Generator, speed_hz: float) -> Audio:
    """Return the angle of a shaft whose speed drifts a little, in turns."""
    drift = np.cumsum(rng.normal(0, 1, SAMPLES // 1000 + 2)) * 2e-4
    speed = speed_hz * (1 + np.interp(np.arange(SAMPLES), np.arange(drift.size) * 1000, drift))
    turns: Audio = np.cumsum(speed) / RATE_HZ
    return turns


def shaft_hz(machine: str) -> float:
    """Return how fast a machine turns."""
    return float(seeded(machine).uniform(20, 60))


def healthy(machine: str, rng: np.random.Generator) -> Audio:
    """Return a healthy machine: harmonics of its shaft and blades over a coloured hiss."""
    build = seeded(machine + "/build")
    turns = turning(rng, shaft_hz(machine))
    blades = int(build.integers(5, 12))
    tone = np.zeros(SAMPLES)
    for harmonic in (1, 2, 3, blades, 2 * blades, 3 * blades):
        loud = build.uniform(0.3, 1.0) / np.sqrt(harmonic)
        tone += loud * np.sin(2 * np.pi * (harmonic * turns + rng.uniform()))
    hiss = rng.normal(0, 1, SAMPLES)
    body = resonance(hiss, build.uniform(300, 900), 4) + resonance(
        hiss, build.uniform(1500, 3000), 6
    )
    audio = tone / np.std(tone) + build.uniform(0.8, 1.4) * body / np.std(body) + 0.05 * hiss
    return audio * 10 ** (rng.uniform(-1.5, 1.5) / 20)


def bearing(machine: str, rng: np.random.Generator) -> Audio:
    """Return knocks of a damaged race: sharp rings at a multiple of the shaft's speed."""
    turns = turning(rng, shaft_hz(machine) * rng.uniform(3.0, 5.5))
    knocks = np.diff(np.floor(turns), prepend=0) > 0
    ring = resonance(knocks * rng.normal(1, 0.2, SAMPLES), rng.uniform(3500, 6500), 25)
    return rng.uniform(0.5, 1.0) * ring / np.std(ring)


def imbalance(machine: str, rng: np.random.Generator) -> Audio:
    """Return what a loose, unbalanced rotor adds: strong low harmonics."""
    turns = turning(rng, shaft_hz(machine))
    low = sum(
        np.sin(2 * np.pi * h * turns) * w for h, w in ((1, 1.0), (2, 0.8), (4, 0.6), (6, 0.5))
    )
    return np.asarray(rng.uniform(1.5, 2.5) * low / np.std(low))


def squeal(machine: str, rng: np.random.Generator) -> Audio:
    """Return a dry belt: a high tone that wavers."""
    wobble = np.sin(2 * np.pi * rng.uniform(3, 8) * np.arange(SAMPLES) / RATE_HZ)
    frequency = rng.uniform(2500, 6000) * (1 + 0.02 * wobble)
    return rng.uniform(0.3, 0.7) * np.sin(2 * np.pi * np.cumsum(frequency) / RATE_HZ)


def leak(machine: str, rng: np.random.Generator) -> Audio:
    """Return air that escapes: a steady hiss, high up."""
    hiss = np.diff(rng.normal(0, 1, SAMPLES + 1))
    return rng.uniform(0.4, 0.8) * hiss / np.std(hiss)


def rattle(machine: str, rng: np.random.Generator) -> Audio:
    """Return a loose cover: bursts at no fixed time."""
    bursts = np.zeros(SAMPLES)
    for start in rng.integers(0, SAMPLES - 2400, int(rng.integers(8, 16))):
        bursts[start : start + 2400] += rng.normal(0, 1, 2400) * np.exp(-np.arange(2400) / 500)
    sound = resonance(bursts, rng.uniform(1200, 4000), 3)
    return rng.uniform(1.0, 1.6) * sound / np.std(sound)


FAULT_SOUNDS = {
    "bearing": bearing,
    "imbalance": imbalance,
    "squeal": squeal,
    "leak": leak,
    "rattle": rattle,
}


@cache
def mel_weights() -> NDArray[np.float64]:
    """Return triangles from 0 to 8 kHz on the HTK mel scale, shape (513, 128)."""

    def mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(1127.0 * np.log1p(hz / 700.0))

    bins = mel(np.linspace(0, RATE_HZ / 2, FFT_POINTS // 2 + 1))[:, None]
    edges = np.linspace(0, float(mel(np.array(RATE_HZ / 2))), MEL_BANDS + 2)
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    weights = np.maximum(0.0, np.minimum(rising, falling))
    return weights / np.maximum(weights.sum(axis=0), 1e-9)


def log_mel_db(audio: Audio) -> NDArray[np.float64]:
    """Return log-mel power, shape (frames, 128), in dB."""
    frames = np.lib.stride_tricks.sliding_window_view(audio, FFT_POINTS)[::HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(FFT_POINTS))) ** 2 / FFT_POINTS
    return np.asarray(10 * np.log10(power @ mel_weights() + 1e-8))


def windows(features_db: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Cut features into windows of five frames, stored in steps of half a dB."""
    count = len(features_db) // FRAMES
    cut = features_db[: count * FRAMES].reshape(count, FRAMES * MEL_BANDS)
    return np.clip(np.round(cut / STEP_DB) + ZERO_POINT, 0, 255).astype(np.uint8)


def make(recordings: list[Recording]) -> dict[str, NDArray[np.generic]]:
    """Return windows, the recording that each is of, and the recordings' labels."""
    with ProcessPoolExecutor() as pool:
        found = list(pool.map(Recording.features, recordings, chunksize=8))
    groups = np.repeat(np.arange(len(found)), [len(each) for each in found])
    labels = np.array([bool(recording.fault) for recording in recordings], np.uint8)
    return {"inputs": np.concatenate(found), "groups": groups.astype(np.uint16), "labels": labels}


def main() -> None:
    """Make the training set, and what ships where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=Path, required=True, help="where the training set goes")
    parser.add_argument(
        "--packaged", action="store_true", help="make the parts that ship, next to this file, again"
    )
    parser.add_argument("--train-machines", type=int, default=300)
    asked = parser.parse_args()
    here = Path(__file__).parent
    held_out = [f"held-out-{number}" for number in range(25)]
    training = [f"train-{number}" for number in range(asked.train_machines)]
    evaluation = [Recording(machine, n) for machine in held_out for n in range(5)] + [
        Recording(machine, n, fault) for machine in held_out for n, fault in enumerate(FAULTS)
    ]
    for path, recordings in (
        (here / "eval.npz", evaluation),
        (here / "calibration.npz", [Recording(machine, 0) for machine in training[:20]]),
        (asked.train, [Recording(machine, n) for machine in training for n in range(1, 11)]),
    ):
        if path != asked.train and not asked.packaged:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        arrays = make(recordings)
        np.savez_compressed(path, **arrays)
        print(f"{path}: {len(arrays['inputs'])} windows, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
