"""Channels that change nothing are removed, and every output byte stays."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgebench.boards.card import board_card
from edgebench.firmware.layers import Conv, Dense, Network
from edgebench.firmware.planning.dead_channels import without_dead_channels
from edgebench.firmware.reading.network import read_network
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.tflite.tensors import Quantization
from tests.firmware.batch import Item, run_batch
from tests.firmware.boards.test_dsp import needs_qemu
from tests.firmware.compiled import by_tflm, compiled

CHAINS = 60


class Chain:
    """A random network, op by op, many of whose channels are dead."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.height, self.width, self.channels = 8, 7, 3
        self.scale = 0.05
        self.zero = int(self.rng.integers(-20, 20))
        self.tensors = [self._activation("t0", (1, 8, 7, 3))]
        self.ops: list[NewOp] = []

    def _activation(self, name: str, shape: tuple[int, ...]) -> NewTensor:
        return NewTensor(name, shape, "int8", Quantization((self.scale,), (self.zero,)))

    def _next(self, name: str, inputs: tuple[str, ...], shape: tuple[int, ...], kind: Any) -> None:
        output = f"t{len(self.ops) + 1}"
        self.tensors.append(self._activation(output, shape))
        self.ops.append(NewOp(name, (f"t{len(self.ops)}", *inputs), (output,), kind))

    def _weights(self, shape: tuple[int, ...], axis: int) -> tuple[str, str]:
        """Add weights and biases; about half of the output channels have zeros only."""
        number, channels = len(self.ops), shape[axis]
        values = self.rng.integers(-127, 128, shape)
        dead = self.rng.random(channels) < 0.5
        places: list[Any] = [slice(None)] * len(shape)
        places[axis] = dead
        values[tuple(places)] = 0
        biases = self.rng.integers(-3000, 3000, channels)
        biases[dead] = self.rng.choice([0, 700, -700, 2**30, -(2**30)], int(dead.sum()))
        out_scale = float(np.float32(self.rng.uniform(0.04, 0.08)))
        usual = out_scale / self.scale / max(prod(shape) // channels, 1) ** 0.5 / 24
        count = 1 if len(shape) == 2 else channels
        scales = tuple(float(np.float32(usual * self.rng.uniform(0.5, 2))) for _ in range(count))
        steps = tuple(float(np.float32(self.scale * each)) for each in scales)
        self.tensors += [
            NewTensor(
                f"w{number}",
                shape,
                "int8",
                Quantization(scales, (0,) * count, axis),
                values.astype(np.int8),
            ),
            NewTensor(
                f"b{number}",
                (channels,),
                "int32",
                Quantization(steps, (0,) * count),
                biases.astype(np.int32),
            ),
        ]
        self.scale, self.zero = out_scale, int(self.rng.integers(-128, 20))
        return f"w{number}", f"b{number}"

    def conv(self) -> None:
        taps, same = (1, 1) if self.rng.random() < 0.6 else (3, int(self.rng.integers(0, 2)))
        if not same and taps > 1 and min(self.height, self.width) < taps:
            same = 1
        if taps > 1 and not same:
            self.height, self.width = self.height - 2, self.width - 2
        channels = int(self.rng.choice([4, 8, 16, 6]))
        names = self._weights((channels, taps, taps, self.channels), 0)
        options = {
            "padding": 0 if same else 1,
            "strideW": 1,
            "strideH": 1,
            "dilationWFactor": 1,
            "dilationHFactor": 1,
            "fusedActivationFunction": int(self.rng.choice([0, 1, 3])),
        }
        self.channels = channels
        self._next("CONV_2D", names, self._shape(), ("Conv2D", options))

    def depthwise(self) -> None:
        names = self._weights((1, 3, 3, self.channels), 3)
        options = {
            "padding": 0,
            "strideW": 1,
            "strideH": 1,
            "dilationWFactor": 1,
            "dilationHFactor": 1,
            "fusedActivationFunction": int(self.rng.choice([0, 1, 3])),
            "depthMultiplier": 1,
        }
        self._next("DEPTHWISE_CONV_2D", names, self._shape(), ("DepthwiseConv2D", options))

    def residual(self) -> None:
        """Add the activation to itself: whoever reads it so needs all of its channels."""
        inputs = (f"t{len(self.ops)}",)
        self._next("ADD", inputs, self._shape(), ("Add", {"fusedActivationFunction": 0}))

    def finish(self) -> None:
        options = {
            "padding": 1,
            "strideW": 1,
            "strideH": 1,
            "filterWidth": self.width,
            "filterHeight": self.height,
            "fusedActivationFunction": 0,
        }
        name = str(self.rng.choice(["AVERAGE_POOL_2D", "MAX_POOL_2D"]))
        self.height = self.width = 1
        self._next(name, (), self._shape(), ("Pool2D", options))
        self._next("RESHAPE", (), (1, self.channels), ("Reshape", {}))
        names = self._weights((5, self.channels), 0)
        options = {"fusedActivationFunction": 0}
        self._next("FULLY_CONNECTED", names, (1, 5), ("FullyConnected", options))

    def _shape(self) -> tuple[int, ...]:
        return (1, self.height, self.width, self.channels)


def chain(seed: int, folder: Path) -> Model:
    made = Chain(seed)
    made.conv()
    for _ in range(int(made.rng.integers(2, 6))):
        made.rng.choice([made.conv, made.depthwise, made.depthwise, made.residual])()
    made.finish()
    path = folder / f"{seed}.tflite"
    new = NewModel(made.tensors, made.ops, ["t0"], [f"t{len(made.ops)}"])
    path.write_bytes(new.to_bytes())
    return resolve_model(str(path))


def inputs_of(model: Model, seed: int) -> list[Any]:
    shape = model.facts.inputs[0].shape
    rng = np.random.default_rng(seed)
    found = [np.full(shape, each, np.int8) for each in (-128, 127)]
    return [*found, *(rng.integers(-128, 128, shape).astype(np.int8) for _ in range(3))]


def weights_of(network: Network) -> int:
    return sum(
        layer.kind.weighted.weights.size
        for layer in network.layers
        if isinstance(layer.kind, Conv | Dense)
    )


def macs_of(network: Network) -> int:
    total = 0
    for layer in network.layers:
        if isinstance(layer.kind, Dense):
            total += layer.kind.weighted.weights.size * layer.kind.rows
        elif isinstance(layer.kind, Conv):
            shape = layer.kind.output
            total += layer.kind.weighted.weights.size * shape.height * shape.width
    return total


def test_networks_with_dead_channels_compute_the_references_bytes(tmp_path: Path) -> None:
    removed = 0
    for seed in range(CHAINS // 3):
        model = chain(seed, tmp_path)
        network = read_network(model)
        removed += weights_of(without_dead_channels(network)) < weights_of(network)
        folder = tmp_path / str(seed)  # a library that is loaded stays so under its path
        folder.mkdir()
        reference, ours = by_tflm(model), compiled(model, folder)
        for values in inputs_of(model, seed):
            np.testing.assert_array_equal(ours(values), reference(values), err_msg=f"seed {seed}")
    assert removed >= 8


@needs_qemu
@pytest.mark.parametrize("board", ["mps2-an386", "mps3-an547"])
def test_they_do_on_a_board_with_fast_kernels(board: str, tmp_path: Path) -> None:
    models = [chain(seed, tmp_path) for seed in range(CHAINS)]
    items = [Item(model, inputs_of(model, seed)) for seed, model in enumerate(models)]
    expected = [[by_tflm(item.model)(values) for values in item.inputs] for item in items]
    for seed, (ours, theirs) in enumerate(
        zip(run_batch(items, board_card(board), tmp_path), expected, strict=True)
    ):
        np.testing.assert_array_equal(ours, theirs, err_msg=f"seed {seed}")


def test_half_of_the_official_vww_is_dead(tiny: Path) -> None:
    network = read_network(resolve_model(str(tiny / "models" / "vww_96_int8.tflite")))
    smaller = without_dead_channels(network)
    assert macs_of(network) == 7_489_664
    assert macs_of(smaller) <= 3_869_504
    assert weights_of(smaller) <= 35_250
    assert without_dead_channels(smaller) is smaller


@pytest.mark.parametrize("file", ["kws_ref_model.tflite", "ad01_int8.tflite"])
def test_a_network_without_dead_channels_stays_as_it_is(file: str, tiny: Path) -> None:
    network = read_network(resolve_model(str(tiny / "models" / file)))
    assert weights_of(without_dead_channels(network)) == weights_of(network)


@pytest.mark.parametrize("multiple", [1, 4, 8])
def test_as_many_channels_stay_as_kernels_take_at_a_time(multiple: int, tmp_path: Path) -> None:
    for seed in range(CHAINS):
        network = read_network(chain(seed, tmp_path))
        smaller = without_dead_channels(network, multiple)
        for before, after in zip(network.layers, smaller.layers, strict=True):
            if isinstance(before.kind, Conv):
                channels, left = before.kind.output.channels, after.kind.output.channels
                assert left == channels or left % (multiple if channels % multiple == 0 else 1) == 0
