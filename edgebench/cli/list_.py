"""``edgebench list``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from edgebench.results.words import metric_name, value_of

if TYPE_CHECKING:
    from edgebench.datasets.card import DatasetCard


@dataclass(frozen=True)
class Listing:
    """The names of columns, the rows below them, and lines below those."""

    names: tuple[str, ...]
    rows: list[tuple[str, ...]]
    notes: tuple[str, ...] = ()


def _models() -> Listing:
    from edgebench import api

    cards = api.list_models()
    rows: list[tuple[str, ...]] = [
        (
            f"{name}:{variant.name}",
            card.summary,
            f"{variant.size_bytes:,}",
            value_of(variant.accuracy, card.quality.metric),
        )
        for name, card in cards.items()
        for variant in card.variants.values()
    ]
    limits = tuple(f"{name}: {card.limits}" for name, card in cards.items())
    return Listing(("model", "what", "bytes", "accuracy"), rows, limits)


def _ships(card: DatasetCard) -> str:
    return "yes" if card.parts else "bring it"


def _datasets() -> Listing:
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
    return Listing(("dataset", "what", "ships", "metric", "licence"), rows)


def _runtimes() -> Listing:
    from edgebench import api

    rows: list[tuple[str, ...]] = [
        (name, version or "not installed", install)
        for name, (version, install) in api.list_runtimes().items()
    ]
    return Listing(("runtime", "version", "to install"), rows)


def _boards() -> Listing:
    from edgebench import api

    rows: list[tuple[str, ...]] = [
        (name, card.summary, card.processor, "; ".join(card.meters))
        for name, card in api.list_boards().items()
    ]
    return Listing(("board", "what", "processor", "power"), rows)


KINDS: dict[str, Callable[[], Listing]] = {
    "models": _models,
    "datasets": _datasets,
    "runtimes": _runtimes,
    "boards": _boards,
}


@click.command("list", short_help="What there is.")
@click.argument("kind", type=click.Choice(list(KINDS)))
def command(kind: str) -> None:
    """List the models, datasets, runtimes or boards that edgebench knows here."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    listing = KINDS[kind]()
    table = Table(box=SIMPLE_HEAD, header_style="bold")
    table.add_column(listing.names[0], no_wrap=True)
    for name in listing.names[1:]:
        table.add_column(name, overflow="fold", justify="right" if name == "bytes" else "left")
    for row in listing.rows:
        table.add_row(*map(escape, row))
    console = Console()
    console.print(table)
    for note in listing.notes:
        console.print(note, markup=False, soft_wrap=True)
