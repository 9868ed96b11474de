"""Measure what each layer of a network costs on a board."""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.boards.card import BoardCard, board_card
from edgebench.errors import DeviceMismatch
from edgebench.firmware.building.image import Image, ImageOptions, build_image
from edgebench.firmware.cycles.estimate import CycleEstimate
from edgebench.firmware.optimize import BALANCED
from edgebench.harness.devices.costs.cycles import EstimatedStep, estimate_inference
from edgebench.harness.devices.costs.time_estimates import try_estimate
from edgebench.harness.devices.deploy import running
from edgebench.harness.devices.random_input import random_input
from edgebench.models.prefix import until_op
from edgebench.models.resolve import Model, resolve_model
from edgebench.rundir.contents.layers import Layer, Layers
from edgebench.text.brief import Brief


@dataclass(frozen=True)
class LayerProfile:
    """A step of the network: an op, or one of several that make up an op.

    Attributes
    ----------
    time_us
        Of one inference, by the board's clock; an emulator's counts instructions.
    instructions
        The same as instructions, on an emulated board.
    estimate
        Its cycles on the board, estimated, and what they go to; None where there is no estimate.
    """

    index: int
    op_name: str
    function: str
    macs: int
    constant_bytes: int
    alive_bytes: int
    time_us: float
    instructions: float | None
    estimate: EstimatedStep | None = None


@dataclass(frozen=True, repr=False)
class Profile(Brief):
    """All layers of a model on a board."""

    model: Model
    image: Image
    layers: tuple[LayerProfile, ...]
    estimate: CycleEstimate | None = None

    @property
    def time_us(self) -> float:
        """Of one inference."""
        return sum(each.time_us for each in self.layers)

    @property
    def instructions(self) -> float | None:
        """Of one inference, on an emulated board."""
        counts = [each.instructions for each in self.layers if each.instructions is not None]
        return sum(counts) if len(counts) == len(self.layers) else None


def profile(
    model: str,
    board: str,
    *,
    device: str | None = None,
    inferences: int = 20,
    optimize: str = BALANCED,
    until: str | None = None,
) -> Profile:
    """Build a model's firmware for a board with its layers timed, run it on a random input.

    Parameters
    ----------
    device
        The port of a real board, which is flashed first; None for the board's emulator, or for the
        emulated board that executes the same instructions.
    inferences
        Over how many a layer's time is averaged.
    until
        As `edgebench.models.prefix.until_op` takes it.

    Raises
    ------
    EdgebenchError
        As `build_image` and `running`.
    """
    card, resolved = board_card(board), until_op(resolve_model(model), until)
    if device is None and card.emulator is None:
        return _by_twin(resolved, card, optimize)
    image = build_image(resolved, card, ImageOptions(optimize, profile=True))
    with running(image, device) as client:
        client.load(random_input(resolved, client))
        found = client.steps(inferences)
    if len(found.totals_us) != len(image.layers):
        raise DeviceMismatch(
            f"the device timed {len(found.totals_us)} steps and the model has {len(image.layers)}: "
            "was it built from another .tflite?"
        )
    empty_us = found.empty_us / found.empty_calls
    per_us = card.emulator.instructions_per_us if card.emulator and device is None else None
    macs = {op.index: op.macs for op in resolved.facts.ops}
    layers = []
    estimated = try_estimate(resolved, card, optimize, image) if per_us is not None else None
    steps = (estimated.steps if estimated else ()) or (None,) * len(image.layers)
    for cost, total_us, step in zip(image.layers, found.totals_us, steps, strict=True):
        time_us = max(total_us / inferences - empty_us, 0.0)
        layers.append(
            LayerProfile(
                index=cost.layer.index,
                op_name=cost.layer.op_name,
                function=cost.layer.function,
                macs=0 if cost.layer.part else macs.get(cost.layer.index, 0),
                constant_bytes=cost.constant_bytes,
                alive_bytes=cost.alive_bytes,
                time_us=time_us,
                instructions=None if per_us is None else time_us * per_us,
                estimate=step,
            )
        )
    return Profile(resolved, image, tuple(layers), estimated.estimate if estimated else None)


def _by_twin(model: Model, board: BoardCard, optimize: str) -> Profile:
    """Return the profile of a board that is not here: another executes what it would."""
    image = build_image(model, board, ImageOptions(optimize))
    found = estimate_inference(model, board, optimize)
    if not found.steps:
        raise DeviceMismatch(
            f"{found.executed_by} executed other steps than the model's {len(image.layers)}: were "
            "kernels inlined?"
        )
    macs = {op.index: op.macs for op in model.facts.ops}
    layers = []
    for step in found.steps:
        layer, executed = step.cost.layer, step.counts.instructions
        layers.append(
            LayerProfile(
                index=layer.index,
                op_name=layer.op_name,
                function=layer.function,
                macs=0 if layer.part else macs.get(layer.index, 0),
                constant_bytes=step.cost.constant_bytes,
                alive_bytes=step.cost.alive_bytes,
                time_us=executed / found.instructions_per_us,
                instructions=executed,
                estimate=step,
            )
        )
    return Profile(model, image, tuple(layers), found.estimate)


def layers_of(profile: Profile) -> Layers:
    """Return a board's profile as a run directory keeps it: an op's steps added up."""
    emulated = profile.instructions is not None
    costs: dict[int, Layer] = {}
    for step in profile.layers:
        before = costs.get(step.index)
        cost = step.time_us if step.instructions is None else step.instructions
        if before is not None:
            cost += before.cost
        macs = step.macs + (before.macs if before else 0)
        costs[step.index] = Layer(step.index, step.op_name, macs, cost)
    return Layers(
        model=profile.model.label,
        model_sha256=profile.model.sha256,
        board=profile.image.board.name,
        where=", ".join(filter(None, (profile.image.board.name, profile.model.measured_as))),
        method="by the emulator's count of instructions" if emulated else "by the board's timer",
        unit="instructions" if emulated else "us",
        whole=sum(layer.cost for layer in costs.values()),
        layers=tuple(costs.values()),
    )
