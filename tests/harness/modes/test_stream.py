"""Audio streamed to a model by LoadGen: one query per frame, each with a deadline."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from edgebench.cli.tables.runs.runs import print_runs
from edgebench.datasets.stream import HOP_NS, StreamSpec, WindowShape, stream_dataset
from edgebench.errors import (
    DatasetInvalid,
    DatasetMismatch,
    DatasetNotFound,
    ModelNotFound,
    UsageError,
)
from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.request import request_from_json, request_of
from edgebench.harness.run.session import run_request
from edgebench.mlperf.loadgen.accuracy import read_answers
from edgebench.mlperf.loadgen.detail import ACCURACY_FILE, DETAIL_FILE, read_detail
from edgebench.results.comparison.side_by_side import compare_results
from edgebench.results.sources.from_published import Filter
from edgebench.results.summary.columns import flat
from edgebench.results.summary.summarize import summarize
from edgebench.rundir.reader import Run
from edgebench.rundir.records.stream import StreamRecord
from tests.datasets.made_audio import write_wav, write_words
from tests.models.made_models import dense_model

SECONDS = 2.4
FRAMES = 75


@pytest.fixture
def listener(tmp_path: Path) -> Path:
    """A model of the shape of MLPerf Tiny's that has learnt nothing."""
    path = tmp_path / "listener.tflite"
    path.write_bytes(dense_model((1200, 3), "int8").to_bytes())
    return path


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    (tmp_path / "audio").mkdir()
    return write_wav(tmp_path / "audio/noise.wav", SECONDS)


def stream(model: Path | str, audio: Path, out: Path, **options: Any) -> Run:
    asked = {"warmup_s": 0.05, "pace": "accelerated", **options}
    (run,) = run_request(request_of(model=str(model), stream=str(audio), **asked), out).runs
    return run


def streamed(run: Run) -> StreamRecord:
    assert run.record.stream is not None
    return run.record.stream


def test_every_frame_is_a_query_of_loadgen(listener: Path, wav: Path, tmp_path: Path) -> None:
    write_words(wav, SECONDS, (0.5, 0.9))
    run = stream(listener, wav, tmp_path / "runs")
    record, performance = streamed(run), run.record.performance
    assert performance is not None
    assert performance.valid
    assert performance.query_count == record.frames == FRAMES
    detail = read_detail(run.path / "performance" / DETAIL_FILE).values
    assert detail["generated_query_count"] >= FRAMES
    answers = list(read_answers(run.path / "accuracy" / ACCURACY_FILE))
    assert {each.sample_index for each in answers} == set(range(FRAMES))
    assert record.pace == "accelerated"
    assert record.timing is not None
    assert (record.timing.frames, record.timing.period_variation) == (FRAMES, None)
    assert 0 < record.timing.duty_cycle == pytest.approx(record.timing.mean_ns / HOP_NS, rel=1e-3)
    assert record.timing.headroom < 1
    assert performance.overhead.invoke_p50_ns > 0
    # What came as a stream is what LoadGen's accuracy log has, frame by frame.
    assert record.answers_are_equal is True
    assert record.detections is not None
    assert record.detections.words == 1
    assert record.detections.true_positives + record.detections.false_negatives == 1


@pytest.mark.timed
def test_a_stream_in_real_time_takes_as_long_as_it_lasts(
    listener: Path, wav: Path, tmp_path: Path
) -> None:
    run = stream(listener, wav, tmp_path / "runs", pace="real-time", modes=("performance",))
    record, performance = streamed(run), run.record.performance
    assert performance is not None
    assert performance.duration_s >= (FRAMES - 1) * HOP_NS / 1e9
    # The wait for the next frame is no part of a frame's latency.
    assert performance.latency_ns["p50"] < HOP_NS / 2
    assert record.timing is not None
    assert record.timing.period_variation is not None
    assert record.answers_are_equal is None
    assert record.detections is None


def test_a_longer_test_hears_the_stream_again(listener: Path, wav: Path, tmp_path: Path) -> None:
    write_words(wav, SECONDS, (0.5, 0.9))
    run = stream(listener, wav, tmp_path / "runs", duration_s=0.5)
    assert run.record.performance is not None
    assert run.record.performance.query_count > FRAMES
    assert streamed(run).answers_are_equal is True
    short = stream(listener, write_wav(tmp_path / "short.wav", 0.1), tmp_path / "short")
    assert short.record.performance is not None
    assert short.record.performance.valid
    assert (streamed(short).frames, short.record.performance.query_count) == (3, 64)


def test_a_float_model_hears_the_same_frames(wav: Path, tmp_path: Path) -> None:
    path = tmp_path / "float.tflite"
    path.write_bytes(dense_model((400, 2)).to_bytes())
    assert streamed(stream(path, wav, tmp_path / "runs")).answers_are_equal is None
    write_words(wav, SECONDS, (0.1, 0.2))
    assert streamed(stream(path, wav, tmp_path / "again")).answers_are_equal is True


