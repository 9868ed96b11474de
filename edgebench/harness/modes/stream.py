"""A stream as a SingleStream test: each query is the next frame, with a deadline.

MLPerf Tiny takes speed and accuracy of a stream from one run; here, what was detected is known
from the frames of the performance test, and again from LoadGen's own accuracy log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.stream import HOP_NS, AudioStream
from edgebench.errors import LogInvalid
from edgebench.files.disk import disk_errors
from edgebench.harness.loadgen.calibrate import Calibration
from edgebench.harness.loadgen.test_runner import TestRunner
from edgebench.harness.modes.performance import measure_test
from edgebench.mlperf.loadgen.accuracy import read_answers
from edgebench.mlperf.loadgen.detail import ACCURACY_FILE
from edgebench.mlperf.scenarios import OFFICIAL_DURATION_MS, SINGLESTREAM_QUERIES
from edgebench.mlperf.tiny.detections import RUNNER_RULE, STATED_RULE, score_detections
from edgebench.mlperf.tiny.stream_test import StreamTest
from edgebench.mlperf.tiny.tree import MOST_FALSE_DETECTIONS
from edgebench.rundir.contents.times import write_times
from edgebench.rundir.layout import ACCURACY, PERFORMANCE
from edgebench.rundir.records.run import PerformanceRecord
from edgebench.rundir.records.stream import DetectionsRecord, FrameTimesRecord, StreamRecord
from edgebench.sut.contract import SystemUnderTest
from edgebench.sut.stream import FrameTimes, StreamSut

SHORTEST_MS = 1
"""Without a duration a test has every frame once."""


def measure_stream(runner: TestRunner) -> PerformanceRecord:
    """Stream a recording through LoadGen's performance test, and record how frames kept up.

    Raises
    ------
    EdgebenchError
        As `TestRunner.run`.
    """
    stream = stream_of(runner)
    is_paced = runner.request.pace == "real-time"
    deadline_ns = round(stream.spec.deadline_ms * 1e6)
    times = FrameTimes(deadline_ns, HOP_NS if is_paced else None)
    calibration = Calibration(HOP_NS, 1e9 / HOP_NS) if is_paced else runner.calibration
    with StreamSut(runner.sut, stream, times) as fed:
        live = replace(
            runner,
            sut=fed,
            calibration=calibration,
            # A short recording is heard again: LoadGen needs so many for a percentile.
            conf={"min_query_count": max(stream.count, SINGLESTREAM_QUERIES)},
            pace=times.wait,
        )
        measured = measure_test(live, PERFORMANCE, duration_ms=_duration_ms(runner))
        folder = runner.directory.path / PERFORMANCE
        with disk_errors(folder):
            write_times(folder, measured.times)
        if not fed.lane.is_heard:
            raise LogInvalid(f"{folder}: LoadGen ended before every frame had been heard")
    result = measured.record
    timing = FrameTimesRecord(
        frames=times.count,
        late=times.late,
        worst_ns=times.worst_ns,
        mean_ns=times.total_ns // times.count,
        duty_cycle=times.total_ns / times.count / HOP_NS,
        headroom=1 - _p99_ns(result) / deadline_ns,
        period_variation=times.period_variation,
    )
    runner.directory.record.stream = replace(
        _heard(runner, stream, fed.lane.answers, runner.directory.record.stream), timing=timing
    )
    return result


def score_stream(runner: TestRunner) -> None:
    """Record what LoadGen's accuracy log says of a stream's words.

    Raises
    ------
    LogInvalid
        If a frame is missing from the log.
    """
    stream, path = stream_of(runner), runner.directory.path / ACCURACY / ACCURACY_FILE
    answers: list[bytes | None] = [None] * stream.count
    for answer in read_answers(path):
        if not 0 <= answer.sample_index < stream.count:
            raise LogInvalid(f"{path}: there is no frame {answer.sample_index}")
        answers[answer.sample_index] = answer.data
    known = [each for each in answers if each is not None]
    if len(known) != stream.count:
        raise LogInvalid(
            f"{path}: {stream.count - len(known)} of {stream.count} frames are missing"
        )
    before = runner.directory.record.stream
    runner.directory.record.stream = _heard(runner, stream, known, before)


def stream_of(runner: TestRunner) -> AudioStream:
    """Return the stream of a run that has one."""
    if runner.dataset.stream is None:
        raise ValueError(f"{runner.dataset.name} is no stream")
    return runner.dataset.stream


def _p99_ns(result: PerformanceRecord) -> int:
    """Return the 99th percentile by the clock that is next to the model."""
    timed = result.device_timed
    return timed.latency_ns["p99"] if timed else result.latency_ns["p99"]


def _duration_ms(runner: TestRunner) -> int:
    if runner.request.official:
        return OFFICIAL_DURATION_MS
    return max(SHORTEST_MS, round((runner.request.duration_s or 0) * 1000))


def _heard(
    runner: TestRunner, stream: AudioStream, answers: Sequence[bytes], before: StreamRecord | None
) -> StreamRecord:
    """Return the record of answers; ``before`` is that of the run's other mode, if any."""
    spec = stream.spec
    detected = detected_frames(runner.sut, answers, spec.output, spec.threshold)
    digest = hashlib.sha256(b"".join(answers)).hexdigest()
    return StreamRecord(
        wav=stream.recording.path.name,
        length_s=stream.recording.length_s,
        frames=stream.count,
        hop_ns=HOP_NS,
        deadline_ns=round(spec.deadline_ms * 1e6),
        word=spec.word,
        threshold=spec.threshold,
        pace=runner.request.pace,
        features_on="host",
        timing=before.timing if before else None,
        detected_s=tuple(frame * HOP_NS / 1e9 for frame in detected),
        detections=detections_of(
            stream.test,
            # The first frame marks the beginning, as the reference firmware's first pulse does.
            [0, *(round(frame * HOP_NS / 1e6) for frame in detected if frame)],
        ),
        answers_sha256=digest,
        answers_are_equal=digest == before.answers_sha256 if before else None,
    )


