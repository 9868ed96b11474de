"""run.json: a serial device, its firmware, and what MLPerf Tiny's procedure measured on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edgebench.rundir.records.base import Record

ReferenceVerdict = Literal["agrees", "differs", "close", "wrong"]


@dataclass(frozen=True, repr=False)
class DeviceRecord(Record):
    """A serial device: the port, its rate, and what the device says of itself.

    ``repairs`` is how often something went wrong and was repaired while time was taken. ``engine``
    is what computes the network, as the firmware says: ``edgebench`` for its own kernels, another
    engine's name, or empty where the firmware is not edgebench's.
    """

    port: str
    baud: int
    name: str
    profile: str
    model: str
    extensions: str
    is_emulated: bool
    repairs: int = 0
    engine: str = ""


@dataclass(frozen=True, repr=False)
class EstimateRecord(Record):
    """The estimated time of an inference on the board itself, never a measurement.

    It is by the instructions that an emulator executed, their classes and the core's timing; the
    ends of the interval are meant to hold 95 of 100. ``corrected_by`` is how many measurements of a
    board of the kind it was corrected by; 0: none was there.
    """

    core: str
    clock_mhz: float
    cycles: float
    low_cycles: float
    high_cycles: float
    time_ns: float
    low_ns: float
    high_ns: float
    source: str
    corrected_by: int = 0


@dataclass(frozen=True, repr=False)
class ImageRecord(Record):
    """The firmware that was built for a board; ``ram_bytes`` is without the stack.

    ``arena_bytes`` are activations; None where another engine computes (older records: 0).
    ``stack_bytes`` is the deepest that the stack can get; None where that has no bound, or is not
    known: of another engine.
    ``instructions_per_inference`` is by an emulator's clock, which counts instructions: no time.
    ``estimate`` is of the time that they would take on the board. ``compiler`` is its name and
    version; older records lack it.
    """

    board: str
    text_bytes: int
    rodata_bytes: int
    ram_bytes: int
    arena_bytes: int | None
    stack_bytes: int | None
    instructions_per_inference: float | None
    estimate: EstimateRecord | None = None
    compiler: str = ""


@dataclass(frozen=True, repr=False)
class TinyWindow(Record):
    """A window of MLPerf Tiny's performance mode, by the device's clock.

    The host's clock (`edgebench.clock.now_ns`) says when it was, for a meter's samples.
    """

    sample: int
    inferences: int
    device_us: int
    inferences_per_second: float
    host_started_ns: int
    host_ended_ns: int


@dataclass(frozen=True, repr=False)
class TinyRecord(Record):
    """MLPerf Tiny's performance mode: the median over windows.

    ``valid`` says whether every window has what the rules ask for: 10 s, or 10 inferences.
    ``clock_ratio`` is the device's time of all windows by the host's of the same exchanges.
    """

    inferences_per_second: float
    windows: tuple[TinyWindow, ...]
    valid: bool
    reason: str
    clock_ratio: float


@dataclass(frozen=True, repr=False)
class ReferenceRecord(Record):
    """A device's outputs against reference kernels on the same inputs.

    ``verdict`` is ``agrees`` (every byte), ``differs`` (by up to ``largest_steps`` steps of the
    output), ``close`` (the same, but the reference itself rounds otherwise than TensorFlow Lite
    Micro, so that it can't tell a difference from its own) or ``wrong``.
    """

    verdict: ReferenceVerdict
    runtime: str
    samples: int
    equal: int
    largest_steps: int
    other_answers: int


@dataclass(frozen=True, repr=False)
class TinyTrial(Record):
    """A trial of MLPerf Tiny's energy mode, as the official runner reckons it.

    ``window_by`` is ``marks`` where the meter saw the device's pin, ``host`` where it did not.
    ``uncertainty_uj`` is None where the meter's accuracy is not stated.
    """

    sample: int
    inferences: int
    elapsed_s: float
    energy_j: float
    uj_per_inference: float
    uncertainty_uj: float | None
    lost_samples: int
    window_by: Literal["marks", "host"]
    start_ns: int
    end_ns: int


@dataclass(frozen=True, repr=False)
class TinyEnergyRecord(Record):
    """MLPerf Tiny's energy mode: the median over trials.

    ``valid`` says whether they have what the rules ask for: five of 10 s or more, by marks. A
    streaming test is one trial, whose energy is that of the whole stream: there
    ``uj_per_inference`` is None.
    """

    uj_per_inference: float | None
    trials: tuple[TinyTrial, ...]
    valid: bool
    reason: str
