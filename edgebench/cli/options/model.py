"""Options about a model: which signature, which shapes, and what its latency must hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from edgebench.errors import UsageError
from edgebench.models.tflite.shapes import Shape, parse_shapes


def shapes(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, Shape]:
    """Turn shapes such as ``image=1x64x64x3`` into numbers by name."""
    try:
        return parse_shapes(values)
    except UsageError as error:
        raise click.BadParameter(str(error).removeprefix("`shape`: ")) from error


signature_option = click.option(
    "--signature",
    metavar="NAME",
    help="Of a model with several.  [default: serving_default, else the first]",
)

until_option = click.option(
    "--until",
    metavar="OP",
    help="Only the part of the model before an op, by its name or number; the tensors that the "
    "rest would take are its outputs.",
)


def measured_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--signature`` and ``--shape``."""
    command = click.option(
        "--shape",
        "shape",
        multiple=True,
        metavar="[INPUT=]SIZES",
        callback=shapes,
        help="The shape of an input that the model leaves open, such as image=1x64x64x3; may be "
        "given several times.  [default: the data's]",
    )(command)
    return signature_option(command)


def latency_bound_option(about: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return ``--latency-bound``."""
    return click.option("--latency-bound", "latency_bound_ms", type=float, metavar="MS", help=about)
