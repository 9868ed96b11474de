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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

LONGEST_LINE = 1 << 15
"""What has no end by then is no line: bytes at a wrong baud rate, for one."""


@dataclass(frozen=True)
class Ready:
    """m-ready: the device waits for a command."""


@dataclass(frozen=True)
class InitDone:
    """m-init-done: the device has booted."""


@dataclass(frozen=True)
class Name:
    """m-name-dut-[X]."""

    name: str


@dataclass(frozen=True)
class Profile:
    """m-profile-[X]."""

    profile: str


@dataclass(frozen=True)
class ModelName:
    """m-model-[X]."""

    model: str


@dataclass(frozen=True)
class Extensions:
    """m-edgebench-[1 key=value ...]: what the device can do beyond the protocol."""

    version: int
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def number(self, key: str, otherwise: int = 0) -> int:
        """Return a value that is a number."""
        text = self.values.get(key, "")
        return int(text) if text.isdecimal() and len(text) < 10 else otherwise


@dataclass(frozen=True)
class ModelPart:
    """m-eb-input-[NUMBER NAME TYPE VALUES OFFSET], or output: one of several, and its place.

    ``way`` is ``input`` or ``output``; ``offset`` is in bytes, in the block of all of them.
    """

    way: str
    number: int
    name: str
    type_name: str
    values: int
    offset: int


@dataclass(frozen=True)
class Lap:
    """m-lap-us-N: the device's own clock, which wraps at 2^32; some print it as signed."""

    us: int


@dataclass(frozen=True)
class Expecting:
    """m-[Expecting N bytes]."""

    size_bytes: int


@dataclass(frozen=True)
class LoadDone:
    """m-load-done."""


@dataclass(frozen=True)
class WarmupStart:
    """m-warmup-start-N."""

    count: int


@dataclass(frozen=True)
class WarmupDone:
    """m-warmup-done."""


@dataclass(frozen=True)
class InferStart:
    """m-infer-start-N."""

    count: int


@dataclass(frozen=True)
class InferDone:
    """m-infer-done."""


@dataclass(frozen=True)
class Results:
    """m-results-[f,f,...]; ``texts`` keeps the digits that were sent."""

    values: tuple[float, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Buffer:
    """m-buffer-..: a part of what `db print` reads back."""

    data: bytes


@dataclass(frozen=True)
class BaudTaken:
    """m-eb-baud-[N]."""

    baud: int


@dataclass(frozen=True)
class InputSum:
    """m-eb-sum-[CRC]: of the current input."""

    crc32: int


@dataclass(frozen=True)
class Missing:
    """m-eb-load-[...]: the frames of a binary load that have not come; none when it is done."""

    frames: tuple[int, ...]


@dataclass(frozen=True)
class Output:
    """m-eb-output-[HEX INPUTCRC CRC], with the right CRC: an output in the model's own numbers.

    ``input_crc32`` is that of the input that it is of.
    """

    data: bytes
    input_crc32: int


@dataclass(frozen=True)
class Steps:
    """m-eb-steps-[CALLS EMPTY TOTAL,...]: what each step of the network took in all, in us.

    ``empty_us`` is what ``empty_calls`` steps that do nothing take.
    """

    empty_calls: int
    empty_us: int
    totals_us: tuple[int, ...]


@dataclass(frozen=True)
class DeviceComplaint:
    """e-[...]: an error of the device's own."""

    text: str


@dataclass(frozen=True)
class Noise:
    """What is no message."""

    text: str


Event = (
    Ready
    | InitDone
    | Name
    | Profile
    | ModelName
    | Extensions
    | ModelPart
    | Lap
    | Expecting
    | LoadDone
    | WarmupStart
    | WarmupDone
    | InferStart
    | InferDone
    | Results
    | Buffer
    | BaudTaken
    | InputSum
    | Missing
    | Output
    | Steps
    | DeviceComplaint
    | Noise
)


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
