"""Modelled cycles per inference on a board, layer by layer.

    .venv/bin/python benchmarks/cycles.py [--board nucleo-l4r5zi] [--optimize balanced] [MODEL ...]

One inference of a random input is executed by the emulator that knows the board's instructions,
which are counted by class. "table" is the sum by the Cortex-M4's timing table, of a memory that
nothing waits for: 1 more than the loads for a run of single loads, 1 more per word for LDRD and
LDM, 3 more for a taken branch. "estimated" is edgebench's estimate, by the board's core, clock and
flash. No figure is a measurement.
"""

from __future__ import annotations

import argparse

from edgebench.boards.card import board_card
from edgebench.firmware.cycles.classes import Classes
from edgebench.firmware.optimize import BALANCED, OPTIMIZE
from edgebench.harness.devices.costs.cycles import EstimatedInference, estimate_inference
from edgebench.models.resolve import resolve_model

ZOO = ("kws-ds-cnn", "digits-resnet8", "scene-mobilenet", "machine-autoencoder")


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("models", nargs="*", default=ZOO)
    parser.add_argument("--board", default="nucleo-l4r5zi")
    parser.add_argument("--optimize", choices=OPTIMIZE, default=BALANCED)
    parser.add_argument("--classes", action="store_true", help="the classes of each layer, too")
    asked = parser.parse_args()
    board = board_card(asked.board)
    for name in asked.models:
        show(estimate_inference(resolve_model(name), board, asked.optimize), asked.classes)


def show(found: EstimatedInference, classes: bool) -> None:
    """Print a table."""
    whole = found.estimate
    print(
        f"\n{found.model.label} on {found.board.name}: {whole.cycles:,.0f} cycles estimated "
        f"({whole.low:,.0f} to {whole.high:,.0f}), {whole.time_ms:.2f} ms at {whole.clock_mhz:g} "
        f"MHz; executed by {found.executed_by}"
    )
    macs = {op.index: op.macs for op in found.model.facts.ops}
    print(
        f"{'op':>3} {'layer':24} {'kernel':26} {'MACs':>10} {'instructions':>12} {'a MAC':>6} "
        f"{'table':>12} {'a MAC':>6} {'estimated':>12} {'a MAC':>6}"
    )
    for step in found.steps:
        layer = step.cost.layer
        row(
            f"{layer.index:3} {layer.op_name:24} {layer.function:26}",
            0 if layer.part else macs.get(layer.index, 0),
            step.counts,
            step.estimate.cycles,
        )
        if classes:
            print(f"      {step.counts}")
    row(f"{'':3} {'all':24} {'':26}", found.model.facts.macs, found.counts, whole.cycles)


def row(text: str, macs: int, counts: Classes, estimated: float) -> None:
    """Print a line."""
    table = counts.instructions + counts.load_runs + counts.multi_words + 3 * counts.taken_branches

    def per_mac(cost: float) -> str:
        return f"{cost / macs:6.2f}" if macs else " " * 6

    print(
        f"{text} {macs:10,} {counts.instructions:12,.0f} {per_mac(counts.instructions)} "
        f"{table:12,.0f} {per_mac(table)} {estimated:12,.0f} {per_mac(estimated)}"
    )


if __name__ == "__main__":
    main()
