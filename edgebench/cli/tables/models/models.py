"""A model as tables for people."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from edgebench.cli.error_text import in_options
from edgebench.cli.output import new_console
from edgebench.cli.tables.table import new_table
from edgebench.metrics import metric_called
from edgebench.models.resolve import Model
from edgebench.models.tflite.inspect import ModelFacts
from edgebench.models.tflite.shapes import shape_text
from edgebench.models.tflite.tensors import Tensor


def print_model(model: Model, why_not: str, *, tensors: bool = False) -> None:
    """Print a model's card, totals, inputs and outputs, and ops; every tensor if asked for.

    ``why_not`` is what keeps firmware from computing it, if something does.
    """
    console = new_console()
    facts = model.facts
    console.print(f"[bold]{escape(model.label)}[/bold]  {escape(str(model.path))}")
    if model.card is not None:
        _print_card(console, model)
    else:
        console.print("no card: accuracy can't be measured without --dataset", style="yellow")
    totals = Table.grid(padding=(0, 2))
    for name, value in (
        ("SHA-256", model.sha256),
        ("file", f"{model.size_bytes:,} bytes"),
        ("weights", f"{facts.weight_bytes:,} bytes"),
        *_costs(facts),
        ("signatures", ", ".join(facts.signatures) or "none"),
        *([("measured", model.measured_as)] if model.measured_as else []),
        ("firmware", f"does not compile: {in_options(why_not)}" if why_not else "compiles"),
    ):
        totals.add_row(name, escape(value))
    console.print(totals)
    _print_open(console, facts)
    console.print(_tensor_table(facts))
    console.print(_op_table(facts))
    if tensors:
        console.print(_all_tensors(facts))
    else:
        console.print(f"{len(facts.tensors)} tensors: --tensors shows them")


def _costs(facts: ModelFacts) -> tuple[tuple[str, str], ...]:
    """Return what depends on the shapes, if these are known."""
    if facts.open_inputs:
        return (("arena", "depends on the shape"), ("MACs", "depends on the shape"))
    return (
        ("arena", f"{facts.arena_bytes:,} bytes, as a greedy planner lays out its activations"),
        ("MACs", f"{facts.macs:,}" if facts.knows_macs else _unknown_macs(facts)),
    )


def _unknown_macs(facts: ModelFacts) -> str:
    names = dict.fromkeys(op.custom or op.name for op in facts.ops if not op.knows_macs)
    return f"not known: those of {', '.join(names)} can't be counted"


def _print_open(console: Console, facts: ModelFacts) -> None:
    """Say which inputs need a shape."""
    if facts.open_inputs:
        named = ", ".join(
            f"{name} ({shape_text(tensor.shape_signature)})"
            for name, tensor in facts.open_inputs.items()
        )
        console.print(
            escape(f"a shape is required: {named}. Give it with --shape, or data with --dataset"),
            style="yellow",
        )


def _print_card(console: Console, model: Model) -> None:
    card = model.card
    if card is None:
        return
    grid = Table.grid(padding=(0, 2))
    variant = card.variants[model.variant]
    target = f"target {card.quality.target:g} ({card.quality.source})"
    accuracy = (
        f"{metric_called(card.quality.metric).text(variant.accuracy)} of "
        f"{variant.accuracy_samples} samples, "
        f"plain kernels; {target}"
        if variant.accuracy_samples
        else target
    )
    for name, value in (
        ("task", card.task),
        ("architecture", card.architecture),
        ("data", card.dataset),
        ("accuracy", accuracy),
        ("limits", card.limits),
        ("licence", card.licence),
        ("variants", ", ".join(card.variants)),
    ):
        grid.add_row(name, escape(value))
    console.print(grid)


def _table(title: str) -> Table:
    table = new_table(title=title)
    table.padding = (0, 1, 0, 0)  # an op a line at 80 columns
    return table


def _tensor_table(facts: ModelFacts) -> Table:
    table = _table("inputs and outputs")
    for name in ("", "name", "shape", "type", "scale", "zero point"):
        table.add_column(name, overflow="fold")
    for kind, names, tensors in (
        ("in", facts.input_names, facts.inputs),
        ("out", facts.output_names, facts.outputs),
    ):
        for name, tensor in zip(names, tensors, strict=True):
            # The signature's name, and the tensor's own where it has another.
            named = name if name == tensor.name else f"{name} ({tensor.name})"
            table.add_row(
                kind, escape(named), _shape(tensor), tensor.type_name, *_quantization(tensor)
            )
    return table


def _all_tensors(facts: ModelFacts) -> Table:
    table = _table("tensors")
    table.add_column("#", justify="right")
    table.add_column("name", overflow="fold")
    for name in ("shape", "type", "scale", "zero point"):
        table.add_column(name)
    table.add_column("constant\nbytes", justify="right", no_wrap=True)
    for tensor in facts.tensors:
        table.add_row(
            str(tensor.index),
            escape(tensor.name),
            _shape(tensor),
            tensor.type_name,
            *_quantization(tensor),
            f"{tensor.constant_bytes:,}" if tensor.constant_bytes else "-",
        )
    return table


def _op_table(facts: ModelFacts) -> Table:
    table = _table("ops")
    table.add_column("#", justify="right")
    # A custom op's name may be long; figures are never cut.
    table.add_column("op", overflow="fold", min_width=17)
    for name in ("input", "output"):
        table.add_column(name, overflow="fold", min_width=16)
    for name in ("MACs", "weight\nbytes"):
        table.add_column(name, justify="right", no_wrap=True)
    for op in facts.ops:
        activations = [facts.tensors[i] for i in op.inputs if not facts.tensors[i].constant_bytes]
        table.add_row(
            str(op.index),
            escape(op.custom or op.name),
            "\n".join(map(_shape_and_type, activations)),
            "\n".join(_shape_and_type(facts.tensors[i]) for i in op.outputs if i >= 0),
            f"{op.macs:,}" if op.macs else "-" if op.knows_macs else "?",
            f"{op.weight_bytes:,}" if op.weight_bytes else "-",
        )
    return table


def _shape(tensor: Tensor) -> str:
    return shape_text(tensor.shape_signature)


def _shape_and_type(tensor: Tensor) -> str:
    return f"{_shape(tensor)} {tensor.type_name.lower()}"


def _quantization(tensor: Tensor) -> tuple[str, str]:
    quantization = tensor.quantization
    if quantization is None:
        return "-", "-"
    if quantization.per_axis:
        return f"{len(quantization.scales)} along axis {quantization.axis}", "per channel"
    return f"{quantization.scales[0]:.6g}", str(quantization.zero_points[0])
