"""Name the files that people take for another kind, and say what to do with them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping

_MARKS: Mapping[bytes, str] = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
WEB_PAGE = "a web page (HTML); download the file itself, not the page about it"
BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"version https://git-lfs", "a pointer of git-lfs; `git lfs pull` fetches the file itself"),
    (b"<!doctype html", WEB_PAGE),
    (b"<html", WEB_PAGE),
    (b"<!--", WEB_PAGE),
    (b"<?xml", "an XML document, such as a server's error; fetch the file again"),
    (b"\x1f\x8b", "compressed by gzip; unpack it with `gunzip`"),
    (b"\xfd7zxz\x00", "compressed by xz; unpack it with `unxz`"),
    (b"bzh", "compressed by bzip2; unpack it with `bunzip2`"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd; unpack it with `unzstd`"),
    (b"\x04\x22\x6d\x18", "compressed by lz4; unpack it with `unlz4`"),
    (b"7z\xbc\xaf\x27\x1c", "an archive of 7-Zip; unpack it with `7z x`"),
    (b"rar!\x1a\x07", "an archive of RAR; unpack it with `unrar x`"),
    (b"\x7felf", "a program or a library (ELF)"),
    (b"mz\x90\x00", "a program or a library (Windows)"),
    (b"\xcf\xfa\xed\xfe", "a program or a library (macOS)"),
    (b"\xca\xfe\xba\xbe", "a program or a library (macOS), or a class of Java"),
    (b"%pdf-", "a document (PDF)"),
    (b"riff", "a recording or a film (RIFF)"),
    (b"\x89png", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
)
"""How files begin, in lower case, and what they are."""
TAR_MARK, TAR_PLACE = b"ustar", 257
LOOKED_AT_BYTES = 4096
MOST_QUOTED = 60
_KINDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"<(!doctype html|html|!--)", re.IGNORECASE), WEB_PAGE),
    (
        re.compile(r"(?s).*\b(char|uint8_t)\b[^;=]*=\s*\{|\s*0x[0-9a-f]{2},", re.IGNORECASE),
        "C source with a file's bytes (`xxd -i`); give the file that it was made of",
    ),
    (
        re.compile(r"(?:[0-9a-fA-F]{2,64}\s*){16}"),
        "text of hexadecimal digits; `xxd -r -p` makes bytes of it",
    ),
    (re.compile(r"[A-Za-z0-9+/]{40}"), "text in base64; `base64 -d` makes bytes of it"),
)


def file_kind(content: bytes) -> str | None:
    """Return what a file is, with advice; None if it can't be recognized.

    Parameters
    ----------
    content
        Its beginning.

    Examples
    --------
    >>> file_kind(b"version https://git-lfs.github.com/spec/v1")
    'a pointer of git-lfs; `git lfs pull` fetches the file itself'
    """
    if not content:
        return "an empty file; fetch it again"
    if content[TAR_PLACE : TAR_PLACE + len(TAR_MARK)] == TAR_MARK:
        return "an archive of tar; unpack it with `tar xf`"
    if not content.strip(b"\0"):
        return "a file of zeros; its download or copy was cut short, fetch it again"
    start = content[:64].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    kind = next((kind for mark, kind in BEGINNINGS if start.startswith(mark)), None)
    return kind or text_kind(content)


def text_kind(content: bytes) -> str | None:
    """Return what a text is, with advice; None if it is no text.

    Examples
    --------
    >>> text_kind(b"Entry not found")
    "a text ('Entry not found'); fetch the file itself"
    """
    text = _decoded(content[:LOOKED_AT_BYTES])
    if text is None or not text:
        return None
    kind = next((kind for pattern, kind in _KINDS if pattern.match(text)), None)
    quoted = text.splitlines()[0][:MOST_QUOTED]
    return kind or f"a text ({quoted!r}); fetch the file itself"


def _decoded(content: bytes) -> str | None:
    """Return a text without the space around it; None for other bytes than a text's."""
    mark = next((mark for mark in _MARKS if content.startswith(mark)), b"")
    decoder = codecs.getincrementaldecoder(_MARKS.get(mark, "utf-8"))()
    try:
        text = decoder.decode(content[len(mark) :]).strip()
    except UnicodeDecodeError:
        return None
    return text if all(each.isprintable() or each in "\t\r\n" for each in text) else None