def detected_frames(
    sut: SystemUnderTest, answers: Sequence[bytes], output: int, threshold: float
) -> list[int]:
    """Return the frames whose answer says that the word was there.

    Raises
    ------
    LogInvalid
        If an answer has no such value.
    """
    values: NDArray[np.float32] = np.array([_value(sut, each, output) for each in answers])
    return [int(each) for each in np.flatnonzero(values > threshold)]


def _value(sut: SystemUnderTest, answer: bytes, output: int) -> float:
    values = sut.decode(answer)[0].reshape(-1)
    if output >= values.size:
        raise LogInvalid(
            f"the model answers with {values.size} values: its card's `stream.output` is {output}"
        )
    return float(values[output])


def detections_of(test: StreamTest | None, stamps: Sequence[int]) -> DetectionsRecord | None:
    """Return the record of a test's words; None where there is no test.

    Parameters
    ----------
    stamps
        When the word was detected, in ms; the first marks the beginning.

    Raises
    ------
    LogInvalid
        If nothing marks it.
    """
    if test is None:
        return None
    windows = test.detection_windows
    stated = score_detections(stamps, windows, STATED_RULE)
    by_runner = score_detections(stamps, windows, RUNNER_RULE)
    return DetectionsRecord(
        words=len(windows),
        true_positives=len(stated.true_positives_s),
        false_negatives=len(stated.false_negatives_s),
        false_positives=len(stated.false_positives_s),
        runner_false_negatives=len(by_runner.false_negatives_s),
        runner_false_positives=len(by_runner.false_positives_s),
        target=MOST_FALSE_DETECTIONS,
        passed=stated.within(MOST_FALSE_DETECTIONS),
    )
