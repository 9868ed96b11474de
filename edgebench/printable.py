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
