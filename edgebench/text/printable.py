"""Text from outside without its control characters."""

from __future__ import annotations

import unicodedata

JOINERS = "\u200c\u200d"
"""They join or part the signs on both sides, in emoji and in scripts such as Persian's."""


def excerpt(text: str, most: int = 200) -> str:
    """Return the beginning of a text that may be of any length, for a message.

    >>> excerpt("seconds,watts", 8)
    'seconds,...'
    """
    return text if len(text) <= most else f"{text[:most]}..."


def printable(text: str) -> str:
    r"""Return a text with what is not printable as escapes.

    Spaces of any width stay, and so do joiners between signs that are not ASCII.

    >>> print(printable("a name\x1b[2J\r\n"))
    a name\x1b[2J\r\n
    >>> print(printable("mod\u200dels"))
    mod\u200dels
    """
    if text.isprintable():
        return text
    return "".join(
        each if is_shown(text, place) else each.encode("unicode_escape").decode("ascii")
        for place, each in enumerate(text)
    )


def is_shown(text: str, place: int) -> bool:
    """Say whether `printable` leaves the character at a place of a text as it is."""
    each = text[place]
    if each.isprintable() or unicodedata.category(each) == "Zs":
        return True
    around = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
    return each in JOINERS and len(around) == 2 and all(map(_can_be_joined, around))


def _can_be_joined(sign: str) -> bool:
    # Between ASCII letters a joiner only makes a name that looks like another.
    return sign.isprintable() and not sign.isascii()


def quoted(said: str | bytes, most: int = 200, *, keeps_end: bool = True) -> str:
    r"""Return what a program or an instrument said, in quotes, on one line; ``nothing`` if nothing.

    Backticks become apostrophes: they mark names of our own in a message.

    Parameters
    ----------
    most
        How many characters are kept.
    keeps_end
        Whether those of the end are, where a program says what went wrong; or of the beginning.

    >>> print(quoted(b"E: overcurrent\r\n\x1b[2J"))
    'E: overcurrent | \x1b[2J'
    """
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    lines = [printable(line.strip(" \t\0")) for line in text.replace("\r", "\n").split("\n")]
    joined = " | ".join(line for line in lines if line).replace("`", "'")
    if len(joined) > most:
        joined = f"...{joined[-most:]}" if keeps_end else f"{joined[:most]}..."
    return f"'{joined}'" if joined else "nothing"


def printable_lines(text: str) -> str:
    r"""Return a text as `printable` does, but for the ends of its lines and tabs.

    >>> printable_lines("two\x1b[2J\nlines\u202e")
    'two\\x1b[2J\nlines\\u202e'
    """
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in text.split("\n"))
