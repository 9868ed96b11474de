"""Messages of a device: MLPerf Tiny's serial protocol, and edgebench's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


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
    """Text that is no message."""

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