def test_tables_report_and_comparison_show_a_stream(
    listener: Path,
    wav: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Numbers of a slow machine are wide, and would break words in a narrow table.
    monkeypatch.setenv("COLUMNS", "200")
    write_words(wav, SECONDS, (0.5, 0.9))
    run = stream(listener, wav, tmp_path / "runs")
    print_runs([run])
    shown = " ".join(capsys.readouterr().out.split())
    timing = streamed(run).timing
    assert timing is not None
    for text in (
        "stream",
        "headroom",
        f"{timing.late} late",
        "accelerated",
        "duty cycle",
        "FN ",
        "FP ",
    ):
        assert text in shown
    (row,) = summarize([run.path]).rows
    values = flat(row)
    assert (values["stream_pace"], values["stream_frames"]) == ("accelerated", FRAMES)
    assert values["words"] == 1
    compared = compare_results([run.path], [], Filter(), 20)
    assert any("frames late, duty cycle" in each for each in compared.caveats)
    pytest.importorskip("matplotlib")
    from edgebench.results.report.page import write_report

    page = tmp_path / "report.html"
    write_report([run.path], page)
    assert "Stream: frames" in page.read_text()


def test_a_request_of_a_stream_is_written_and_read(wav: Path) -> None:
    asked = request_of(stream=str(wav), pace="accelerated")
    assert asked.scenarios == ("singlestream",)
    assert request_from_json(json.loads(json.dumps(asked.to_json()))) == asked


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stream": None}, "`pace` is for audio"),
        ({"scenarios": ("offline",)}, "`scenarios` is not for a `stream`"),
        ({"dataset": "kws"}, "`dataset` is not for a `stream`"),
        ({"query_size": "4"}, "`query_size` is not for a `stream`"),
        ({"modes": ("compliance",)}, "`modes` is not for a `stream`"),
        ({"batch": 4}, "`batch` is not for a `stream`"),
        ({"instances": 2}, "`instances` is not for a `stream`"),
        ({"official": True}, "an `official` stream is heard in real time"),
        ({"pace": "slow"}, "`pace`: unknown value 'slow'"),
    ],
)
def test_what_a_stream_can_t_be_asked_for(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        request_of(**{"stream": "a.wav", "pace": "accelerated", **options})


def test_a_model_of_another_task_hears_no_stream(wav: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetMismatch, match="kws-ds-cnn is for keyword spotting"):
        stream("kws-ds-cnn", wav, tmp_path / "runs")
    path = tmp_path / "narrow.tflite"
    path.write_bytes(dense_model((50, 3), "int8").to_bytes())
    with pytest.raises(DatasetMismatch, match="no frames of 40 log-mel energies"):
        stream(path, wav, tmp_path / "runs")


def test_recordings_that_can_t_be_streamed_are_named(listener: Path, tmp_path: Path) -> None:
    cases = (
        (write_wav(tmp_path / "slow.wav", 1.0, rate_hz=8000), "its rate is 8,000 Hz"),
        (write_wav(tmp_path / "wide.wav", 1.0, sample_bytes=4), "have 32 bits"),
        (write_wav(tmp_path / "short.wav", 0.03), "shorter than one frame"),
        (write_wav(tmp_path / "empty.wav", 0.0), "no audio in it"),
    )
    (tmp_path / "text.wav").write_text("no audio\n")
    for path, message in (*cases, (tmp_path / "text.wav", "no WAV file of 16-bit PCM")):
        with pytest.raises(DatasetInvalid, match=message):
            stream(listener, path, tmp_path / "runs")
    with pytest.raises(DatasetNotFound, match="there is no such file"):
        stream(listener, tmp_path / "none.wav", tmp_path / "runs")


def test_a_definition_is_named_or_found_next_to_its_recording(
    listener: Path, wav: Path, tmp_path: Path
) -> None:
    definition = write_words(wav, SECONDS, (0.5, 0.9), (1.2, 1.3))
    (wav.parent / "other.json").write_text('{"rows": 3}')
    for path in (wav, definition):
        found = streamed(stream(listener, path, tmp_path / path.name, modes=("performance",)))
        assert found.detections is not None
        assert found.detections.words == 2
    second = wav.with_name("second.json")
    second.write_text(definition.read_text().replace("1.3", "1.4"))
    with pytest.raises(DatasetInvalid, match=r"noise\.json and second\.json"):
        stream(listener, wav, tmp_path / "runs")
    write_words(wav, 9.0, (0.5, 0.9))
    with pytest.raises(DatasetInvalid, match=r"lasts 2\.40 s, its test says 9\.00"):
        stream(listener, definition, tmp_path / "runs")


def test_results_of_a_stream_next_to_it_are_no_definition(tmp_path: Path) -> None:
    wav = write_wav(tmp_path / "noise.wav", 1.0)
    definition = write_words(wav, 1.0, (0.2, 0.4))
    (test,) = json.loads(definition.read_text())
    (tmp_path / "results.json").write_text(json.dumps([{"infer": test, "activations": [1]}]))
    dataset = stream_dataset(wav, StreamSpec(), WindowShape((30, 40), None))
    assert dataset.stream is not None
    assert dataset.stream.test is not None
    (tmp_path / "broken.json").write_text('[{"detection_windows": [[0.1, 0.2]], "wav_file": 3}]')
    with pytest.raises(DatasetInvalid, match=r"broken\.json, test 1: `wav_file` must be a string"):
        stream_dataset(wav, StreamSpec(), WindowShape((30, 40), None))


def test_a_file_next_to_a_stream_that_can_t_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wav = write_wav(tmp_path / "noise.wav", 1.0)
    other = tmp_path / "other.json"
    other.write_text("{}")
    whole = Path.open

    def refuse(path: Path, *args: Any, **options: Any) -> Any:
        if path == other:
            raise PermissionError(13, "Permission denied", str(path))
        return whole(path, *args, **options)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DatasetInvalid, match=r"other\.json: can't be read: Permission denied"):
        stream_dataset(wav, StreamSpec(), WindowShape((30, 40), None))


