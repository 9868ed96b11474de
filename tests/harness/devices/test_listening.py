"""MLPerf Tiny's streaming test on an emulated device that an emulated interface board plays to."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgebench.errors import (
    DatasetInvalid,
    DeviceFailed,
    DeviceMismatch,
    Interrupted,
    ResumeMismatch,
    UsageError,
)
from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.progress import Silent
from edgebench.harness.request import request_of
from edgebench.harness.run.interrupted import moved
from edgebench.harness.run.listening import MOST_STEPS, listening_warnings
from edgebench.harness.run.prepare import prepare
from edgebench.harness.run.run_record import check_same, start_record_for
from edgebench.harness.run.session import resume, run_request
from edgebench.mlperf.tiny.detections import duty_cycle_of
from edgebench.mlperf.tiny.results import read_tiny
from edgebench.mlperf.tiny.stream_files import StreamRun
from edgebench.mlperf.tiny.stream_test import StreamTest
from edgebench.power.traces.formats.npz import load_trace
from edgebench.rundir.reader import Run, read_run
from edgebench.rundir.records.stream import DetectionsRecord, FrameTimesRecord, StreamRecord
from edgebench.rundir.records.sut import SutDescription
from edgebench.runtime_settings import RuntimeSettings
from edgebench.virtual.meters.kinds import kinds
from tests.datasets.made_audio import write_wav, write_words
from tests.device.scripted_board import PASSED, scripted
from tests.models.made_models import dense_model
from tests.power.made_meters import STEADY

SECONDS = 2.5
BAUD = 921_600


@pytest.fixture
def listener(tmp_path: Path) -> Path:
    path = tmp_path / "listener.tflite"
    path.write_bytes(dense_model((1200, 3), "int8").to_bytes())
    return path


def listening(model: Path, wav: Path, out: Path, **options: Any) -> Run:
    device = DeviceRequest(f"emulated:{model}", baud=BAUD, interface="emulated")
    request = request_of(stream=str(wav), device=device, pace="accelerated", **options)
    (run,) = run_request(request, out).runs
    return run


def test_one_run_gives_detections_duty_cycle_and_energy(
    listener: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A meter that another process plays is lost when that gets no turn for 0.3 s.
    monkeypatch.setitem(kinds(), STEADY.name, STEADY)
    wav = write_wav(tmp_path / "noise.wav", SECONDS, channels=2)
    write_words(wav, SECONDS, (0.5, 0.9))
    power = {"power": "virtual:steady", "supply_v": 3.0, "idle_s": 0.1}
    run = listening(listener, wav, tmp_path / "runs", **power)
    record, stream = run.record, run.record.stream
    assert record.device is not None
    assert (record.device.model, record.device.is_emulated) == ("sww01", True)
    assert record.state == "complete"
    assert stream is not None
    assert (stream.features_on, stream.pace) == ("device", "accelerated")
    assert stream.timing is not None
    assert 0 < stream.timing.frames <= 100
    assert stream.timing.duty_cycle > 0
    assert stream.detections is not None
    assert stream.detections.words == 1
    folder = run.path / "tiny/streaming"
    (entry,) = json.loads((folder / "results.json").read_text())
    assert entry["infer"]["wav_file"] == "noise.wav"
    assert len(entry["activations"]) == stream.frames
    assert len(entry["dutycycle"]["start_times_s"]) == stream.timing.frames
    # Our own reader finds in the files what the record has.
    read = read_tiny(folder)
    found = read.streaming
    assert found is not None
    assert found.true_positives == 1 - stream.detections.runner_false_negatives
    assert found.false_positives == stream.detections.runner_false_positives
    assert found.duty_cycle == pytest.approx(stream.timing.duty_cycle, rel=1e-3)
    assert "Device model retrieved: sww01" in (folder / "log.txt").read_text()
    assert "play noise.wav%" in (run.path / "transcript.txt").read_text()
    energy, tiny = run.record.energy, run.record.tiny_energy
    assert energy is not None
    assert tiny is not None
    assert energy.problem == ""
    assert energy.inferences == stream.frames
    assert [each.name for each in energy.windows] == ["idle", "trial"]
    (trial,) = tiny.trials
    assert (trial.window_by, trial.inferences) == ("marks", 1)
    assert tiny.uj_per_inference is None
    assert not tiny.valid
    short = ["1 trials are shorter than 10 s"] if trial.elapsed_s < 10 else []
    assert tiny.reason == "; ".join([*short, "the recording was not played at its own pace"])
    assert len(load_trace(folder / "trace.npz").samples) > energy.samples
    assert entry["mode"] == "e"
    assert entry["power"]["voltage"] == 3.0
    (_, start), (_, end) = entry["power"]["timestamps"]
    joules = sum(entry["power"]["samples"][start:end])
    assert trial.energy_j == pytest.approx(joules)
    assert energy.checker_figure == pytest.approx(joules * 1e6)
    # Its window ends at whole milliseconds.
    assert energy.energy_j == pytest.approx(joules, rel=0.05)
    assert read.power_w == pytest.approx(joules / trial.elapsed_s, rel=1e-3)


def test_the_official_runner_states_the_same(listener: Path, tmp_path: Path) -> None:
    """Its own summary of our results.json, against our results.txt."""
    runner = Path(os.environ.get("TINY_DIR", "/nowhere")) / "benchmark/runner"
    if not (runner / "streaming_ww_utils.py").is_file():
        pytest.skip("TINY_DIR names no checkout of github.com/mlcommons/tiny")
    wav = write_wav(tmp_path / "noise.wav", SECONDS, channels=2)
    write_words(wav, SECONDS, (0.5, 0.9))
    folder = listening(listener, wav, tmp_path / "runs").path / "tiny/streaming"
    sys.path.insert(0, str(runner))
    try:
        import streaming_ww_utils as official  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(runner))
    theirs = tmp_path / "results.txt"
    official.summarize_sww_result(
        json.loads((folder / "results.json").read_text()), None, results_file=str(theirs)
    )
    assert (folder / "results.txt").read_text() == theirs.read_text()


def test_a_device_hears_what_the_reference_model_hears(tiny: Path, tmp_path: Path) -> None:
    model = tiny / "models/str_ww_ref_model.tflite"
    run = listening(model, tiny / "sww01/short_wav_easy10s.wav", tmp_path / "runs")
    stream = run.record.stream
    assert stream is not None
    assert stream.detections is not None
    found = stream.detections
    assert (found.words, found.true_positives, found.false_positives) == (3, 2, 0)
    assert stream.activations is not None
    assert stream.activations.frames >= 310
    # The device's features are in fixed point, the model's here in floating point: 183 and 20.
    assert stream.activations.equal > 0.5 * stream.activations.frames
    assert stream.activations.largest_steps <= MOST_STEPS / 2
    assert not any("activations" in each for each in run.record.warnings)
    assert not any("counterpart" in each for each in run.record.warnings)


def test_without_a_definition_nothing_is_played(listener: Path, tmp_path: Path) -> None:
    wav = write_wav(tmp_path / "noise.wav", SECONDS, channels=2)
    with pytest.raises(DatasetInvalid, match="no definition of a test"):
        listening(listener, wav, tmp_path / "runs")


def test_what_the_board_can_t_play_fails_the_run(listener: Path, tmp_path: Path) -> None:
    wav = write_wav(tmp_path / "mono.wav", SECONDS)
    write_words(wav, SECONDS, (0.5, 0.9))
    with pytest.raises(DeviceFailed, match="two 16-bit channels"):
        listening(listener, wav, tmp_path / "runs")
    (left,) = (tmp_path / "runs").glob("*.partial")
    assert "play mono.wav" in (left / "transcript.txt").read_text()
    (event,) = json.loads((left / "run.json").read_text())["events"]
    assert "two 16-bit channels" in event["what"]
    # Another recording of that name is not the one that the run began with.
    write_wav(wav, SECONDS, channels=2)
    with pytest.raises(ResumeMismatch, match="the data's SHA-256 was"):
        resume(tmp_path / "runs")


class CtrlC(Silent):
    """Press it as the recording begins; `left` is what a run that is killed there would leave."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self.left: Mapping[str, Any] = {}

    def stage(self, title: str, seconds: float | None) -> None:
        if title.startswith("playing"):
            (record,) = self._out.glob("*.partial/run.json")
            self.left = json.loads(record.read_text())
            raise KeyboardInterrupt


