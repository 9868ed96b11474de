"""Make the `kws` dataset: twelve keyword classes spoken by espeak-ng's voices.

    python datasets/kws/make.py --train build/kws/train.npz

writes the training set where `--train` says; with --packaged also eval.npz and calibration.npz,
which ship, next to this file. Needs Debian's espeak-ng and the [train] extra. Every clip's voice,
pitch, speed, loudness, shift and noise come from a generator that is seeded with the clip's own
name, so the same espeak-ng makes the same clips. Other versions of numpy and scipy move about one
value in a thousand by a rounding of float16: the files' hashes then differ from the card's.

Classes, their order and the features are MLPerf Tiny's keyword spotting: 16 kHz, one second,
49 x 10 MFCCs. The voices of the training and the evaluation set are disjoint.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import wave
import zlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mfcc import SAMPLE_RATE_HZ, mfcc
from numpy.typing import NDArray
from scipy.signal import resample_poly

KEYWORDS = ("down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes")
LABELS = (*KEYWORDS, "silence", "unknown")
OTHER_WORDS = (
    "bed",
    "bird",
    "cat",
    "dog",
    "eight",
    "five",
    "four",
    "happy",
    "house",
    "marvin",
    "nine",
    "one",
    "seven",
    "sheila",
    "six",
    "three",
    "tree",
    "two",
    "wow",
    "zero",
)
ACCENTS = (
    "en-us",
    "en-gb",
    "en-gb-x-rp",
    "en-gb-scotland",
    "en-gb-x-gbclan",
    "en-gb-x-gbcwmd",
    "en-029",
    "en-us-nyc",
)
TRAIN_VOICES = (
    "m1",
    "m2",
    "m4",
    "m5",
    "m7",
    "m8",
    "f1",
    "f3",
    "f4",
    "adam",
    "Alex",
    "Alicia",
    "Andy",
    "antonio",
    "aunty",
    "benjamin",
    "boris",
    "caleb",
    "Denis",
    "Diogo",
    "ed",
    "edward",
    "Gene",
    "Henrique",
    "Hugo",
    "Jacky",
    "john",
    "Lee",
    "linda",
    "Marco",
    "max",
    "Michael",
    "michel",
    "miguel",
    "Nguyen",
    "norbert",
    "pablo",
    "paul",
    "quincy",
    "rob",
    "sandro",
    "shelby",
    "steph",
    "travis",
    "victor",
)
HELD_OUT_VOICES = (
    "m3",
    "m6",
    "f2",
    "f5",
    "Andrea",
    "Annie",
    "belinda",
    "david",
    "Mario",
    "pedro",
    "robert",
    "zac",
)


@dataclass(frozen=True)
class Clip:
    """One clip to be made; its name seeds everything that varies in it."""

    split: str
    label: int
    number: int

    @property
    def voices(self) -> tuple[str, ...]:
        return HELD_OUT_VOICES if self.split == "eval" else TRAIN_VOICES

    def random(self) -> np.random.Generator:
        return np.random.default_rng(
            zlib.crc32(f"{self.split}/{self.label}/{self.number}".encode())
        )


def speak(word: str, voice: str, pitch: int, words_per_minute: int) -> NDArray[np.float32]:
    """Return a word as espeak-ng says it, mono, 16 kHz, trimmed of silence."""
    command = ["espeak-ng", "-v", voice, "-p", str(pitch), "-s", str(words_per_minute)]
    spoken = subprocess.run([*command, "--stdout", word], check=True, capture_output=True).stdout
    with wave.open(io.BytesIO(spoken)) as clip:
        rate_hz = clip.getframerate()
        # espeak-ng streams to stdout, so the header's frame count is a placeholder.
        pcm = np.frombuffer(clip.readframes(10 * rate_hz), dtype="<i2")
    audio = resample_poly(pcm.astype(np.float32) / 32768.0, 320, rate_hz * 320 // SAMPLE_RATE_HZ)
    loud = np.flatnonzero(np.abs(audio) > 0.01)
    return audio[loud[0] : loud[-1] + 1].astype(np.float32)


def noise(rng: np.random.Generator) -> NDArray[np.float32]:
    """Return one second of background noise of unit RMS: coloured noise with some hum."""
    spectrum = np.fft.rfft(rng.standard_normal(SAMPLE_RATE_HZ))
    frequency_hz = np.fft.rfftfreq(SAMPLE_RATE_HZ, 1 / SAMPLE_RATE_HZ)
    spectrum *= np.maximum(frequency_hz, 20.0) ** -rng.uniform(0.0, 1.0)
    audio = np.fft.irfft(spectrum)
    audio /= np.sqrt(np.mean(audio**2))
    time_s = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    audio += rng.uniform(0.0, 0.7) * np.sin(2 * np.pi * rng.choice([50.0, 60.0, 120.0]) * time_s)
    return (audio / np.sqrt(np.mean(audio**2))).astype(np.float32)


def make(clip: Clip) -> NDArray[np.float32]:
    """Return the MFCCs of a clip, shape (49, 10)."""
    rng = clip.random()
    name = LABELS[clip.label]
    background = noise(rng)
    if name == "silence":
        return mfcc(background * np.float32(10 ** rng.uniform(-4.0, -0.8)))
    word = str(rng.choice(OTHER_WORDS)) if name == "unknown" else name
    voice = f"{rng.choice(ACCENTS)}+{rng.choice(clip.voices)}"
    spoken = speak(word, voice, int(rng.integers(20, 80)), int(rng.integers(120, 200)))
    spoken = spoken[:SAMPLE_RATE_HZ]
    spoken *= np.float32(rng.uniform(0.3, 1.0) / np.max(np.abs(spoken)))
    room = SAMPLE_RATE_HZ - spoken.size
    middle = room // 2 + int(rng.integers(-1600, 1601))
    start = int(np.clip(middle, 0, room))
    audio = np.zeros(SAMPLE_RATE_HZ, dtype=np.float32)
    audio[start : start + spoken.size] = spoken
    snr_db = rng.uniform(10.0, 40.0)
    loudness = np.sqrt(np.mean(spoken**2))
    audio += background * np.float32(loudness * 10 ** (-snr_db / 20))
    return mfcc(np.clip(audio, -1.0, 1.0))


def make_split(split: str, clips_per_class: int) -> tuple[NDArray[np.float16], NDArray[np.uint8]]:
    """Return features, shape (n, 49, 10, 1), and labels; classes alternate."""
    clips = [
        Clip(split, label, number)
        for number in range(clips_per_class)
        for label in range(len(LABELS))
    ]
    with ProcessPoolExecutor() as pool:
        features = list(pool.map(make, clips, chunksize=32))
    labels = np.array([clip.label for clip in clips], dtype=np.uint8)
    return np.stack(features)[..., None].astype(np.float16), labels


def main() -> None:
    """Make the training set, and what ships where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=Path, required=True, help="where the training set goes")
    parser.add_argument(
        "--packaged", action="store_true", help="make the parts that ship, next to this file, again"
    )
    parser.add_argument("--train-clips", type=int, default=900, help="clips a class")
    asked = parser.parse_args()
    here = Path(__file__).parent
    for split, path, clips_per_class in (
        ("eval", here / "eval.npz", 100),
        ("calibration", here / "calibration.npz", 20),
        ("train", asked.train, asked.train_clips),
    ):
        if split != "train" and not asked.packaged:
            continue
        features, labels = make_split(split, clips_per_class)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, inputs=features, labels=labels)
        print(f"{path}: {len(labels)} samples, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
