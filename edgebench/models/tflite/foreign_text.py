"""Name the texts that people take for a .tflite, and say what to do with them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping

from edgebench.printable import excerpt

_MARKS: Mapping[bytes, str] = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
LOOKED_AT_BYTES = 4096
MOST_QUOTED = 60
_KINDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"<(!doctype html|html|!--)", re.IGNORECASE),
        "a web page (HTML); download the file itself, not the page about it",
    ),
    (
        re.compile(r"(?s).*\b(char|uint8_t)\b[^;=]*=\s*\{|\s*0x[0-9a-f]{2},", re.IGNORECASE),
        "C source with the model's bytes (`xxd -i`); give the .tflite that it was made of",
    ),
    (re.compile(r"[0-9a-fA-F\s]{64}"), "text of hexadecimal digits; `xxd -r -p` makes bytes of it"),
    (re.compile(r"[A-Za-z0-9+/\s]{64}"), "text in base64; `base64 -d` makes bytes of it"),
)


def text_kind(content: bytes) -> str | None:
    """Return what a text is, with advice; None if it is no text.

    Examples
    --------
    >>> text_kind(b"Entry not found")
    "a text ('Entry not found'); fetch the model itself"
    """
    text = _decoded(content[:LOOKED_AT_BYTES])
    if text is None or not text:
        return None
    kind = next((kind for pattern, kind in _KINDS if pattern.match(text)), None)
    quoted = excerpt(text.splitlines()[0], MOST_QUOTED)
    return kind or f"a text ({quoted!r}); fetch the model itself"


def _decoded(content: bytes) -> str | None:
    """Return a text without the space around it; None for other bytes than a text's."""
    mark = next((mark for mark in _MARKS if content.startswith(mark)), b"")
    decoder = codecs.getincrementaldecoder(_MARKS.get(mark, "utf-8"))()
    try:
        text = decoder.decode(content[len(mark) :]).strip()
    except UnicodeDecodeError:
        return None
    return text if all(each.isprintable() or each in "\t\r\n" for each in text) else None