def test_a_test_that_is_resumed_is_played_from_its_beginning(
    listener: Path, tmp_path: Path
) -> None:
    wav = write_wav(tmp_path / "noise.wav", SECONDS, channels=2)
    write_words(wav, SECONDS, (0.5, 0.9))
    out = tmp_path / "runs"
    device = DeviceRequest(f"emulated:{listener}", baud=BAUD, interface="emulated")
    request = request_of(stream=str(wav), device=device, pace="accelerated")
    with pytest.raises(Interrupted, match=r"kept in .*; go on with `edgebench\.resume"):
        run_request(request, out, ctrl_c := CtrlC(out))
    (left,) = out.glob("*.partial")
    (left / "tiny/streaming/half.txt").write_text("of the first attempt")
    (run,) = resume(out).runs
    assert run.path == left.with_suffix("")
    assert run.record.device is not None
    assert ctrl_c.left["device"]["name"] == run.record.device.name
    assert [each["what"] for each in run.record.events] == ["interrupted by Ctrl-C", "resumed"]
    assert (run.path / "set-aside/tiny-streaming-1/half.txt").is_file()
    undisturbed = listening(listener, wav, tmp_path / "undisturbed")
    found, expected = run.record.stream, undisturbed.record.stream
    assert found is not None
    assert expected is not None
    assert found.detections == expected.detections
    # Moments of detections go by the device's pace: where there were any, they would differ.
    assert found.detected_s == expected.detected_s == ()
    heard = [
        json.loads((each.path / "tiny/streaming/results.json").read_text())[0]["activations"]
        for each in (run, undisturbed)
    ]
    assert heard[0] == heard[1]
    assert not list(out.glob("*.partial"))


