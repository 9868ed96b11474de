"""Instructions of an inference counted by a plug-in of the emulator, and what is made of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edgebench.boards.card import board_card
from edgebench.device.client import Device
from edgebench.device.port.link import Link
from edgebench.errors import DiskFull, EdgebenchError, UsageError
from edgebench.firmware.building.image import ImageOptions, build_image
from edgebench.firmware.cycles.corrections import keep_ratio
from edgebench.firmware.running.emulate import EmulatedBoard
from edgebench.harness.devices.costs import cycles
from edgebench.harness.devices.costs.cycles import EstimatedInference, estimate_inference
from edgebench.harness.devices.costs.profile import profile
from edgebench.harness.devices.costs.time_estimates import learn_from, try_estimate
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.tflite.tensors import Quantization
from tests.firmware.boards.test_dsp import needs_qemu

pytestmark = needs_qemu
NAME, BOARD = "machine-autoencoder", "mps2-an386"


@pytest.fixture(scope="module")
def model() -> Model:
    return resolve_model(NAME)


@pytest.fixture(scope="module")
def found(model: Model) -> EstimatedInference:
    return estimate_inference(model, board_card(BOARD))


def test_as_many_instructions_are_counted_as_the_emulator_s_clock_says(
    model: Model, found: EstimatedInference
) -> None:
    board = board_card(BOARD)
    image = build_image(model, board)
    assert board.emulator is not None
    with (
        EmulatedBoard(image) as emulated,
        Link(emulated.port, clock=emulated.clock) as link,
    ):
        device = Device(link, clock_is_real=False)
        device.wake()
        device.load(bytes(model.facts.inputs[0].size_bytes))
        by_clock = device.infer(20, 0).device_us * board.emulator.instructions_per_us / 20
    assert found.counts.instructions == pytest.approx(by_clock, rel=0.005)


def test_every_layer_has_its_own_count(found: EstimatedInference) -> None:
    facts = found.model.facts
    assert [step.cost.layer.op_name for step in found.steps] == [op.name for op in facts.ops]
    assert sum(step.counts.instructions for step in found.steps) == found.counts.instructions
    # Each SMLAD is two multiplications, of which the network has so many.
    assert 2 * found.counts.simd_macs == facts.macs
    for step, op in zip(found.steps, facts.ops, strict=True):
        assert 2 * step.counts.simd_macs == op.macs
    # Weights are read once each, a word at a time, from the flash.
    assert found.counts.flash_reads > facts.macs / 4
    total = sum(step.estimate.cycles for step in found.steps)
    assert total == pytest.approx(found.estimate.cycles)


def test_a_board_that_is_not_here_is_executed_by_one_of_its_kind(
    model: Model, found: EstimatedInference
) -> None:
    board = board_card("nucleo-l4r5zi")
    there = estimate_inference(model, board)
    assert there.executed_by == BOARD
    assert there.counts.instructions == pytest.approx(found.counts.instructions, rel=0.001)
    # Its weights stream from a flash that is slower than the processor.
    assert board.timing is not None
    assert there.counts.data_misses > model.facts.macs / board.timing.line_bytes
    assert there.estimate.cycles > 1.1 * found.estimate.cycles
    by_layer = profile(NAME, "nucleo-l4r5zi")
    assert by_layer.instructions == there.counts.instructions
    assert by_layer.estimate == there.estimate
    assert [each.function for each in by_layer.layers] == [
        step.cost.layer.function for step in there.steps
    ]


def test_timed_layers_cost_what_they_do_without_a_clock(
    model: Model, found: EstimatedInference
) -> None:
    board = board_card(BOARD)
    # As MLPerf Tiny's benchmark it takes other numbers than the model's own.
    image = build_image(model, board, ImageOptions(profile=True, benchmark="ad01"))
    timed = estimate_inference(model, board, image=image)
    assert len(timed.steps) == len(found.steps)
    assert timed.counts.instructions == pytest.approx(found.counts.instructions, rel=0.01)


def test_a_batch_whose_calls_are_unrolled_is_counted_whole_and_all_inputs_are_sent(
    tmp_path: Path,
) -> None:
    step = Quantization((0.1,), (0,))
    tensors = [
        NewTensor(f"{name}{end}", (2, size, size, 4), "int8", step)
        for end in "ab"
        for name, size in (("in", 4), ("out", 2))
    ]
    halving = dict.fromkeys(("strideW", "strideH", "filterWidth", "filterHeight"), 2)
    ops = [
        NewOp("AVERAGE_POOL_2D", (f"in{end}",), (f"out{end}",), ("Pool2D", halving)) for end in "ab"
    ]
    path = tmp_path / "two.tflite"
    path.write_bytes(NewModel(tensors, ops, ["ina", "inb"], ["outa", "outb"]).to_bytes())
    found = estimate_inference(resolve_model(str(path)), board_card(BOARD))
    # An average of each output: 2 images of 2 x 2 pixels of 4 channels.
    assert [step.counts.divides for step in found.steps] == [32, 32]
    assert found.counts.divides == 64


@pytest.mark.parametrize("error", [DiskFull("full"), EdgebenchError("read-only"), OSError("gone")])
def test_what_was_measured_is_not_lost_by_an_estimate(
    error: Exception, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise error

    monkeypatch.setattr(cycles, "count_blocks", failing)
    said: list[str] = []
    assert try_estimate(model, board_card(BOARD), on_event=said.append) is None
    learn_from(model, board_card(BOARD), "balanced", 1.0, said.append)
    assert said == [
        f"no estimate of the time: {error}",
        f"later estimates of the time are not corrected: {error}",
    ]


def test_an_image_is_corrected_by_others_that_were_built_alike(
    model: Model, found: EstimatedInference
) -> None:
    board = board_card(BOARD)
    image = build_image(model, board)
    assert keep_ratio(board, image.optimize, "a model's", 2.0)
    assert estimate_inference(model, board, image=image).estimate.corrected_by == 1
    other = replace(image, optimize="speed")
    assert estimate_inference(model, board, image=other).estimate.corrected_by == 0


def test_no_estimate_says_why_and_stops_nothing(model: Model) -> None:
    board = replace(board_card(BOARD), timing=None)
    with pytest.raises(UsageError, match=r"its card has no \[timing\]"):
        estimate_inference(model, board)
    said: list[str] = []
    assert try_estimate(model, board, on_event=said.append) is None
    assert said == [
        "no estimate of the time: the time on mps2-an386 can't be estimated: its card has no "
        "[timing], or its core is not known"
    ]
