"""Depthwise layers of 3 x 3 taps, four outputs of a line at a time, on a Cortex-M4 under QEMU."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgebench.boards.card import board_card
from edgebench.firmware.engines.candidate import Geometry
from edgebench.firmware.engines.dsp import COLUMNS, NO_LINES, ROWS, DspDepthwise, for_dsp, lines_of
from edgebench.firmware.layers import Range, Shape, Window
from edgebench.firmware.optimize import BALANCED
from edgebench.firmware.reading.network import read_network
from edgebench.models.resolve import resolve_model
from tests.firmware.batch import Item, run_batch
from tests.firmware.boards.test_dsp import needs_qemu
from tests.firmware.compiled import by_tflm
from tests.firmware.layers.drawn import Drawn, inputs_for
from tests.firmware.layers.weighted_layers import depthwise_3_by_3

MODELS = 24
FULL = Range(-128, 127)


def seeded(seed: int) -> Drawn:
    rng = np.random.default_rng(seed)
    return Drawn(lambda low, high: int(rng.integers(low, high, endpoint=True)))


@needs_qemu
def test_lines_of_rows_and_columns_give_the_references_bytes(tmp_path: Path) -> None:
    items, expected, ways = [], [], set()
    for seed in range(MODELS):
        draw = seeded(seed)
        made = depthwise_3_by_3(draw)
        path = tmp_path / f"{seed}.tflite"
        path.write_bytes(made.to_bytes())
        model = resolve_model(str(path))
        kind = for_dsp(read_network(model)).layers[0].kind
        if isinstance(kind, DspDepthwise) and kind.lines != NO_LINES:
            window = kind.geometry.window
            by_columns = kind.lines == COLUMNS
            ways.add((kind.lines, window.stride_height if by_columns else window.stride_width))
        reference, inputs = by_tflm(model), inputs_for(made, 1, draw.rng)
        items.append(Item(model, inputs))
        expected.append([reference(values) for values in inputs])
    assert ways == {(ROWS, 1), (ROWS, 2), (COLUMNS, 1), (COLUMNS, 2)}
    got = run_batch(items, board_card("mps2-an386"), tmp_path, BALANCED)
    for seed, (ours, theirs) in enumerate(zip(got, expected, strict=True)):
        np.testing.assert_array_equal(ours, theirs, err_msg=f"seed {seed}")


def geometry(height: int, width: int, window: Window) -> Geometry:
    return Geometry(Shape(height, width, 4), Shape(height, width, 4), window, 0)


def test_the_line_is_the_one_with_fewer_outputs_that_are_thrown_away() -> None:
    usual = Window(3, 3, 1, 1, 1, 1, 1, 1)
    assert lines_of(geometry(25, 5, usual), FULL) == COLUMNS
    assert lines_of(geometry(5, 24, usual), FULL) == ROWS
    assert lines_of(geometry(5, 24, Window(3, 3, 1, 3, 1, 1, 1, 1)), FULL) == COLUMNS
    assert lines_of(geometry(5, 24, usual), Range(-128, 100)) == NO_LINES
    assert lines_of(geometry(5, 24, Window(3, 3, 3, 3, 1, 1, 1, 1)), FULL) == NO_LINES
    assert lines_of(geometry(5, 24, Window(3, 3, 1, 1, 1, 2, 1, 1)), FULL) == NO_LINES
    assert lines_of(geometry(5, 24, Window(5, 3, 1, 1, 1, 1, 1, 1)), FULL) == NO_LINES
