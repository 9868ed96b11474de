"""Made recordings for streaming tests: with espeak-ng where it is, else with a voice of tones."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from edgebench.datasets.audio import read_wav
from edgebench.datasets.stream import Grid, StreamSpec, WindowShape, stream_dataset
from edgebench.datasets.wake_words import RATE_HZ, MadeTest, make_wake_words, speak
from edgebench.errors import ToolchainMissing
from edgebench.mlperf.tiny.stream_test import read_stream_tests
from edgebench.models.packages.pull import pull

SHORT = MadeTest(length_s=40, words=4, others=6, seed=3)
TONES = f"""#!{sys.executable}
import math, struct, sys
word, rate = sys.argv[-1], 22050
tone = 200 + 37 * (sum(map(ord, word + sys.argv[2])) % 50)
pcm = [round(9000 * math.sin(2 * math.pi * tone * n / rate)) for n in range(rate // 2)]
body = struct.pack(f"<{{len(pcm)}}h", *pcm)
head = struct.pack("<4sI8sIHHIIHH4sI", b"RIFF", 0x7FFFF000, b"WAVEfmt ", 16, 1, 1, rate, 2 * rate,
                   2, 16, b"data", 0x7FFFF000)
sys.stdout.buffer.write(head + bytes(2000) + body + bytes(2000))
"""


@pytest.fixture(params=["tones", "espeak-ng"])
def voice(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "espeak-ng" and shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed: `sudo apt install espeak-ng`")
    if request.param == "tones":
        program(tmp_path / "bin", TONES, monkeypatch)
    return str(request.param)


def program(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    path = folder / "espeak-ng"
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_a_recording_is_the_same_again_and_its_words_are_where_they_are_said(
    voice: str, tmp_path: Path
) -> None:
    test = make_wake_words(tmp_path / "one", SHORT)
    again = make_wake_words(tmp_path / "two", SHORT)
    assert test == again
    first, second = ((tmp_path / each / test.wav_file).read_bytes() for each in ("one", "two"))
    assert first == second
    assert read_stream_tests(tmp_path / "one/sww_long_test.json") == (test,)
    assert (len(test.detection_windows), test.length_sec) == (4, 40.0)
    # The interface board plays the plainest header and two channels only.
    assert first[:4] + first[8:16] + first[36:40] == b"RIFFWAVEfmt data"
    with wave.open(str(tmp_path / "one" / test.wav_file)) as wav:
        assert (wav.getnchannels(), wav.getframerate(), wav.getnframes()) == (2, RATE_HZ, 640_000)
    recording = read_wav(tmp_path / "one" / test.wav_file, RATE_HZ)
    real = recording.real(0, 640_000)
    for begin, end in test.detection_windows:
        inside = real[round(begin * RATE_HZ) : round(end * RATE_HZ)]
        around = real[max(0, round((begin - 0.2) * RATE_HZ)) : round(begin * RATE_HZ)]
        assert np.std(inside) > 2 * np.std(around)
    assert make_wake_words(tmp_path / "three", MadeTest(40, 4, 6, seed=4)) != test


def test_it_is_a_stream_with_its_words(voice: str, tmp_path: Path) -> None:
    make_wake_words(tmp_path / "made", SHORT)
    window = WindowShape((30, 1, 40), Grid(0.0037, -128))
    data = stream_dataset(tmp_path / "made/long_wav.wav", StreamSpec("marvin"), window)
    assert (data.count, data.metric) == (1250, "detections")
    assert data.stream is not None
    assert data.stream.test is not None


def test_a_word_is_trimmed_and_at_16_khz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", TONES, monkeypatch)
    word = speak("marvin", "en-us", 50, 150)
    assert word.size == pytest.approx(RATE_HZ / 2, abs=40)
    spectrum = np.abs(np.fft.rfft(word * np.hanning(word.size)))
    tone = 200 + 37 * (sum(map(ord, "marvinen-us")) % 50)
    assert np.argmax(spectrum) * RATE_HZ / word.size == pytest.approx(tone, abs=4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#!/bin/sh\necho no such voice >&2; exit 1\n", "with the voice .*: no such voice"),
        (TONES.replace("9000 *", "1 *"), "in silence"),
    ],
)
def test_a_program_that_does_not_speak_is_said_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    program(tmp_path / "bin", text, monkeypatch)
    with pytest.raises(ToolchainMissing, match=message):
        make_wake_words(tmp_path / "made", SHORT)
    assert not (tmp_path / "made").exists()


def test_without_espeak_ng_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainMissing, match="`sudo apt install espeak-ng`"):
        pull("made/sww", cache=tmp_path / "cache")


def test_pull_makes_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgebench.datasets.wake_words.STANDARD", SHORT)
    program(tmp_path / "bin", TONES, monkeypatch)
    made = pull("made/sww", cache=tmp_path / "cache")
    assert (made.made, made.fetched) == (2, 0)
    assert (made.folder / "long_wav.wav").is_file()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pull("made/sww", cache=tmp_path / "cache").made == 0
    (made.folder / "sww_long_test.json").unlink()
    with pytest.raises(ToolchainMissing):
        pull("made/sww", cache=tmp_path / "cache")
