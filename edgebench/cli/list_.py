"""``edgebench list``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from edgebench.cli.words import metric_name, value_of

if TYPE_CHECKING:
    from edgebench.datasets.card import DatasetCard

Rows = tuple[tuple[str, ...], list[tuple[str, ...]]]
"""A line of names, and the rows below it."""


def _models() -> Rows:
    from edgebench import api

    rows: list[tuple[str, ...]] = [
        (
            f"{name}:{variant.name}", card.summary, f"{variant.size_bytes:,}",
            value_of(variant.accuracy, card.quality.metric), card.limits,
        )
        for name, card in api.list_models().items()
        for variant in card.variants.values()
    ]  # fmt: skip
    return ("model", "what", "bytes", "accuracy", "limits"), rows


def _ships(card: DatasetCard) -> str:
    return "yes" if card.parts else "bring it"


def _datasets() -> Rows:
    from edgebench import api

    rows: list[tuple[str, ...]] = [
        (
            name,
            card.summary,
            _ships(card),
            metric_name(card.metric),
            card.licence,
        )
        for name, card in api.list_datasets().items()
    ]
    return ("dataset", "what", "ships", "metric", "licence"), rows


def _runtimes() -> Rows:
    from edgebench import api

    rows: list[tuple[str, ...]] = [
        (name, version or "not installed", install)
        for name, (version, install) in api.list_runtimes().items()
    ]
    return ("runtime", "version", "to install"), rows


def _boards() -> Rows:
    from edgebench import api

    rows: list[tuple[str, ...]] = [
        (name, card.summary, card.processor, "; ".join(card.meters))
        for name, card in api.list_boards().items()
    ]
    return ("board", "what", "processor", "power"), rows


KINDS: dict[str, Callable[[], Rows]] = {
    "models": _models,
    "datasets": _datasets,
    "runtimes": _runtimes,
    "boards": _boards,
}


@click.command("list", short_help="What there is.")
@click.argument("kind", type=click.Choice(list(KINDS)))
def command(kind: str) -> None:
    """List the models, datasets, runtimes or boards that edgebench knows here."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    names, rows = KINDS[kind]()
    table = Table(header_style="bold")
    table.add_column(names[0], no_wrap=True)
    for name in names[1:]:
        table.add_column(name, overflow="fold", justify="right" if name == "bytes" else "left")
    for row in rows:
        table.add_row(*map(escape, row))
    Console().print(table)
