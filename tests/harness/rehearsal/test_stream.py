"""The streaming wake word: device, interface board and meter, by recordings on the board's card."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgebench
from edgebench.datasets.log_mel import HOP_SAMPLES
from edgebench.errors import UsageError
from edgebench.firmware.streaming.source import detected_above
from edgebench.harness.rehearsal.request import RehearsalRequest
from edgebench.models.resolve import Model, resolve_model
from edgebench.text.json_text import json_text
from tests.firmware.streaming.listening_program import activations, expected
from tests.firmware.streaming.made import RATE_HZ, made_audio, streaming_model
from tests.harness.rehearsal.test_rehearsal import run_main
from tests.virtual.interface_board.host import BoardHost
from tests.virtual.interface_board.test_board import duty_cycle, heard_detections
from tests.virtual.interface_board.waves import wave
from tests.virtual.tiny_runner import runner_folder

SECONDS = 6.0
FRAME_MS = HOP_SAMPLES / RATE_HZ * 1e3


@pytest.fixture
def model(tmp_path: Path) -> Model:
    path = tmp_path / "made.tflite"
    path.write_bytes(streaming_model().to_bytes())
    return resolve_model(str(path))


@pytest.fixture
def made_stream(model: Model, tmp_path: Path) -> dict[str, dict[str, str]]:
    """A model that detects now and then, a recording and its definition."""
    (tmp_path / "words.wav").write_bytes(wave(made_audio("words", SECONDS)))
    test = {
        "wav_file": "words.wav",
        "sample_rate": RATE_HZ,
        "length_sec": SECONDS,
        "detection_windows": [[0.5, 1.0], [3.4, 4.0]],
    }
    definition = tmp_path / "test.json"
    definition.write_text(json_text([test]))
    return {"models": {"sww": str(model.path)}, "datasets": {"sww": str(definition)}}


@pytest.mark.timed
def test_activations_and_times_are_the_reference_s(
    made_stream: dict[str, Any], model: Model
) -> None:
    with edgebench.rehearse_tiny(["sww"], fast_audio=True, **made_stream) as rehearsal:
        (sww,) = rehearsal.benchmarks
        with BoardHost(sww.interface, timeout_s=60) as host:
            assert host.ask("ls") == ["words.wav"]
            assert "m-model-[sww01]" in host.ask_device("profile")
            found = []
            for _ in range(2):
                host.ask_device("start")
                time.sleep(0.2)
                host.ask("record_detections")
                assert host.ask("play words.wav")[-1] == "succeeded."
                answer = activations(host.ask_device("stop"))
                found.append((answer, heard_detections(host), duty_cycle(host)))
    audio = made_audio("words", SECONDS)
    for outputs, times, (starts, stops) in found:
        # The last 64 ms at most are never sent to the device.
        assert len(audio) / HOP_SAMPLES - len(outputs) < 4
        assert outputs == expected(model, audio)[: len(outputs)]
        above = np.array(outputs) > detected_above(model)
        above[0] = True  # the first frame marks the beginning
        frames = np.flatnonzero(above)
        assert 1 < len(frames) < len(outputs)
        late_ms = np.array(times) - (frames - frames[0]) * FRAME_MS - times[0]
        # Each detection comes after its frame has been computed, which takes less than a hop.
        assert (np.abs(late_ms) < FRAME_MS).all()
        assert len(starts) == len(stops) == 100
        assert set(np.diff(starts).tolist()) <= {3199, 3200, 3201}
        # A fast machine computes a frame within a tick of the board's clock, 10 us.
        widths = stops - starts
        assert (widths >= 0).all() and widths.any()
    assert found[0][0] == found[1][0]


def test_a_recording_that_is_not_there_is_said(made_stream: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "words.wav").unlink()
    with pytest.raises(UsageError, match=r"words\.wav is not there"):
        edgebench.rehearse_tiny(["sww"], **made_stream)
    with pytest.raises(UsageError, match="sww has no packaged model"):
        _ = RehearsalRequest(("sww",), models=made_stream["models"]).chosen


@pytest.mark.timed
@pytest.mark.parametrize("mode", ["p", "e", "a"])
def test_mlcommons_runner_plays_a_recording(
    mode: str, made_stream: dict[str, Any], model: Model
) -> None:
    """Its main.py, unchanged; energy at the recording's pace, the rest faster."""
    tiny = runner_folder().parents[1]
    with edgebench.rehearse_tiny(
        ["sww"], fast_audio=mode != "e", tiny_dir=tiny, **made_stream
    ) as rehearsal:
        (sww,) = rehearsal.benchmarks
        session = run_main(sww.commands[mode], rehearsal.folder)
    (answer,) = session.answers
    outputs = answer["activations"]
    assert outputs == expected(model, made_audio("words", SECONDS))[: len(outputs)]
    assert len(outputs) > 180
    detected = sum(each > detected_above(model) for each in outputs[1:])
    assert len(answer["infer"]["detections"]) == 1 + detected
    assert re.search(
        r"^Accuracy: \d True positives, \d False negatives, \d+ False", session.results, re.M
    )
    assert answer["dutycycle"]["period"] == pytest.approx(0.032, rel=1e-3)
    assert "Frame period variation" not in session.log
    if mode == "e":
        (_, start), (_, end) = answer["power"]["timestamps"][-2:]
        assert (end - start) / 1e3 == pytest.approx(SECONDS, abs=2.0)
        assert re.search(r"^Median energy cost is [\d.]+ uJ/inf\.$", session.results, re.M)


def test_the_official_model_on_the_official_recording(tiny: Path) -> None:
    """What MLCommons' own README says of it: two words found, one missed."""
    source = runner_folder().parents[1]
    with edgebench.rehearse_tiny(
        ["sww"],
        models={"sww": str(tiny / "models/str_ww_ref_model.tflite")},
        datasets={"sww": str(tiny / "sww01/sww_short_test.json")},
        fast_audio=True,
        tiny_dir=source,
    ) as rehearsal:
        found = run_main(rehearsal.benchmarks[0].commands["p"], rehearsal.folder)
    assert "Accuracy: 2 True positives, 1 False negatives, 0 False positives" in found.results
