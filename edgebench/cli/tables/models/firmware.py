"""Tables of the memory and time that a network takes on a board."""

from __future__ import annotations

from rich.table import Table

from edgebench.boards.card import BoardCard
from edgebench.cli.output import new_console
from edgebench.cli.tables.table import new_table
from edgebench.firmware.building.size import FirmwareSize
from edgebench.firmware.cycles.estimate import CycleEstimate, FrameEstimate
from edgebench.harness.devices.costs.profile import LayerProfile, Profile
from edgebench.models.resolve import Model
from edgebench.results.formatting import estimate_text


def print_profile(profile: Profile) -> None:
    """Print one line per layer, and the sum."""
    console = new_console()
    in_instructions = profile.instructions is not None
    unit = "instructions" if in_instructions else "us"
    console.print(
        _title(profile.model, profile.image.board)
        + (" (emulated: instructions, not time)" if in_instructions else ""),
        markup=False,
        highlight=False,
    )
    table = _table("op", "layer", "kernel", "MACs", unit, "%", "per MAC")
    total = profile.instructions if profile.instructions is not None else profile.time_us
    for layer in profile.layers:
        cost = _cost(layer)
        table.add_row(
            str(layer.index),
            layer.op_name,
            _kernel(layer.function),
            f"{layer.macs:,}",
            _number(cost),
            f"{100 * cost / total:.1f}" if total else "",
            _ratio(cost, layer.macs),
        )
    macs = sum(each.macs for each in profile.layers)
    table.add_section()
    table.add_row("", "all", "", f"{macs:,}", _number(total), "100", _ratio(total, macs))
    console.print(table)
    if profile.estimate is not None:
        console.print(_estimates(profile, profile.estimate))
        console.print(estimate_text(profile.estimate.record()), markup=False, highlight=False)


def _estimates(profile: Profile, whole: CycleEstimate) -> Table:
    """Return the estimated cycles, in a table without anything that was measured."""
    table = _table("op", "layer", "estimated cycles", "%", "per MAC", "bound by")
    for layer in profile.layers:
        if layer.estimate is None:
            continue
        cycles, bound = layer.estimate.estimate.cycles, layer.estimate.bound
        table.add_row(
            str(layer.index),
            layer.op_name,
            _number(cycles),
            f"{100 * cycles / whole.cycles:.1f}",
            _ratio(cycles, layer.macs),
            f"{bound.name} {bound.share:.0%}",
        )
    macs = sum(each.macs for each in profile.layers)
    table.add_section()
    table.add_row("", "all", _number(whole.cycles), "100", _ratio(whole.cycles, macs), "")
    return table


def print_sizes(size: FirmwareSize) -> None:
    """Print one line per layer, what the rest of the firmware takes, and whether all of it fits."""
    console = new_console()
    console.print(_title(size.model, size.board), markup=False, highlight=False)
    table = _table("op", "layer", "kernel", "constants", "arena in use")
    for cost in size.layers:
        table.add_row(
            str(cost.layer.index),
            cost.layer.op_name,
            _kernel(cost.layer.function),
            f"{cost.constant_bytes:,}",
            f"{cost.alive_bytes:,}",
        )
    console.print(table)
    for memory in (size.flash, size.ram):
        parts = ", ".join(f"{name} {count:,}" for name, count in memory.parts.items())
        verdict = "fits" if memory.fits else f"[red]{-memory.left_bytes:,} bytes too many[/red]"
        console.print(
            f"{memory.name}: {memory.total_bytes:,} of {memory.size_bytes:,} bytes ({parts}): "
            f"{verdict}",
            highlight=False,
        )
    if size.note:
        console.print(size.note, markup=False, highlight=False)
    if size.estimate is not None:
        console.print(estimate_text(size.estimate.record()), markup=False, highlight=False)
    if size.frame is not None:
        console.print(_frame(size.frame), markup=False, highlight=False)


def _frame(frame: FrameEstimate) -> str:
    """Return what a streaming wake word's frame takes: instructions, cycles, its share of time."""
    low, middle, high = (
        frame.share(each) for each in (frame.whole.low, frame.whole.cycles, frame.whole.high)
    )
    instructions = frame.features_instructions + frame.model_instructions
    return (
        f"a frame with its features: {instructions:,.0f} instructions (features "
        f"{frame.features_instructions:,.0f}, model {frame.model_instructions:,.0f}); estimated: "
        f"{frame.whole.cycles:,.0f} cycles (features {frame.features.cycles:,.0f}), "
        f"{middle:.3f} of a frame's time ({low:.3f} to {high:.3f})"
    )


def _kernel(function: str) -> str:
    """Return which kind of kernel a C function is."""
    return {"dsp": "dsp", "mve": "helium"}.get(function.partition("_")[0], "portable")


def _cost(layer: LayerProfile) -> float:
    return layer.time_us if layer.instructions is None else layer.instructions


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _ratio(cost: float, macs: int) -> str:
    return f"{cost / macs:.3g}" if macs else ""


def _title(model: Model, board: BoardCard) -> str:
    part = f", {model.measured_as}" if model.measured_as else ""
    return f"{model.label}{part} on {board.name}"


def _table(*names: str) -> Table:
    return new_table(*names, texts=("layer", "kernel", "bound by"))
