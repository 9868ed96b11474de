"""Cards of SCPI instruments: which commands give power."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import CardInvalid, MeterNotFound
from edgebench.files.regular_files import require_plain_file
from edgebench.power.description import Accuracy
from edgebench.text.printable import excerpt
from edgebench.text.toml_lines import TomlLines
from edgebench.text.toml_text import TomlDamaged, read_toml_text
from edgebench.text.typed_json import TypedJsonError, structure

CARDS = Path(__file__).with_name("cards.toml")


@dataclass(frozen=True)
class ScpiCard:
    """How an instrument is asked; commands may have ``{channel}`` and ``{volts}`` in them.

    Attributes
    ----------
    identity
        A regular expression that is searched for in the answer to ``*IDN?``.
    power, volts, amps
        Queries; power, or both of the others, are required. With all three, power is asked for
        where it is answered.
    unit_w
        What the power's unit is in watts: 0.001 for an instrument that answers in milliwatts.
    setup, supply
        Commands that are sent first; `supply` only where the board's voltage is given.
    errors
        The query that says whether they were accepted; its answer begins with 0 if they were.
    """

    name: str
    identity: str
    power: str = ""
    volts: str = ""
    amps: str = ""
    unit_w: float = 1.0
    setup: tuple[str, ...] = ()
    supply: tuple[str, ...] = ()
    errors: str = "SYST:ERR?"
    accuracy: Accuracy | None = None

    def __post_init__(self) -> None:
        """Refuse what could fail only when the instrument is asked."""
        try:
            re.compile(self.identity)
        except re.error as error:
            raise ValueError(f"`identity` is no regular expression: {error}") from error
        for command in (self.power, self.volts, self.amps, *self.setup, *self.supply):
            try:
                command.format(channel=1, volts=1.0)
            # What `format` raises of braces with attributes, indices or nothing in them.
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                raise ValueError(
                    f"{excerpt(command, 80)!r}: only {{channel}} and {{volts}} may stand in braces"
                ) from error
        if not self.power and not (self.volts and self.amps):
            raise ValueError("no query for power, nor both for volts and amps")


def scpi_cards(path: Path = CARDS) -> list[ScpiCard]:
    """Read a file of cards: a table for each.

    Raises
    ------
    CardInvalid
        If it can't be read, or a card lacks what it needs; with the line.
    """
    try:
        require_plain_file(path)
        read = read_toml_text(path)
    except OSError as error:
        raise CardInvalid(f"{path}: can't be read: {error.strerror}") from error
    except TomlDamaged as error:
        raise CardInvalid(f"{path}: {error}") from error
    lines = TomlLines(path, read.text)
    cards = []
    for name, table in read.values.items():
        keys: tuple[str | int, ...] = (name,)
        try:
            if not isinstance(table, dict):
                raise ValueError("each card is a table, [name]")
            cards.append(structure(ScpiCard, {**table, "name": name}))
        except TypedJsonError as error:
            keys += error.keys
            raise CardInvalid(f"{lines.at(*keys)}: {error}") from error
        except ValueError as error:
            raise CardInvalid(f"{lines.at(*keys)}: [{name}]: {error}") from error
    return cards


def card_for(identity: str, wanted: str, file: str) -> ScpiCard:
    """Return the card of an instrument.

    Parameters
    ----------
    identity
        Its answer to ``*IDN?``.
    wanted
        A card's name; empty for the first that fits.
    file
        A file of the user's own cards; empty for none. They come first.

    Raises
    ------
    MeterNotFound
        If no card has that name.
    CardInvalid
        If the file is none.
    """
    cards = (scpi_cards(Path(file)) if file else []) + scpi_cards()
    names = [card.name for card in cards]
    if wanted and wanted not in names:
        raise MeterNotFound(
            f"scpi: no card is called {wanted!r}; there are {', '.join(names)}",
            field="power",
            value=wanted,
            choices=names,
        )
    # The last one fits every instrument.
    return next(
        card
        for card in cards
        if (card.name == wanted if wanted else re.search(card.identity, identity))
    )
