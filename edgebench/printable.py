"""Text from outside without its control characters."""

from __future__ import annotations


def excerpt(text: str, most: int = 200) -> str:
    """Return the beginning of a text that may be of any length, for a message.

    >>> excerpt("seconds,watts", 8)
    'seconds,...'
    """
    return text if len(text) <= most else f"{text[:most]}..."


def printable(text: str) -> str:
    r"""Return a text with what is not printable as escapes.

    >>> print(printable("a name\x1b[2J\r\n"))
    a name\x1b[2J\r\n
    """
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii")
        for each in text
    )


def printable_lines(text: str) -> str:
    r"""Return a text as `printable` does, but for the ends of its lines and tabs.

    >>> printable_lines("two\x1b[2J\nlines\u202e")
    'two\\x1b[2J\nlines\\u202e'
    """
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in text.split("\n"))
