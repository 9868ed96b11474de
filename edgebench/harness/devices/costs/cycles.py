"""Estimate what an inference takes on a board: its firmware is executed by an emulator, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path

from edgebench.boards.card import BoardCard, TimingCard
from edgebench.device.client import Device
from edgebench.device.port.link import Link
from edgebench.errors import BuildFailed, DeviceError, UsageError
from edgebench.files.atomic import replacing
from edgebench.files.folders import cache_folder
from edgebench.firmware.building.image import (
    Image,
    ImageOptions,
    build_image,
    compiler_of,
    firmware_of,
)
from edgebench.firmware.cycles.block_counts import BlockCount, read_block_counts
from edgebench.firmware.cycles.classes import Classes, classes_by_site
from edgebench.firmware.cycles.cores import Core, core_of
from edgebench.firmware.cycles.corrections import correction_for
from edgebench.firmware.cycles.disassembly import Function, disassembled, functions
from edgebench.firmware.cycles.emulated_board import emulated_board_of
from edgebench.firmware.cycles.estimate import Bound, CycleEstimate, bound_of, estimate
from edgebench.firmware.cycles.plugin import Caches, arguments, build_plugin
from edgebench.firmware.emitting.source import LayerCost
from edgebench.firmware.external.contract import OWN
from edgebench.firmware.optimize import BALANCED
from edgebench.firmware.running.emulate import EmulatedBoard
from edgebench.harness.devices.random_input import random_input
from edgebench.models.resolve import Model
from edgebench.text.brief import Brief

INVOKE, CLOCK = "eb_model_invoke", "eb_model_step"
"""The network's function, and what it calls after each layer where layers are timed."""


@dataclass(frozen=True)
class Counted:
    """A function whose instructions are counted, and what makes a device call it."""

    function: str
    call: Callable[[Device], object]


@dataclass(frozen=True)
class EstimatedStep:
    """A step of the network: its layer, what was executed for it, the estimate, its bound."""

    cost: LayerCost
    counts: Classes
    estimate: CycleEstimate
    bound: Bound


@dataclass(frozen=True, repr=False)
class EstimatedInference(Brief):
    """One inference of a model on a board that need not be here.

    Attributes
    ----------
    executed_by, instructions_per_us
        The emulated board that executed the firmware; how many instructions its clock takes for
        a microsecond.
    steps
        In the network's order; empty where the compiler has merged steps.
    """

    model: Model
    board: BoardCard
    executed_by: str
    instructions_per_us: float
    counts: Classes
    estimate: CycleEstimate
    steps: tuple[EstimatedStep, ...]


def estimate_inference(
    model: Model,
    board: BoardCard,
    optimize: str = BALANCED,
    image: Image | None = None,
    *,
    is_corrected: bool = True,
    engine: str = OWN,
) -> EstimatedInference:
    """Return the estimate for one inference of a random input.

    Parameters
    ----------
    image
        The board's own, if it is emulated and built already; ``optimize`` is as it was built then.
    is_corrected
        Whether measurements of the board that were kept correct it; these are of edgebench's own
        kernels and correct no other engine.
    engine
        As `edgebench.firmware.external.find.engine_of` takes it; ``image`` was built with it.

    Raises
    ------
    UsageError
        If the board's card has no timing, or nothing emulates its core.
    ToolchainMissing
        If the compiler, the emulator, or this machine's C compiler is not installed.
    ModelNotSupported, BuildFailed
        If the model can't be compiled, or the image does not fit.
    DeviceError
        If the firmware does not answer, or the emulator takes no plug-in.
    """
    core, timing = timing_of(board)
    twin = emulated_board_of(board)
    if image is None or board.emulator is None:
        image = build_image(model, twin, ImageOptions(optimize, engine=engine))

    def infer(device: Device) -> None:
        device.load(random_input(model, device))
        device.infer(1, 0)

    blocks = count_blocks(image, timing, Counted(INVOKE, infer))
    counts, by_step = _counted(blocks, image, core.machine)
    is_corrected = is_corrected and image.engine == OWN
    correction = correction_for(board, image.optimize) if is_corrected else None

    def estimated(part: Classes) -> CycleEstimate:
        return estimate(part, core, timing, correction=correction)

    return EstimatedInference(
        model,
        board,
        twin.name,
        twin.emulator.instructions_per_us if twin.emulator else 0.0,
        counts,
        estimated(counts),
        tuple(
            EstimatedStep(cost, each, estimated(each), bound_of(each, core, timing))
            for cost, each in zip(image.layers if by_step else (), by_step, strict=True)
        ),
    )


