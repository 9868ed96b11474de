"""Make a recording for streaming tests: a wake word, other words and noise, by espeak-ng.

A stand-in for MLPerf Tiny's long test, whose recording is not public: as long, with as many words,
under the same names. The voices are synthetic, so it says little about real speakers. The same
espeak-ng and numpy make the same recording: all that varies comes from one seeded generator.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, TimeoutExpired, run

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import ToolchainMissing
from edgebench.files.disk import disk_errors
from edgebench.files.refusals import refusal
from edgebench.mlperf.tiny.stream_test import StreamTest, write_stream_tests

RATE_HZ = 16_000
WORD = "marvin"
OTHER_WORDS = (
    *("bed", "bird", "cat", "dog", "down", "eight", "five", "four", "go", "happy", "house"),
    *("left", "nine", "no", "off", "on", "one", "right", "seven", "sheila", "six", "stop"),
    *("three", "tree", "two", "up", "wow", "yes", "zero"),
)
"""The other words of Speech Commands, which MLPerf Tiny's models are trained with."""
ACCENTS = ("en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland")
VOICES = (
    *("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "f1", "f2", "f3", "f4", "f5"),
    *("Andy", "Annie", "belinda", "benjamin", "david", "edward", "john", "linda", "Lee", "max"),
    *("Michael", "paul", "quincy", "rob", "robert", "steph", "victor"),
)
LOUD = 0.01
TIMEOUT_S = 30.0
PITCHES, WORDS_PER_MINUTE = (30, 70), (130, 180)
SPEECH_RMS = (0.05, 0.12)
SNR_DB = (12.0, 35.0)
"""Of a word over the noise behind it."""
NOISE_S = 20
"""Noise changes so often."""
QUIETEST = 0.05


@dataclass(frozen=True)
class MadeTest:
    """The contents of a recording: its length, how often the word is said, how many others are."""

    length_s: int = 1200
    words: int = 50
    others: int = 350
    seed: int = 20


STANDARD = MadeTest()
"""As long as MLPerf Tiny's long test, with as many words."""


@dataclass(frozen=True)
class _Clip:
    """A word at its place, in samples."""

    text: str
    start: int
    audio: NDArray[np.float32]


def make_wake_words(folder: Path, made: MadeTest | None = None) -> StreamTest:
    """Make ``long_wav.wav`` of two channels and its definition, ``sww_long_test.json``.

    Raises
    ------
    ToolchainMissing
        If espeak-ng is not installed.
    DiskFull, EdgebenchError
        If they can't be written.
    """
    made = STANDARD if made is None else made
    rng = np.random.default_rng(made.seed)
    # Said first: where espeak-ng is missing, nothing has been made.
    clips = _spoken(made, rng)
    audio = _noise(made.length_s, rng)
    for clip in clips:
        behind = audio[clip.start : clip.start + clip.audio.size]
        # Louder where the noise is, but never louder than the loudest.
        above_noise = float(np.sqrt(np.mean(behind**2))) * 10 ** (rng.uniform(*SNR_DB) / 20)
        loudness = max(rng.uniform(*SPEECH_RMS), min(above_noise, SPEECH_RMS[1]))
        behind += clip.audio * np.float32(loudness)
    pcm = np.round(np.clip(audio, -1.0, 1.0) * 32767).astype("<i2")
    windows = tuple(
        (clip.start / RATE_HZ, (clip.start + clip.audio.size) / RATE_HZ)
        for clip in clips
        if clip.text == WORD
    )
    test = StreamTest("long_wav.wav", RATE_HZ, float(made.length_s), windows)
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / (test.wav_file + ".part")
        # Two channels: the interface board plays no others.
        _write(part, np.repeat(pcm, 2).tobytes())
        part.replace(folder / test.wav_file)
        write_stream_tests(folder / "sww_long_test.json", [test])
    return test


def _spoken(made: MadeTest, rng: np.random.Generator) -> list[_Clip]:
    """Return all words in their order, each somewhere in a slot of its own."""
    texts = [WORD] * made.words + [str(rng.choice(OTHER_WORDS)) for _ in range(made.others)]
    slot = made.length_s * RATE_HZ // len(texts)
    clips = []
    for number, place in enumerate(rng.permutation(len(texts))):
        text = texts[int(place)]
        voice = f"{rng.choice(ACCENTS)}+{rng.choice(VOICES)}"
        pitch, rate = int(rng.integers(*PITCHES)), int(rng.integers(*WORDS_PER_MINUTE))
        audio = speak(text, voice, pitch, rate)[: slot - 1]
        start = number * slot + int(rng.integers(0, slot - audio.size))
        clips.append(_Clip(text, start, audio / np.float32(np.sqrt(np.mean(audio**2)))))
    return clips


def speak(word: str, voice: str, pitch: int, words_per_minute: int) -> NDArray[np.float32]:
    """Return a word as espeak-ng says it, mono, 16 kHz, trimmed of silence.

    Raises
    ------
    ToolchainMissing
        If espeak-ng is not installed, or does not speak.
    """
    command = ["espeak-ng", "-v", voice, "-p", str(pitch), "-s", str(words_per_minute)]
    try:
        said = run(
            [*command, "--stdout", word],
            check=False,
            capture_output=True,
            stdin=DEVNULL,
            timeout=TIMEOUT_S,
        )
        audio, rate_hz = _heard(said.stdout)
    except FileNotFoundError as error:
        raise ToolchainMissing(
            "espeak-ng is not installed, which speaks the words of made recordings: "
            "`sudo apt install espeak-ng`"
        ) from error
    except OSError as error:
        raise ToolchainMissing(f"espeak-ng can't be run: {refusal(error)}") from error
    except TimeoutExpired as error:
        raise ToolchainMissing(f"espeak-ng has not said {word!r} in {TIMEOUT_S:g} s") from error
    except (wave.Error, EOFError) as error:
        why = said.stderr.decode(errors="replace").strip()
        raise ToolchainMissing(f"espeak-ng says nothing with the voice {voice}: {why}") from error
    spoken = _resampled(audio, rate_hz)
    loud = np.flatnonzero(np.abs(spoken) > LOUD)
    if not loud.size:
        raise ToolchainMissing(f"espeak-ng says {word!r} with the voice {voice} in silence")
    return spoken[loud[0] : loud[-1] + 1]


def _heard(said: bytes) -> tuple[NDArray[np.float32], int]:
    with wave.open(io.BytesIO(said)) as clip:
        rate_hz = clip.getframerate()
        # espeak-ng streams to stdout, so the header's frame count is a placeholder.
        pcm = np.frombuffer(clip.readframes(10 * rate_hz), dtype="<i2")
    return pcm.astype(np.float32) / np.float32(32768.0), rate_hz


def _resampled(audio: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """Return audio at 16 kHz: its spectrum up to 8 kHz, with silence behind it to run out in."""
    seconds = -(-audio.size // rate_hz) + 1
    padded = np.zeros(seconds * rate_hz)
    padded[: audio.size] = audio
    wanted = seconds * RATE_HZ
    spectrum = np.fft.rfft(padded)
    kept = np.zeros(wanted // 2 + 1, np.complex128)
    common = min(kept.size, spectrum.size)
    kept[:common] = spectrum[:common]
    return (np.fft.irfft(kept, wanted) * (wanted / padded.size)).astype(np.float32)


def _noise(length_s: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return background noise: stretches of coloured noise with some hum, louder and softer."""
    parts: list[NDArray[np.float32]] = []
    for begin in range(0, length_s, NOISE_S):
        count = min(NOISE_S, length_s - begin) * RATE_HZ
        spectrum = np.fft.rfft(rng.standard_normal(count))
        frequency_hz = np.fft.rfftfreq(count, 1 / RATE_HZ)
        spectrum *= np.maximum(frequency_hz, 20.0) ** -rng.uniform(0.0, 1.0)
        audio = np.fft.irfft(spectrum, count)
        audio /= np.sqrt(np.mean(audio**2))
        hum_hz = rng.choice((50.0, 60.0, 120.0))
        audio += rng.uniform(0.0, 0.7) * np.sin(2 * np.pi * hum_hz * np.arange(count) / RATE_HZ)
        level = QUIETEST * 10 ** rng.uniform(-1.6, -0.7)
        parts.append((audio * level / np.sqrt(np.mean(audio**2))).astype(np.float32))
    return np.concatenate(_faded(parts))


def _faded(parts: Sequence[NDArray[np.float32]]) -> Sequence[NDArray[np.float32]]:
    """Let each stretch begin and end softly: a click is no noise."""
    ramp = np.linspace(0.0, 1.0, RATE_HZ // 20, dtype=np.float32)
    for part in parts:
        part[: ramp.size] *= ramp
        part[-ramp.size :] *= ramp[::-1]
    return parts


def _write(path: Path, pcm: bytes) -> None:
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(2)
        wav.setsampwidth(2)
        wav.setframerate(RATE_HZ)
        wav.writeframes(pcm)
