"""Run MLPerf Tiny's streaming test: a device that listens to what its interface board plays.

The official runner's procedure: the device listens, the board plays the recording and notes the
device's pins, and from that one run come detections and duty cycle, and with a meter the energy.
Source: mlcommons/tiny, benchmark/runner.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edgebench.clock import utc_now
from edgebench.datasets.stream import HOP_NS, AudioStream
from edgebench.device.protocol import command
from edgebench.device_place import EmulatedDevice
from edgebench.errors import DatasetInvalid, UsageError
from edgebench.files.disk import disk_errors
from edgebench.harness.devices.listening_rig import ListeningRig
from edgebench.harness.modes.stream import detections_of
from edgebench.harness.progress import Progress
from edgebench.harness.request import RunRequest
from edgebench.harness.run.prepare import Prepared
from edgebench.harness.run.run_record import check_same, start_record_for
from edgebench.harness.run.warnings import stream_warnings
from edgebench.host.facts import host_facts
from edgebench.host.state import host_state
from edgebench.mlperf.tiny.detections import DutyCycle
from edgebench.mlperf.tiny.stream_files import StreamRun, write_stream_run
from edgebench.mlperf.tiny.stream_test import StreamTest
from edgebench.rundir.layout import STREAMING, TINY, TRANSCRIPT, session_name
from edgebench.rundir.reader import Run
from edgebench.rundir.records.stream import ActivationsRecord, FrameTimesRecord, StreamRecord
from edgebench.rundir.records.sut import SutDescription
from edgebench.rundir.writer import RunDirectory
from edgebench.runtime_settings import RuntimeSettings
from edgebench.text.printable import excerpt

if TYPE_CHECKING:
    from edgebench.harness.devices.tiny.stream_energy import StreamEnergy
    from edgebench.power.contract import PowerMeter

MOST_STEPS = 60
UNPLAYED_FRAMES = 3
"""The end of a recording that the board does not play, at most."""
CUT_OFF = 2
"""Starts and stops of the frames that were under way when the recording of pins began and ended."""
CARD = "sww"
"""The card of MLPerf Tiny's own model, which a device has unless another is named."""


def listening_model(request: RunRequest) -> RunRequest:
    """Return a request with the model that an emulated device has, if none is named."""
    asked = request.device
    if request.model is not None or asked is None:
        return request
    place = asked.place
    return replace(request, model=place.model if isinstance(place, EmulatedDevice) else CARD)


def run_listening(
    prepared: Prepared,
    out: Path,
    directories: list[RunDirectory],
    progress: Progress,
    meter: PowerMeter | None = None,
    marker: Path | None = None,
    interrupted: Run | None = None,
) -> Path:
    """Run a streaming test on a device; return the run directory.

    Parameters
    ----------
    directories
        The run's directory is added to it when it is made.
    marker
        What an emulated device's marker pin is wired to.
    interrupted
        The run to go on with: its recording is played from the beginning, and what the earlier
        attempt left is set aside.

    Raises
    ------
    DatasetInvalid
        If the recording has no definition of its test, or a name that no command can have.
    ResumeMismatch
        If the device, the model or the recording of the interrupted run was another.
    EdgebenchError
        If the device or the board fails; nothing is kept then but the transcript.
    """
    request, stream = prepared.request, prepared.dataset.stream
    if request.device is None or stream is None:
        raise UsageError("a streaming test needs a `device` and a `stream`", field="device")
    if stream.test is None:
        raise DatasetInvalid(
            f"{stream.recording.path}: no definition of a test lies in its folder: the official "
            "ones have `wav_file` and `detection_windows`"
        )
    _check_name(stream.test.wav_file)
    with ExitStack() as stack:
        progress.stage(f"opening {request.device.port}", 1.0)
        rig = ListeningRig(
            request.device,
            stack,
            prepared.model,
            stream.recording.path,
            is_fast=request.pace == "accelerated",
            marker=marker,
        )
        progress.advance(1.0)
        named = replace(prepared, runtime=rig.description.name)
        directory = _directory(out, named, rig.description, interrupted)
        directories.append(directory)
        rig.transcript.write_to(directory.path / TRANSCRIPT)
        directory.record.device = rig.record()
        directory.save()
        facts, before = host_facts(), host_state()
        folder = directory.folder(TINY, STREAMING)
        progress.stage(f"playing {stream.test.wav_file}", stream.test.length_sec)
        run, energy = _heard(rig, stream.test, request, meter, folder)
        progress.advance(1.0)
        power = None if energy is None else energy.logged(request.supply_v)
        with disk_errors(folder):
            write_stream_run(folder, rig.head(), run, utc_now(), power)
        directory.record.stream = _stream_record(prepared, stream, run)
        if energy is not None:
            frame_s = run.duty.processing_s
            directory.record.energy = energy.record(directory.record.stream.frames, frame_s)
            directory.record.tiny_energy = energy.tiny_record(request.pace)
        directory.record.warnings = listening_warnings(directory.record.stream, run, stream.count)
        directory.save_system(facts, before, host_state())
        return directory.finish()