def timing_of(board: BoardCard) -> tuple[Core, TimingCard]:
    """Return what an estimate goes by.

    Raises
    ------
    UsageError
        If the board's card has no timing, or a core that no timing is known of.
    """
    core = core_of(firmware_of(board))
    if board.timing is None or core is None:
        raise UsageError(
            f"the time on {board.name} can't be estimated: its card has no [timing], or its core "
            "is not known"
        )
    return core, board.timing


def count_blocks(image: Image, timing: TimingCard, counted: Counted) -> tuple[BlockCount, ...]:
    """Have a function called in the emulator of an image's board; return what it executed.

    The counts are kept next to the image.

    Raises
    ------
    ToolchainMissing, BuildFailed, DeviceError
        As `estimate_inference`.
    """
    plugin, card = build_plugin().parent.name, firmware_of(image.board)
    cached = (timing.line_bytes, timing.code_lines, timing.data_lines)
    caches = Caches(card.flash_origin, card.flash_bytes, *cached)
    sizes = "-".join(map(str, cached))
    kept = image.path.with_name(f"blocks-{counted.function}-{plugin}-{sizes}.txt")
    if not kept.is_file():
        with cache_folder("firmware").disk_errors(), replacing(kept, shared=True) as draft:
            _execute(image, caches, counted, draft)
    return read_block_counts(kept.read_text())


def _counted(
    blocks: Sequence[BlockCount], image: Image, machine: str
) -> tuple[Classes, tuple[Classes, ...]]:
    """Return what an inference cost, and each step of it.

    The clock's calls in an image with its layers timed count for nothing. There are no steps where
    it is not known which calls make up one: the compiler may have unrolled or merged some.
    """
    known = functions(compiler_of(firmware_of(image.board)), image.path)
    clock = known[CLOCK].begin if CLOCK in known else None
    is_clock = {block.site for block in blocks if block.address == clock}
    calls = _calls(blocks, image, machine)
    costs = [cost for site, cost in calls if site not in is_clock]
    whole = sum(costs, Classes())
    if is_clock:
        sizes = _calls_between([site in is_clock for site, _ in calls])
    elif len(costs) == len(image.layers):
        sizes = [1] * len(costs)
    else:
        sizes = [cost.layer.times for cost in image.layers]
    if len(sizes) != len(image.layers) or sum(sizes) != len(costs):
        return whole, ()
    left = iter(costs)
    return whole, tuple(sum(islice(left, size), Classes()) for size in sizes)


def _calls_between(is_clock: Sequence[bool]) -> list[int]:
    """Return how many calls the network makes from one reading of the clock to the next."""
    return [len(list(own)) for reads_clock, own in groupby(is_clock) if not reads_clock]


def _calls(blocks: Sequence[BlockCount], image: Image, machine: str) -> list[tuple[int, Classes]]:
    """Return what each call of the network's function cost, by its site in the code's order."""
    compiler = compiler_of(firmware_of(image.board))
    sites = classes_by_site(blocks, disassembled(compiler, image.path, machine))
    function = _function(image, INVOKE)
    calling = {block.site for block in blocks if not function.begin <= block.address < function.end}
    calls: list[tuple[int, Classes]] = []
    for site in sorted(sites):
        # Code of the function's own that calls nothing, such as its end, goes to the call before.
        if site in calling or not calls:
            calls.append((site, sites[site]))
        else:
            calls[-1] = calls[-1][0], calls[-1][1] + sites[site]
    return calls


def _function(image: Image, name: str) -> Function:
    found = functions(compiler_of(firmware_of(image.board)), image.path).get(name)
    if found is None:
        raise BuildFailed(f"{image.path} has no function {name}")
    return found


def _execute(image: Image, caches: Caches, counted: Counted, out: Path) -> None:
    function = _function(image, counted.function)
    options = arguments(function.begin, function.end, caches, out)
    with (
        EmulatedBoard(image, options=options) as emulated,
        Link(emulated.port, clock=emulated.clock) as link,
    ):
        device = Device(link, clock_is_real=False)
        device.wake()
        counted.call(device)
    if not out.is_file():
        raise DeviceError(f"the emulator of {image.board.name} counted no {counted.function}")
