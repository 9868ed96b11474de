"""Channels without weights and scales at the limits of the fast kernels: still the reference's
bytes, and no layer falls back to the portable kernel for the sake of one channel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgebench.boards.card import board_card
from edgebench.firmware.building.image import firmware_of
from edgebench.firmware.engines.choice import packed
from edgebench.firmware.engines.exact import FUNCTION
from edgebench.firmware.engines.requantize import fast_scale, requantization
from edgebench.firmware.fixed_point import Multiplier, scaled
from edgebench.firmware.layers import Range, Weighted
from edgebench.firmware.optimize import BALANCED
from edgebench.firmware.reading.network import read_network
from edgebench.models.resolve import Model, resolve_model
from tests.firmware.batch import Item, run_batch
from tests.firmware.boards.test_dsp import needs_qemu
from tests.firmware.compiled import by_tflm
from tests.firmware.layers.drawn import Drawn, inputs_for
from tests.firmware.layers.single_layers import OPS
from tests.firmware.layers.weighted_layers import at_the_limits

MODELS = 120
WEIGHTED_OPS = ("conv_2d", "depthwise_conv_2d", "fully_connected")


def made_at_the_limits(op: str, seed: int, folder: Path) -> tuple[Model, list[np.ndarray]]:
    rng = np.random.default_rng(1000 + seed)
    draw = Drawn(lambda low, high: int(rng.integers(low, high, endpoint=True)))
    made = at_the_limits(draw, OPS[op](draw))
    path = folder / f"{seed}.tflite"
    path.write_bytes(made.to_bytes())
    return resolve_model(str(path)), inputs_for(made, 2, draw.rng)


@needs_qemu
@pytest.mark.parametrize(
    ("board", "op", "optimize"),
    [
        *(("mps2-an386", op, BALANCED) for op in WEIGHTED_OPS),
        ("mps2-an386", "conv_2d", "speed"),
        *(("mps3-an547", op, BALANCED) for op in WEIGHTED_OPS),
    ],
)
def test_channels_at_the_limits_give_the_references_bytes(
    board: str, op: str, optimize: str, tmp_path: Path
) -> None:
    card = board_card(board)
    items, expected, functions = [], [], set()
    for seed in range(MODELS):
        model, inputs = made_at_the_limits(op, seed, tmp_path)
        network = packed(read_network(model), firmware_of(card).kernels, optimize)
        functions |= {layer.function for layer in network.layers}
        reference = by_tflm(model)
        items.append(Item(model, inputs))
        expected.append([reference(values) for values in inputs])
    if op != "fully_connected":  # it has one scale for all its channels
        assert FUNCTION in functions
    for seed, (ours, theirs) in enumerate(
        zip(run_batch(items, card, tmp_path, optimize), expected, strict=True)
    ):
        np.testing.assert_array_equal(ours, theirs, err_msg=f"seed {seed}")


def layer(weights: np.ndarray, bias: list[int], shifts: list[int]) -> Weighted:
    count = len(weights)
    return Weighted(
        weights,
        np.array(bias, np.int32),
        np.full(count, 1 << 30, np.int32),
        np.array(shifts, np.int8),
        3,
        -5,
        Range(-128, 127),
    )


def test_a_channel_is_proved_by_itself() -> None:
    weights = np.array([[0, 0], [1, 2], [1, 2], [1, 2], [1, 2]], np.int8)
    found = requantization(
        layer(weights, [2**30, 0, 65 * 2**24, 0, 0], [-3, -4, -24, 1, -29]), weights
    )
    # No weights; proved; sums beyond 2^30 around a half step; a shift to the left; always the zero
    # point.
    assert found.exact == (2, 3)
    assert found.scales[0].multiplier == found.scales[4].multiplier == 0
    assert found.scales[1].multiplier == 1 << 30
    assert found.is_worthwhile
    constant = found.scales[0].offset >> found.scales[0].shift
    assert max(min(constant, 127), -128) == 127
    assert found.scales[4].offset >> found.scales[4].shift == -5
    to_the_left = layer(weights, [0] * 5, [1] * 5)
    assert not requantization(to_the_left, weights).is_worthwhile


def test_the_fast_form_gives_the_references_numbers_up_to_its_limit() -> None:
    rng = np.random.default_rng(3)
    proved = 0
    for _ in range(4000):
        multiplier = Multiplier(int(rng.integers(1 << 30, 1 << 31)), -int(rng.integers(0, 32)))
        zero_point, limit = int(rng.integers(-128, 128)), int(2 ** rng.uniform(0, 31))
        fast = fast_scale(multiplier, zero_point, limit)
        if fast is None:
            continue
        proved += 1
        for total in (-limit, limit, 0, -1, 1, int(rng.integers(-limit, limit + 1))):
            assert -(1 << 31) <= 2 * total < 1 << 31
            value = (2 * total * fast.multiplier + (1 << 31)) >> 32
            # The sign is the quotient's (Helium) or the sum's (DSP).
            for down in (value - (value < 0) + fast.offset, value - (total < 0) + fast.offset):
                assert -(1 << 31) <= down < 1 << 31
                assert down >> fast.shift == scaled(total, multiplier) + zero_point
    assert 1000 < proved < 4000
