"""Instructions per inference on a board that QEMU emulates, next to TFLM with CMSIS-NN.

    .venv/bin/python benchmarks/instructions.py [--board mps2-an386] [MODEL ...]

For each model: instructions by the emulator's clock (repeatable; no time: QEMU models no
pipeline), their share of TFLM's with CMSIS-NN at -O3 with requantization in assembly on the
Cortex-M4 (the same emulator; other models of the task have other counts), bytes of code, constants
and activations, and how many outputs on random inputs differ from those of TensorFlow Lite Micro's
reference kernels. MODEL may be TASK=PATH for a .tflite of a task.
"""

from __future__ import annotations

import argparse

import numpy as np

from edgebench.boards.card import BoardCard, board_card
from edgebench.device.client import Device
from edgebench.device.port.link import Link
from edgebench.errors import DeviceError
from edgebench.firmware.building.image import Image, build_image
from edgebench.firmware.running.emulate import EmulatedBoard
from edgebench.models.resolve import Model, resolve_model

CMSIS_NN = {"kws": 7_420_991, "ic": 29_358_133, "vww": 23_429_946, "ad": 573_258}
ZOO = ("kws=kws-ds-cnn", "ic=digits-resnet8", "vww=scene-mobilenet", "ad=machine-autoencoder")
INPUTS = 3
COUNT = 10
TRIES = 3
"""On a busy machine an emulator misses a deadline of the serial protocol now and then."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("models", nargs="*", default=ZOO)
    parser.add_argument("--board", default="mps2-an386")
    asked = parser.parse_args()
    board = board_card(asked.board)
    print(f"{asked.board}, {board.processor}: instructions, not time")
    print(
        f"{'model':28} {'instructions':>13} {'of CMSIS-NN':>11} {'a MAC':>6} {'code':>7} "
        f"{'constants':>9} {'arena':>7}  outputs that differ"
    )
    for text in asked.models:
        task, _, name = text.rpartition("=")
        model = resolve_model(name)
        image = build_image(model, board)
        count, different = measured(model, image, board)
        share = f"{count / CMSIS_NN[task]:.3f}" if task in CMSIS_NN else "-"
        print(
            f"{model.name:28} {count:13,.0f} {share:>11} {count / model.facts.macs:6.2f} "
            f"{image.text_bytes:7,} {image.rodata_bytes:9,} {image.arena_bytes:7,}  "
            f"{different} of {INPUTS}"
        )


def measured(model: Model, image: Image, board: BoardCard) -> tuple[float, int]:
    """Return instructions per inference, and how many outputs differ from the reference's."""
    for left in reversed(range(TRIES)):
        try:
            return measured_once(model, image, board)
        except DeviceError:
            if not left:
                raise
    raise AssertionError("unreachable")


def measured_once(model: Model, image: Image, board: BoardCard) -> tuple[float, int]:
    """Do as `measured` does, once."""
    from tflite_micro.python.tflite_micro import runtime

    reference = runtime.Interpreter.from_bytes(model.content, arena_size=1 << 20)
    shape = model.facts.inputs[0].shape
    rng = np.random.default_rng(1)
    different = 0
    with EmulatedBoard(image) as emulated, Link(emulated.port) as link:
        device = Device(link, clock_is_real=False)
        device.wake()
        for _ in range(INPUTS):
            stored = rng.integers(-128, 128, shape).astype(np.int8)
            device.load(stored.tobytes())
            timed = device.infer(COUNT, 0)
            reference.set_input(stored, 0)
            reference.invoke()
            different += timed.outputs[0] != np.array(reference.get_output(0)).tobytes()
    per_us = board.emulator.instructions_per_us if board.emulator else 0.0
    return timed.device_us * per_us / COUNT, different


if __name__ == "__main__":
    main()
