"""Single layers at random in true images: the fast kernels give the references' bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgebench.boards.card import board_card
from edgebench.models.resolve import resolve_model
from tests.firmware.batch import Item, run_batch
from tests.firmware.boards.test_dsp import needs_qemu
from tests.firmware.compiled import by_reference, by_tflm
from tests.firmware.layers.drawn import Drawn, inputs_for
from tests.firmware.layers.single_layers import OPS
from tests.firmware.layers.test_single_layers import ONE_REFERENCE

FAST = ("conv_2d", "depthwise_conv_2d", "fully_connected", "add")
MODELS = 120


@pytest.mark.tflite_runtime
@needs_qemu
@pytest.mark.parametrize(
    ("board", "op", "optimize"),
    [
        *(("mps2-an386", op, "balanced") for op in FAST),
        ("mps2-an386", "conv_2d", "speed"),
        *(("mps3-an547", op, "balanced") for op in FAST),
    ],
)
def test_fast_kernels_give_the_references_bytes(
    board: str, op: str, optimize: str, tmp_path: Path
) -> None:
    items, expected = [], []
    for seed in range(MODELS):
        rng = np.random.default_rng(seed)
        draw = Drawn(lambda low, high, rng=rng: int(rng.integers(low, high, endpoint=True)))
        made = OPS[op](draw)
        path = tmp_path / f"{seed}.tflite"
        path.write_bytes(made.to_bytes())
        model = resolve_model(str(path))
        inputs = inputs_for(made, 1, draw.rng)
        reference = ONE_REFERENCE.get(op, (by_reference, by_tflm))[0](model)
        items.append(Item(model, inputs))
        expected.append([reference(values) for values in inputs])
    for seed, (ours, theirs) in enumerate(
        zip(run_batch(items, board_card(board), tmp_path, optimize), expected, strict=True)
    ):
        np.testing.assert_array_equal(ours, theirs, err_msg=f"seed {seed}")
