"""``edgebench list``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from edgebench.cli.json_output import json_option, wrote_json
from edgebench.cli.output import new_console
from edgebench.metrics import metric_called

if TYPE_CHECKING:
    from edgebench.datasets.card import DatasetCard
    from edgebench.power.kinds import MeterOption
    from edgebench.runtimes.kinds import RuntimeKind


@dataclass(frozen=True)
class Entry:
    """One thing of a list: its name, what it is, and what else there is to know of it."""

    name: str
    summary: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Listing:
    """A list, and a line below it that holds for all of it."""

    entries: list[Entry]
    note: str = ""


def _models() -> Listing:
    from edgebench import api

    cards = api.list_models()
    labels = {
        (name, each): f"{name}:{each}" for name, card in cards.items() for each in card.variants
    }
    widest = max(map(len, labels.values()), default=0)
    entries = []
    for name, card in cards.items():
        variants = tuple(
            f"{labels[name, each]:{widest}}  {variant.size_bytes:9,} bytes  "
            + (
                metric_called(card.quality.metric).text(variant.accuracy)
                if variant.accuracy_samples
                else "to be pulled"
            )
            for each, variant in card.variants.items()
        )
        entries.append(Entry(name, card.summary, (*variants, card.limits)))
    return Listing(
        entries,
        "accuracy: with the runtime's plain kernels, as boards have them; XNNPACK's may differ in "
        "a sample or two",
    )


def _origin(card: DatasetCard) -> str:
    if card.clicks is not None:
        return "made when it is needed"
    return "ships with edgebench" if card.parts else "bring the files"


def _datasets() -> Listing:
    from edgebench import api

    return Listing(
        [
            Entry(
                name,
                card.summary,
                (
                    f"{_origin(card)}; {metric_called(card.metric).shown_name}; "
                    f"licence: {card.licence}",
                    *([card.limits] if card.limits else []),
                ),
            )
            for name, card in api.list_datasets().items()
        ]
    )


def _runtimes() -> Listing:
    from edgebench import api

    return Listing(
        [
            Entry(kind.name, kind.problem or kind.summary, _about_runtime(kind))
            for kind in api.list_runtimes().values()
        ],
        "where none is named, the first that is installed and takes the model's format is used",
    )


def _about_runtime(kind: RuntimeKind) -> tuple[str, ...]:
    from edgebench.cli.options.runtime import OPTIONS

    if kind.problem:
        return ()
    is_here = f"{kind.distribution} {kind.version}" if kind.version else "not installed"
    options = ", ".join(OPTIONS[name][0] for name in kind.settings)
    usable = kind.usable_processors
    processors = f" on {', '.join(usable)}" if usable else ""
    return (
        f"{is_here}{''.join(f'; also called {alias}' for alias in kind.aliases)}",
        f"runs {', '.join(kind.formats)}{processors}; "
        f"{'can' if kind.profiles_ops else 'can not'} be profiled per op",
        f"options: {options or 'none'}",
        *([kind.install] if kind.version is None else []),
        *_missing_lines(kind.missing_processors),
    )


def _missing_lines(missing: Mapping[str, str]) -> Iterator[str]:
    """Yield the processors that an installed package lacks, those of one remedy in a line."""
    for install in dict.fromkeys(missing.values()):
        names = ", ".join(name for name, each in missing.items() if each == install)
        yield f"not in this package: {names} ({install})"


def _boards() -> Listing:
    from edgebench import api

    return Listing(
        [
            Entry(
                name,
                card.summary,
                (
                    card.processor,
                    *([f"power: {'; '.join(card.meters)}"] if card.meters else []),
                    *([f"flashed by {', '.join(card.flashers)}"] if card.flashers else []),
                    *card.advice,
                ),
            )
            for name, card in api.list_boards().items()
        ]
    )


def _meters() -> Listing:
    from edgebench import api

    return Listing(
        [
            Entry(
                kind.name,
                kind.summary,
                (
                    f"--power {kind.usage}"
                    + "".join(f", {alias}:..." for alias in kind.aliases)
                    + f"; {kind.figures}; rate: {kind.rate}",
                    *(_option_line(option) for option in kind.options),
                    *([kind.install] if not kind.is_installed else []),
                ),
            )
            for kind in api.list_meters()
        ],
        "`edgebench meters` reads those that are here",
    )


def _option_line(option: MeterOption) -> str:
    default = f"  [default: {option.default}]" if option.default else ""
    return f"{option.key}=  {option.expected}{'  [required]' if option.is_required else default}"


KINDS: dict[str, Callable[[], Listing]] = {
    "models": _models,
    "datasets": _datasets,
    "runtimes": _runtimes,
    "boards": _boards,
    "meters": _meters,
}


@click.command("list", short_help="What there is.")
@click.argument("kind", type=click.Choice(list(KINDS)))
@json_option
def command(kind: str) -> None:
    """List the models, datasets, runtimes, boards or power meters that edgebench knows here."""
    from edgebench import api

    if wrote_json(getattr(api, f"list_{kind}")()):
        return
    from rich.padding import Padding
    from rich.text import Text

    listing = KINDS[kind]()
    console = new_console(highlight=False)
    for entry in listing.entries:
        console.print(Text.assemble((entry.name, "bold"), f"  {entry.summary}"))
        for line in entry.lines:
            console.print(Padding(Text(line), (0, 0, 0, 4), expand=False))
    if listing.note:
        console.print(Text(listing.note))