def test_a_run_that_was_killed_before_its_device_was_noted_is_of_that_device(
    listener: Path, tmp_path: Path
) -> None:
    wav = write_wav(tmp_path / "noise.wav", SECONDS, channels=2)
    write_words(wav, SECONDS, (0.5, 0.9))
    device = DeviceRequest("/dev/none", interface="/dev/none")
    prepared = prepare(request_of(model=str(listener), stream=str(wav), device=device))
    settings = RuntimeSettings(instance_kind="threads")
    one = SutDescription("one", "serial device", "1", settings, (), "its own")
    run = read_run(start_record_for(tmp_path, "s", prepared, one, "singlestream").path)
    assert run.record.device is None
    check_same(run, prepared, one)
    with pytest.raises(ResumeMismatch, match="the device was one, it is other now"):
        check_same(run, prepared, replace(one, name="other"))


def test_a_device_behind_its_board_moves_with_it() -> None:
    device = DeviceRequest("/dev/a", interface="/dev/a")
    request = request_of(stream="a.wav", device=device)
    found = moved(request, "/dev/b").device
    assert found is not None
    assert (found.port, found.interface) == ("/dev/b", "/dev/b")
    apart = moved(request_of(stream="a.wav", device=replace(device, interface="/dev/c")), "/dev/b")
    assert apart.device is not None
    assert (apart.device.port, apart.device.interface) == ("/dev/b", "/dev/c")


