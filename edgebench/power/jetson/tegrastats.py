"""Lines of NVIDIA's tegrastats: ``... VDD_IN 4654mW/4600mW ...``, the mean so far behind the slash.

Before JetPack 5 the unit is missing (``VDD_IN 4654/4600``); it is milliwatts too. Without the
right to read the sensors, it leaves all rails out.
"""

from __future__ import annotations

import re

from edgebench.errors import UsageError
from edgebench.power.jetson.boards import whole_labels
from edgebench.text.printable import excerpt

_LINE = re.compile(r"(?:^|\s)RAM \d+/\d+MB", re.ASCII)
_RAIL = re.compile(
    r"\b([A-Z][A-Z0-9_]{0,39}) (\d{1,9})(?:(?:mW)?/\d{1,9}(?:mW)?|mW)(?=\s|$)", re.ASCII
)


def is_line(text: str) -> bool:
    """Whether a line is tegrastats': by its memory, which every line has."""
    return _LINE.search(text) is not None


def rails_of(line: str) -> dict[str, float]:
    """Return the watts of each rail in a line."""
    return {name: float(milliwatts) / 1e3 for name, milliwatts in _RAIL.findall(line)}


def chosen_rails(
    where: str,
    rails: dict[str, float],
    wanted: str | None,
    model: str = "",
    how: str = "`rail`",
) -> tuple[str, ...]:
    """Return the rails that are wanted, or those whose sum is the whole board.

    Parameters
    ----------
    where
        What the lines are of, for errors.
    wanted
        A rail, or several with ``+``; None for the whole board.
    model
        The board's model, where it is known.
    how
        How the user chooses, for errors.

    Raises
    ------
    UsageError
        If there is none of that name, none at all, or no rail is known to feed the board.
    """
    if not rails:
        raise UsageError(
            f"{where}: no rail's power, such as VDD_IN 4654mW/4600mW, is in its lines: start "
            "tegrastats as root",
            field="rail",
            value=wanted,
        )
    whole = whole_labels(rails, model)
    names = tuple(wanted.split("+")) if wanted else () if whole is None else whole.labels
    missing = [each for each in names if each not in rails]
    if names and not missing:
        return names
    shown = ", ".join(f"{name} ({1e3 * watts:g} mW)" for name, watts in rails.items())
    why = f"no rail {missing[0]!r}" if wanted else "no rail is known to feed the whole board"
    raise UsageError(
        f"{where}: {why}; choose with {how} from {excerpt(shown)}",
        field="rail",
        value=wanted,
        choices=rails,
    )