def test_of_two_channels_the_first_is_heard(listener: Path, tmp_path: Path) -> None:
    mono = write_wav(tmp_path / "mono.wav", 1.0)
    stereo = write_wav(tmp_path / "stereo.wav", 1.0, channels=2)
    one, two = (
        streamed(stream(listener, each, tmp_path / each.stem, modes=("performance",)))
        for each in (mono, stereo)
    )
    assert one.answers_sha256 == two.answers_sha256


def test_a_device_answers_frames_by_its_own_clock(tmp_path: Path, wav: Path) -> None:
    path = tmp_path / "small.tflite"
    path.write_bytes(dense_model((400, 2), "int8").to_bytes())
    write_words(wav, SECONDS, (0.5, 0.9))
    here = streamed(stream(path, wav, tmp_path / "here", modes=("performance",)))
    device = DeviceRequest(f"emulated:{path}", baud=921_600)
    run = stream(path, wav, tmp_path / "runs", device=device, pace=None, duration_s=0.1)
    record, timed = streamed(run), run.record.device_timed
    assert (record.pace, record.features_on) == ("accelerated", "host")
    # Its C computes what the interpreter does here, for every frame.
    assert record.answers_sha256 == here.answers_sha256
    assert record.answers_are_equal is True
    assert timed is not None
    assert record.timing is not None
    assert record.timing.headroom == 1 - timed.latency_ns["p99"] / record.deadline_ns
    assert (run.path / "device_timed" / DETAIL_FILE).is_file()
    with pytest.raises(UsageError, match="no audio in real time"):
        request_of(stream=str(wav), device=device, pace="real-time")


def test_the_packaged_card_is_of_a_file_that_is_pulled(
    wav: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(ModelNotFound, match="`edgebench pull mlperf-tiny/sww` fetches it"):
        stream("sww", wav, tmp_path / "runs")


def test_the_reference_model_hears_two_of_three_words(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As MLCommons says of it and this recording."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "cache/edgebench/pull/mlperf-tiny/sww"
    folder.mkdir(parents=True)
    shutil.copy(tiny / "models/str_ww_ref_model.tflite", folder)
    run = stream("sww", tiny / "sww01/short_wav_easy10s.wav", tmp_path / "runs")
    record = streamed(run)
    assert record.word == "marvin"
    assert record.answers_are_equal is True
    found = record.detections
    assert found is not None
    assert (found.words, found.true_positives, found.false_positives) == (3, 2, 0)
    assert (found.runner_false_negatives, found.runner_false_positives) == (1, 0)
    assert found.passed is True


def test_the_command_streams_and_refuses(listener: Path, wav: Path) -> None:
    from edgebench.cli.commands.runs.run import command

    asked = [str(listener), "--stream", str(wav), "--pace", "accelerated", "--warmup", "0.05"]
    done = CliRunner().invoke(command, asked, standalone_mode=False)
    assert (done.exception, done.return_value) == (None, 0)
    refused = CliRunner().invoke(command, [*asked, "--scenario", "offline"], standalone_mode=False)
    assert isinstance(refused.exception, UsageError)


def test_a_target_that_is_missed_is_warned_of(wav: Path, tmp_path: Path) -> None:
    made = dense_model((400, 2))
    deaf = [
        replace(each, values=np.zeros((2, 400))) if each.name.endswith("/w") else each
        for each in made.tensors
    ]
    path = tmp_path / "deaf.tflite"
    path.write_bytes(replace(made, tensors=deaf).to_bytes())
    write_words(wav, SECONDS, *((0.1 * each, 0.1 * each + 0.05) for each in range(1, 11)))
    run = stream(path, wav, tmp_path / "runs", modes=("performance",))
    found = streamed(run).detections
    assert found is not None
    assert (found.false_negatives, found.false_positives, found.passed) == (10, 0, False)
    assert "10 misses and 0 false alarms: the target is 8 of each" in run.record.warnings
