"""The modes of a serial device's run beyond LoadGen's tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from edgebench.harness.devices.costs.time_estimates import try_estimate
from edgebench.harness.devices.reference.check import check_outputs
from edgebench.harness.devices.rig import DeviceRig, image_record
from edgebench.harness.devices.tiny.windows import measure_windows, write_accuracy_files
from edgebench.harness.loadgen.test_runner import TestRunner
from edgebench.sut.device import Answer

FEW = 5


def measure_tiny(runner: TestRunner, rig: DeviceRig) -> None:
    """Run MLPerf Tiny's windows, and check their outputs if nothing has checked more."""
    record = runner.directory.record
    tiny, outputs = measure_windows(runner, rig)
    record.tiny = tiny
    if rig.image is not None:
        total_us = sum(window.device_us for window in tiny.windows)
        per_inference = total_us / sum(window.inferences for window in tiny.windows)
        board, note = rig.image.board, runner.directory.event
        found = try_estimate(rig.model, board, image=rig.image, on_event=note)
        estimate = found.estimate.record() if found else None
        record.image = image_record(rig.image, per_inference, estimate)
    if record.reference is not None:
        return
    if rig.model.facts.keeps_state:  # a window's last output is of many inferences
        check_few(runner, rig)
    else:
        record.reference = check_outputs(rig.model, runner.dataset, rig.sut, outputs)


def check_few(runner: TestRunner, rig: DeviceRig) -> None:
    """Check the outputs of a few samples, where neither accuracy nor windows have any."""
    count = min(FEW, runner.dataset.count)
    outputs: dict[int, bytes] = {}
    with rig.sut.sequence.followed():
        for index in range(count):
            rig.sut.load({index: runner.dataset.sample(index)})
            inference = rig.sut.infer([index])
            outputs[index] = inference.outputs.reshape(-1)[: inference.stride].tobytes()
            rig.sut.unload([index])
    rig.sut.unload(range(count))
    record = runner.directory.record
    record.reference = check_outputs(rig.model, runner.dataset, rig.sut, outputs)


@contextmanager
def kept_answers(runner: TestRunner, rig: DeviceRig) -> Iterator[dict[int, Answer]]:
    """Keep the answers of an accuracy run as they come, and go on where a former one stopped."""
    answers = rig.keep_answers(runner.directory)
    if answers:
        runner.directory.event(f"accuracy goes on: {len(answers)} answers are kept from before")
    try:
        if rig.sut.sequence.can_follow:
            _answer_in_order(runner, rig)
        yield answers
    finally:
        rig.stop_keeping()


def _answer_in_order(runner: TestRunner, rig: DeviceRig) -> None:
    """Run all samples of a sequence, before LoadGen asks for them in an order of its own."""
    count = runner.dataset.count
    with rig.sut.sequence.followed():
        for index in range(count):
            rig.sut.load({index: runner.dataset.sample(index)})
            rig.sut.infer([index])
            rig.sut.unload([index])
    rig.sut.unload(range(count))


def finish_accuracy(runner: TestRunner, rig: DeviceRig, answers: dict[int, Answer]) -> None:
    """Write MLPerf Tiny's accuracy files, and check every output."""
    record = runner.directory.record
    if record.accuracy is not None:
        write_accuracy_files(runner, rig, answers, record.accuracy)
    outputs = {index: answer.output for index, answer in answers.items()}
    record.reference = check_outputs(rig.model, runner.dataset, rig.sut, outputs)
