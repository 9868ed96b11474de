"""Instructions an inference on a board that QEMU emulates, beside TFLM with CMSIS-NN.

    .venv/bin/python benchmarks/instructions.py [--board mps2-an386] [MODEL ...]

For each model: instructions by the emulator's clock (repeatable; no time: QEMU models no
pipeline), what they are of TFLM with CMSIS-NN at -O3 with requantization in assembly on the
Cortex-M4 (FACTS.md, section 13), bytes of code, constants and activations, and how many outputs
on random inputs differ from the reference's. MODEL may be TASK=PATH for a .tflite of a task.
"""

from __future__ import annotations

import argparse

import numpy as np

from edgebench.boards.card import board_card
from edgebench.device.client import Device
from edgebench.device.link import Link
from edgebench.firmware.building.image import build_image
from edgebench.firmware.running.emulate import EmulatedBoard
from edgebench.models.interpret import Interpreted
from edgebench.models.resolve import resolve_model

CMSIS_NN = {"kws": 7_420_991, "ic": 29_358_133, "vww": 23_429_946, "ad": 573_258}
ZOO = ("kws=kws-ds-cnn", "ic=digits-resnet8", "vww=scene-mobilenet", "ad=machine-autoencoder")
INPUTS = 3
COUNT = 10


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
        reference = Interpreted(model, "tflite-runtime", "reference")
        tensor = model.facts.inputs[0]
        rng = np.random.default_rng(1)
        different = 0
        with EmulatedBoard(image) as emulated, Link(emulated.port) as link:
            device = Device(link, clock_is_real=False)
            device.wake()
            for _ in range(INPUTS):
                stored = rng.integers(-128, 128, tensor.shape).astype(np.int8)
                device.load(stored.tobytes())
                timed = device.infer(COUNT, 0)
                (values,) = reference.run((tensor.decode(stored),))
                expected = model.facts.outputs[0].encode(values).tobytes()
                different += timed.outputs[0] != expected
        per_us = board.emulator.instructions_per_us if board.emulator else 0.0
        count = timed.device_us * per_us / COUNT
        share = f"{count / CMSIS_NN[task]:.3f}" if task in CMSIS_NN else "-"
        print(
            f"{model.name:28} {count:13,.0f} {share:>11} {count / model.facts.macs:6.2f} "
            f"{image.text_bytes:7,} {image.rodata_bytes:9,} {image.arena_bytes:7,}  "
            f"{different} of {INPUTS}"
        )


if __name__ == "__main__":
    main()