@pytest.mark.parametrize(
    ("device", "options", "message"),
    [
        ({"port": "/dev/ttyX", "interface": "emulated"}, {}, "for an emulated device"),
        ({"port": "emulated:kws", "interface": "/dev/ttyX"}, {}, "`interface=emulated`"),
        ({"port": "/dev/ttyX", "interface": "/dev/ttyX"}, {"stream": None}, "plays a recording"),
        ({"port": "/dev/x", "interface": "/dev/x"}, {"idle_s": 5.0}, "`idle_s` has no effect"),
        ({"port": "/dev/x", "interface": "/dev/x"}, {"duration_s": 5.0}, "`duration_s` has no"),
        ({"port": "/dev/x", "interface": "/dev/x"}, {"modes": ("accuracy",)}, "leave `modes` out"),
        ({"port": "/dev/x", "interface": "/dev/x", "timeout_s": 9.0}, {}, "`timeout_s` has no"),
        ({"port": "/dev/x", "interface": "/dev/x", "fast_baud": 9600}, {}, "`fast_baud` has no"),
        ({"port": "/dev/x", "interface": "/dev/x", "verify": "never"}, {}, "`verify` has no"),
        ({"port": "/dev/x", "interface": "/dev/x", "retries": 0}, {}, "`retries` has no effect"),
        (
            {"port": "emulated:sww", "interface": "emulated", "baud": 4_000_000},
            {},
            "`baud` is 2000000 at most",
        ),
        ({"port": "/dev/x", "interface": "/dev/x", "baud": 3_000_000}, {}, "`baud` is 2000000"),
        (
            {"port": "emulated:sww", "interface": "emulated", "extensions": False},
            {},
            "`extensions` has no effect",
        ),
    ],
)
def test_what_an_interface_board_is_not_for(
    device: Mapping[str, Any], options: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        request_of(device=DeviceRequest(**device), **{"stream": "a.wav", **options})


@pytest.mark.parametrize("name", ["a%b.wav", "Wörter.wav"])
def test_a_name_that_no_command_can_have_is_refused_first(
    listener: Path, tmp_path: Path, name: str
) -> None:
    wav = write_wav(tmp_path / name, SECONDS, channels=2)
    write_words(wav, SECONDS, (0.5, 0.9))
    for stream in (wav, wav.with_suffix(".json")):
        device = DeviceRequest("/dev/none", interface="/dev/none")
        request = request_of(model=str(listener), stream=str(stream), device=device)
        with pytest.raises(DatasetInvalid, match="printable ASCII without %"):
            run_request(request, tmp_path / "runs")


def test_what_falls_short_is_warned_of() -> None:
    test = StreamTest("a.wav", 16_000, 10.0, ((1.0, 1.5),))
    timing = FrameTimesRecord(100, 2, 40_000_000, 9_000_000, 0.3, -0.1, 0.05)
    found = DetectionsRecord(50, 40, 10, 0, 10, 0, 8.0, passed=False)
    record = StreamRecord(
        *("a.wav", 10.0, 300, 32_000_000, 32_000_000, "marvin", 0.95, "real-time", "device"),
        timing=timing,
        detections=found,
    )
    duty = duty_cycle_of([10, 3210, 6410], [1010, 4210, 7410])
    run = StreamRun(test, (0,), duty, (0,) * 300)
    warnings = listening_warnings(record, run, 312)
    for text in ("10 misses", "2 of 100 frames were late", "vary by 5.0%", "300 activations"):
        assert any(text in each for each in warnings), (text, warnings)
    assert not any("activations" in each for each in listening_warnings(record, run, 302))


def test_a_device_of_another_benchmark_is_refused(listener: Path, tmp_path: Path) -> None:
    answers = {
        "name": "tinyML Enhanced Interface Board\r\nm-ready\r\n",
        "setbaud 115200": "set baud to: 115200\nm-ready\r\n",
        "dut name": PASSED + "[dut]: m-name-dut-[x]\r\n[dut]: m-ready\r\n",
        "dut profile": PASSED + "[dut]: m-model-[kws01]\r\n[dut]: m-ready\r\n",
    }
    wav = write_wav(tmp_path / "noise.wav", SECONDS, channels=2)
    write_words(wav, SECONDS, (0.5, 0.9))
    with scripted(answers) as link:
        port = link.port
        link.close()
        request = request_of(
            model=str(listener), stream=str(wav), device=DeviceRequest(port, interface=port)
        )
        with pytest.raises(DeviceMismatch, match="runs kws01, a streaming test is for sww01"):
            run_request(request, tmp_path / "runs")
    assert not list((tmp_path / "runs").glob("*.partial"))
