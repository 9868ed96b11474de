"""Board cards: what a board is, and how to know that this machine is one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import BoardNotFound
from edgebench.registry import Table, card_files


@dataclass(frozen=True)
class BoardCard:
    """A board card.

    Attributes
    ----------
    device_tree
        How the model in its device tree begins (``/proc/device-tree/model``), for boards that
        run Linux.
    advice
        What to know before measuring on it.
    meters
        What can measure its power.
    """

    name: str
    summary: str
    processor: str
    device_tree: tuple[str, ...]
    advice: tuple[str, ...]
    meters: tuple[str, ...]
    path: Path


def load_board_card(path: Path) -> BoardCard:
    """Read a card.

    Raises
    ------
    CardInvalid
        If a key is missing or of the wrong type.
    """
    card = Table.read(path)
    return BoardCard(
        name=path.stem,
        summary=card.get("summary", str),
        processor=card.get("processor", str),
        device_tree=card.strings("device_tree"),
        advice=card.strings("advice"),
        meters=card.strings("meters"),
        path=path,
    )


def board_cards() -> dict[str, BoardCard]:
    """Return every board card that is found, by name."""
    return {name: load_board_card(path) for name, path in card_files("boards").items()}


def board_card(name: str) -> BoardCard:
    """Return a board's card.

    Raises
    ------
    BoardNotFound
        If there is none of that name.
    """
    cards = card_files("boards")
    if name not in cards:
        raise BoardNotFound(
            f"no board is called {name!r}; there are {', '.join(cards)} (`edgebench list boards`)"
        )
    return load_board_card(cards[name])


def recognize(device_tree_model: str) -> BoardCard | None:
    """Return the board whose device tree has this model; the longest match wins."""
    matches = [
        (len(start), card)
        for card in board_cards().values()
        for start in card.device_tree
        if device_tree_model.startswith(start)
    ]
    return max(matches, key=lambda match: match[0])[1] if matches else None