def _heard(
    rig: ListeningRig,
    test: StreamTest,
    request: RunRequest,
    meter: PowerMeter | None,
    folder: Path,
) -> tuple[StreamRun, StreamEnergy | None]:
    """Run the test, with a meter if there is one."""
    if meter is None:
        return rig.run(test).run, None
    # Without a meter nothing of it is needed.
    from edgebench.harness.devices.tiny.stream_energy import metered_stream

    rig.device.quiet()
    heard, energy = metered_stream(meter, request.idle_s, folder, partial(rig.run, test))
    return heard.run, energy


def _directory(
    out: Path, prepared: Prepared, device: SutDescription, interrupted: Run | None
) -> RunDirectory:
    """Make the run's directory, or take that of the interrupted run if all is as it was then."""
    if interrupted is None:
        session = session_name(out, utc_now())
        return start_record_for(out, session, prepared, device, "singlestream")
    check_same(interrupted, prepared, device)
    directory = RunDirectory(interrupted.path, interrupted.record)
    directory.event("resumed")
    return directory


def _stream_record(prepared: Prepared, stream: AudioStream, run: StreamRun) -> StreamRecord:
    stamps = run.detections_ms
    found, duty = detections_of(stream.test, stamps), run.duty
    deadline_ns = round(stream.spec.deadline_ms * 1e6)
    return StreamRecord(
        wav=run.test.wav_file,
        length_s=stream.recording.length_s,
        frames=len(run.activations) or stream.count,
        hop_ns=HOP_NS,
        deadline_ns=deadline_ns,
        word=stream.spec.word,
        threshold=stream.spec.threshold,
        pace=prepared.request.pace,
        features_on="device",
        timing=_timing(duty, deadline_ns),
        detected_s=tuple((each - stamps[0]) / 1000 for each in stamps[1:]),
        detections=found,
        activations=_compared(prepared, stream, run.activations),
    )


def _compared(
    prepared: Prepared, stream: AudioStream, activations: Sequence[int]
) -> ActivationsRecord | None:
    """Compare activations with those of the model on this machine.

    Features in fixed point may differ by a step of the input, and the model makes more of that
    where it is undecided.
    """
    tensor = prepared.model.facts.outputs[0]
    count = min(len(activations), stream.count)
    if not count or tensor.type_name != "INT8":
        return None
    with prepared.factory(prepared.model, RuntimeSettings(runtime=prepared.runtime)) as sut:
        lane, place = sut.lanes[0], stream.spec.output
        ours = np.zeros(count, np.int64)
        for index in range(count):
            sut.load({index: prepared.dataset.sample(index)})
            ours[index] = lane.infer((index,)).outputs.reshape(-1).view(np.int8)[place]
            sut.unload((index,))
    steps = np.abs(ours - np.asarray(activations[:count]))
    return ActivationsRecord(
        frames=count,
        equal=int(np.count_nonzero(steps == 0)),
        largest_steps=int(steps.max()),
        runtime=prepared.runtime,
    )


def _timing(duty: DutyCycle, deadline_ns: int) -> FrameTimesRecord:
    took_ns = np.round(np.subtract(duty.stops_s, duty.starts_s) * 1e9).astype(np.int64)
    return FrameTimesRecord(
        frames=took_ns.size,
        late=int(np.count_nonzero(took_ns > deadline_ns)),
        worst_ns=int(took_ns.max()),
        mean_ns=int(took_ns.mean()),
        duty_cycle=duty.duty_cycle,
        headroom=1 - float(np.quantile(took_ns, 0.99, method="higher")) / deadline_ns,
        period_variation=duty.period_variation,
    )


def _check_name(wav_file: str) -> None:
    try:
        command("play", wav_file)
    except ValueError as error:
        raise DatasetInvalid(
            f"{excerpt(wav_file)!r}: the interface board can't be asked for a file of that name; "
            "rename it, on the board's card too, to printable ASCII without %"
        ) from error


def listening_warnings(stream: StreamRecord, run: StreamRun, frames: int) -> list[str]:
    """Return the warnings of a run on a recording of so many frames, worst first."""
    found, activations = list(stream_warnings(stream)), len(run.activations)
    if not activations:
        found.append("the device gave no activations: what it computed is not known")
    elif abs(activations - frames) > UNPLAYED_FRAMES:
        found.append(
            f"the device has {activations:,} activations, the recording {frames:,} frames: some "
            "were lost, or it heard something else too"
        )
    if run.duty.unpaired > CUT_OFF:
        found.append(f"{run.duty.unpaired} starts or stops of processing have no counterpart")
    compared = stream.activations
    if compared is not None and compared.largest_steps > MOST_STEPS:
        found.append(
            f"{compared.frames - compared.equal:,} of {compared.frames:,} activations are not the "
            f"model's, by up to {compared.largest_steps} steps: does the device hear other audio?"
        )
    return found
