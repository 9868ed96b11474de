"""An LPM01A's stream, in both of its formats, to samples, stamps and events.

In ascii_dec a sample is a line such as ``6409-07`` (6409e-07); ``TimeStamp: 001s 000ms, buff 05%``
comes each second and ``event 12 ris`` where D7 changes. In bin_hexa a sample has two bytes: a
negative power of 16 in four bits, a value in twelve; what begins with F0 is no sample. Source:
ST's UM2243 and UM2269.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np

SAMPLE = re.compile(rb"(\d{4})([+-]\d{2})")
STAMP = re.compile(rb"(?i)timestamp: *(\d{1,8})s *(\d{1,3})ms, *buff *(\d{1,3})%")
PROMPT = re.compile(rb"^(PowerShield *> *)+")
LINE_END = b"\r\n"
STAMP_MARK = b"\xf0\xf3"
OUT_OF_STEP = "a byte of its stream was lost: up to a second of its samples before is wrong"
EVENT = re.compile(rb"(?i)event (\d+) (ris|fal)")


@dataclass
class Heard:
    """The content of a piece of the stream.

    Attributes
    ----------
    values
        Of the samples, in joules or amperes.
    marks
        Events: how many samples of `values` were before each.
    stamps
        The meter's milliseconds, and how many samples of `values` were before.
    replies, problems
        Other lines, as they came.
    """

    values: list[float] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    stamps: list[tuple[int, int]] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class AsciiStream:
    """Lines to samples, stamps and events; any bytes do no harm."""

    def __init__(self) -> None:
        self._left = b""

    def feed(self, data: bytes) -> Heard:
        """Take what came."""
        heard = Heard()
        *lines, self._left = (self._left + data).split(b"\n")
        self._left = self._left[-256:]
        for line in (without_prompt(each) for each in lines):
            if (sample := SAMPLE.fullmatch(line)) is not None:
                heard.values.append(int(sample[1]) * 10.0 ** int(sample[2]))
            elif line:
                _other(line, heard)
        return heard


def without_prompt(line: bytes) -> bytes:
    """Return a line without the prompt and its end."""
    return PROMPT.sub(b"", line.strip(b"\r \0"))


def _other(line: bytes, heard: Heard) -> None:
    if (stamp := STAMP.match(line)) is not None:
        heard.stamps.append((int(stamp[1]) * 1000 + int(stamp[2]), len(heard.values)))
        if int(stamp[3]) >= 100:
            heard.problems.append("its buffer has overflowed: a lower rate=")
    elif EVENT.match(line):
        heard.marks.append(len(heard.values))
    else:
        text = line.decode("ascii", "replace")
        heard.replies.append(text)
        if text.lower().startswith("err") or "overcurrent" in text.lower():
            heard.problems.append(text)


class BinaryStream:
    """Pairs of bytes to samples; what begins with F0 is something else."""

    TEXTS = {0xF1, 0xF2}
    LENGTHS = {0xF3: 9, 0xF4: 4, 0xF5: 4, 0xF6: 4, 0xF7: 6}
    MEANS = {0xF5: "overcurrent: more than 50 mA", 0xF6: "the target's power is off"}

    def __init__(self) -> None:
        self._left = b""
        self._is_first = True
        self._is_over = False

    def feed(self, data: bytes) -> Heard:
        """Take what came; the end of the reply to `start` may be before it, text behind it."""
        heard = Heard()
        waiting = self._left + data
        if self._is_over or (self._is_first and len(waiting) < len(LINE_END)):
            self._left = b"" if self._is_over else waiting
            return heard
        place = len(LINE_END) if self._is_first and waiting.startswith(LINE_END) else 0
        self._is_first = False
        while place < len(waiting) - 1:
            special = _next_special(waiting, place)
            end = special
            if special < 0:
                # What follows a last F0 says whether it is half of a sample or begins a stamp.
                end = len(waiting) - waiting.endswith(STAMP_MARK[:1])
            whole = (end - place) // 2 * 2
            heard.values += _currents(waiting[place : place + whole])
            place += whole
            if place == special - 1:
                # Half a sample: those behind the lost byte were read across two.
                heard.problems.append(OUT_OF_STEP)
                place = special
            if special < 0 or place != special:
                break
            length = self._special(waiting[place:], heard)
            if not length:
                break
            place += length
            if self._is_over:
                place = len(waiting)
                break
        self._left = waiting[place:][-4096:]
        return heard

    def _special(self, waiting: bytes, heard: Heard) -> int:
        """Read what begins with F0; return how long it is, 0 if it is not whole yet."""
        if len(waiting) < 2:
            return 0
        kind = waiting[1]
        if kind in self.TEXTS:
            end = waiting.find(b"\xff\xff", 2)
            if end < 0:
                return 0 if len(waiting) < 1024 else 2
            text = waiting[2:end].decode("ascii", "replace").strip()
            heard.replies.append(text)
            if kind == 0xF1:
                heard.problems.append(text)
            return end + 2
        length = self.LENGTHS.get(kind, 2)
        if len(waiting) < length:
            return 0
        if kind == 0xF3:
            stamp = int.from_bytes(waiting[2:6], "big") & 0x7FFFFFFF
            heard.stamps.append((stamp, len(heard.values)))
            if waiting[6] >= 100:
                heard.problems.append("its buffer has overflowed: a lower rate=")
        elif kind == 0xF4:
            heard.replies.append("end")
            self._is_over = True
        elif kind in self.MEANS:
            heard.problems.append(self.MEANS[kind])
        return length


def _next_special(waiting: bytes, place: int) -> int:
    """Return where the next thing that is no sample begins; -1 if there is none.

    At an odd place only a stamp is one: two samples have its bytes only if the second one is of
    less than a femtoampere.
    """
    special = waiting.find(b"\xf0", place)
    while special > 0 and (special - place) % 2 and not waiting.startswith(STAMP_MARK, special):
        special = waiting.find(b"\xf0", special + 1)
    return special


def _currents(data: bytes) -> list[float]:
    words = np.frombuffer(data, ">u2")
    found: list[float] = ((words & 0xFFF) / 16.0 ** (words >> 12)).tolist()
    return found
