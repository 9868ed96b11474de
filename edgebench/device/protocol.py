"""The host's side of the MLPerf Tiny serial protocol, without input or output.

Commands are words that end with ``%``; answers are lines, the last one ``m-ready``. What a
device sends is untrusted: whatever is no message is `Noise`. Messages are found wherever they
are in a line, since boards print over each other's lines when they boot.

Source: mlcommons/tiny, benchmark/api (internally_implemented); edgebench's own messages are
``firmware_host/protocol/eb_extensions.h``.
"""

from __future__ import annotations

import re
from binascii import crc32, unhexlify
from collections.abc import Callable
from types import MappingProxyType

from edgebench.device.messages import (
    BaudTaken,
    Buffer,
    DeviceComplaint,
    Event,
    Expecting,
    Extensions,
    InferDone,
    InferStart,
    InitDone,
    InputSum,
    Lap,
    LoadDone,
    Missing,
    ModelName,
    ModelPart,
    Name,
    Noise,
    Output,
    Profile,
    Ready,
    Results,
    Steps,
    WarmupDone,
    WarmupStart,
)

LONGEST_LINE = 1 << 15
"""Longer text without an end is no line, but bytes at a wrong baud rate, for example."""


def _results(match: re.Match[str]) -> Event:
    # The reference firmware of vww01 ends the list with a comma.
    texts = tuple(part.strip() for part in match[1].strip().removesuffix(",").split(","))
    try:
        return Results(tuple(float(text) for text in texts), texts)
    except ValueError:
        return Noise(match[0])


def _lap(match: re.Match[str]) -> Event:
    us = int(match[1])
    return Lap(us if us >= 0 else us % (1 << 32))


def _buffer(match: re.Match[str]) -> Event:
    digits = match[1].replace("-", "").replace(" ", "")
    return Buffer(unhexlify(digits)) if len(digits) % 2 == 0 else Noise(match[0])


def _output(match: re.Match[str]) -> Event:
    if len(match[1]) % 2:
        return Noise(match[0])
    data = unhexlify(match[1])
    whole = crc32(data) == int(match[3], 16)
    return Output(data, int(match[2], 16)) if whole else Noise(match[0])


def _steps(match: re.Match[str]) -> Event:
    return Steps(int(match[1]), int(match[2]), tuple(map(int, match[3].split(","))))


def _extensions(match: re.Match[str]) -> Event:
    pairs = (part.partition("=") for part in match[2].split())
    return Extensions(int(match[1]), MappingProxyType({key: value for key, _, value in pairs}))


def _model_part(match: re.Match[str]) -> Event:
    return ModelPart(match[1], int(match[2]), match[3], match[4], int(match[5]), int(match[6]))


def _missing(match: re.Match[str]) -> Event:
    text = match[1]
    frames = () if text == "ok" else tuple(int(part) for part in text.split(",") if part)
    return Missing(frames) if frames or text == "ok" else Noise(match[0])


_Make = Callable[[re.Match[str]], Event]
_TEXT = r"\[([^\[\]\r\n]*)\]"
MESSAGES: tuple[tuple[str, _Make], ...] = (
    (r"m-ready", lambda _: Ready()),
    (r"m-init-done", lambda _: InitDone()),
    (r"m-name-[\w.]+-" + _TEXT, lambda m: Name(m[1])),
    (r"m-profile-" + _TEXT, lambda m: Profile(m[1])),
    (r"m-model-" + _TEXT, lambda m: ModelName(m[1])),
    (r"m-edgebench-\[(\d{1,4})((?: [\w.-]+=[\w.,-]*)*)\]", _extensions),
    (
        r"m-eb-(input|output)-\[(\d{1,4}) (\w{1,64}) (\w{1,8}) (\d{1,9}) (\d{1,9})\]",
        _model_part,
    ),
    (r"m-lap-us-(-?\d{1,20})", _lap),
    (r"m-\[Expecting (\d{1,9}) bytes\]", lambda m: Expecting(int(m[1]))),
    (r"m-load-done", lambda _: LoadDone()),
    (r"m-warmup-start-(\d{1,10})", lambda m: WarmupStart(int(m[1]))),
    (r"m-warmup-done", lambda _: WarmupDone()),
    (r"m-infer-start-(\d{1,10})", lambda m: InferStart(int(m[1]))),
    (r"m-infer-done", lambda _: InferDone()),
    (r"m-results-" + _TEXT, _results),
    (r"m-buffer-((?:[0-9a-fA-F]{2}[- ]?)+)", _buffer),
    (r"m-eb-baud-\[(\d{1,9})\]", lambda m: BaudTaken(int(m[1]))),
    (r"m-eb-sum-\[([0-9a-f]{8})\]", lambda m: InputSum(int(m[1], 16))),
    (r"m-eb-load-\[(ok|\d{1,5}(?:,\d{1,5})*)\]", _missing),
    (r"m-eb-output-\[((?:[0-9a-f]{2})*) ([0-9a-f]{8}) ([0-9a-f]{8})\]", _output),
    (r"m-eb-steps-\[(\d{1,9}) (\d{1,10}) (\d{1,10}(?:,\d{1,10})*)\]", _steps),
    # A word's end is no complaint: the reference firmware says m-state-[...].
    (r"(?<![A-Za-z])e-" + _TEXT, lambda m: DeviceComplaint(m[1])),
)
_ANY = re.compile("|".join(f"(?P<k{number}>{rule})" for number, (rule, _) in enumerate(MESSAGES)))
_RULES = tuple((re.compile(rule), make) for rule, make in MESSAGES)


class Parser:
    """Turns what a device sends into events; a message counts when its line is complete.

    ``longest_line`` is in bytes: an answer of thousands of values has more than `LONGEST_LINE`.
    """

    def __init__(self, longest_line: int = LONGEST_LINE) -> None:
        self._rest = bytearray()
        self.longest_line = longest_line

    def feed(self, received: bytes) -> list[Event]:
        """Take bytes, in pieces of any size, and return the events of the lines that they end."""
        received = received.replace(b"\r", b"\n").replace(b"\0", b"")
        self._rest += received
        if b"\n" not in received and len(self._rest) <= self.longest_line:
            return []
        *lines, rest = self._rest.split(b"\n")
        if len(rest) > self.longest_line:
            lines.append(rest)
            rest = bytearray()
        self._rest = bytearray(rest)
        return [event for line in lines for event in parse_line(bytes(line))]

    @property
    def pending(self) -> bytes:
        """The line that has not ended yet."""
        return bytes(self._rest)


def parse_line(line: bytes) -> list[Event]:
    """Return the messages in a line, and what is between them as noise."""
    text = line.decode("ascii", "replace")
    events: list[Event] = []
    place = 0
    for match in _ANY.finditer(text):
        _add_noise(events, text[place : match.start()])
        number = int((match.lastgroup or "k0")[1:]) if match.lastgroup else 0
        rule, make = _RULES[number]
        found = rule.fullmatch(match[0])
        events.append(make(found) if found else Noise(match[0]))
        place = match.end()
    _add_noise(events, text[place:])
    return events


def _add_noise(events: list[Event], text: str) -> None:
    if text.strip():
        events.append(Noise(text.strip()))


def command(*words: str | int) -> bytes:
    """Return a command as it is sent.

    Raises
    ------
    ValueError
        If a word has what would end the command or is no printable ASCII.
    """
    text = " ".join(str(word) for word in words)
    if not text or "%" in text or not (text.isascii() and text.isprintable()):
        raise ValueError(f"{text!r} can't be sent as a command")
    return text.encode("ascii") + b"%"
