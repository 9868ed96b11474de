"""Requests of a serial device, checked before anything is opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import get_args

from edgebench.device.options import DEFAULT_BAUD, DEFAULT_RETRIES, InputFormat, Reset, Verify
from edgebench.device_place import (
    BoardImage,
    DevicePlace,
    EmulatedDevice,
    FarmAddress,
    NetworkPort,
    parse_device,
)
from edgebench.errors import UsageError
from edgebench.firmware.external.contract import OWN
from edgebench.firmware.external.find import check_engine
from edgebench.firmware.optimize import BALANCED, OPTIMIZE, Optimize
from edgebench.mlperf.tiny.inputs import TINY_INPUTS, TinyBenchmark
from edgebench.virtual.serial_faults import parse_faults

EMULATED_INTERFACE = "emulated"
LEAST_BAUD, MOST_BAUD = 300, 12_000_000
MOST_INTERFACE_BAUD = 2_000_000
MOST_TIMEOUT_S = 600.0
CHOICES = {
    "reset": get_args(Reset),
    "verify": get_args(Verify),
    "input_format": get_args(InputFormat),
    "optimize": OPTIMIZE,
}


@dataclass(frozen=True)
class DeviceRequest:
    """A device and how to talk to it.

    Attributes
    ----------
    port
        A serial port, a URL of pyserial's, ``emulated:MODEL`` or ``board:BOARD``:
        `edgebench.device_place`.
    baud, fast_baud
        The rate to begin with, and one to change to where device and port can.
    reset
        What DTR and RTS do at opening: `edgebench.device.options.LinkOptions`.
    verify
        ``auto`` compares what was loaded and what came; ``never`` does not.
    retries
        How often in a row the same exchange may fail before a sample is given up.
    inject
        Faults for an emulated device: `edgebench.virtual.serial_faults`.
    extensions
        False: an emulated device without edgebench's own commands, as the reference firmware.
    optimize
        Flash against speed, of firmware that is built for a board: `edgebench.firmware.optimize`.
    host_timed
        Whether a device behind a network is timed by the host as well.
    emulator_clock
        Whether the device's clock is an emulator's, which counts instructions: no time at all.
    input_format
        What inputs are sent as: ``int8``, ``uint8``, ``float32``; ``auto`` goes by the device's
        model and by its first answer (`edgebench.sut.device_input`).
    interface
        MLPerf Tiny's interface board, which plays a recording to the device: its port, the
        device's own if the device is behind it, or ``emulated`` in front of an emulated device.
    timeout_s
        How long an answer may take that computes nothing; None for 5 s, and less for a device that
        has shown to be quick.
    benchmark
        MLPerf Tiny's benchmark that firmware is built for, such as ``ic02``: it takes what
        MLCommons' runner sends for it, and calls its model so.
    engine
        What computes the network in firmware that is built here:
        `edgebench.firmware.external.find.engine_of`.
    """

    port: str
    baud: int = DEFAULT_BAUD
    fast_baud: int | None = None
    reset: Reset = "open"
    verify: Verify = "auto"
    retries: int = DEFAULT_RETRIES
    inject: tuple[str, ...] = ()
    extensions: bool = True
    optimize: Optimize = BALANCED
    host_timed: bool = False
    emulator_clock: bool = False
    input_format: InputFormat = "auto"
    timeout_s: float | None = None
    benchmark: TinyBenchmark | None = None
    interface: str | None = None
    engine: str = OWN

    @cached_property
    def place(self) -> DevicePlace:
        """Where the device is."""
        return parse_device(self.port)

    @property
    def is_emulated(self) -> bool:
        """Whether the device is a program that plays one, on a line that can have faults."""
        return isinstance(self.place, EmulatedDevice)

    @property
    def is_host_timed(self) -> bool:
        """Whether the host times it: not where a network lies between, unless asked to."""
        return self.host_timed or not isinstance(self.place, NetworkPort | FarmAddress)

    def __post_init__(self) -> None:
        for name, baud in (("baud", self.baud), ("fast_baud", self.fast_baud)):
            if baud is not None and not LEAST_BAUD <= baud <= MOST_BAUD:
                raise UsageError(
                    f"`{name}` must be a rate from {LEAST_BAUD} to {MOST_BAUD}, not {baud}",
                    field=name,
                    value=baud,
                )
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise UsageError.unknown(name, getattr(self, name), known)
        if self.benchmark is not None and self.benchmark not in TINY_INPUTS:
            raise UsageError.unknown("benchmark", self.benchmark, TINY_INPUTS)
        check_engine(self.engine)
        if self.retries < 0:
            raise UsageError(
                f"`retries` must be 0 or more, not {self.retries}",
                field="retries",
                value=self.retries,
            )
        if self.timeout_s is not None and not 0 < self.timeout_s <= MOST_TIMEOUT_S:
            raise UsageError(
                f"`timeout_s` must be above 0 and at most {MOST_TIMEOUT_S:g} s, not "
                f"{self.timeout_s:g}",
                field="timeout_s",
                value=self.timeout_s,
            )
        for is_broken, name, message in RULES:
            if is_broken(self):
                raise UsageError(message, field=name, value=getattr(self, name))
        parse_faults(self.inject)
        if self.is_emulated:
            self._check_emulated_rates()

    def _check_emulated_rates(self) -> None:
        # A pseudo-terminal knows the kernel's rates only.
        from edgebench.virtual.serial_line import BAUD_RATES

        known = sorted(set(BAUD_RATES.values()) - {0})
        for name, rate in (("baud", self.baud), ("fast_baud", self.fast_baud or self.baud)):
            if rate not in known:
                raise UsageError(
                    f"an emulated device can't run at `{name}={rate}`; it can at "
                    f"{', '.join(str(each) for each in known if each >= 1200)}",
                    field=name,
                    value=rate,
                )


RULES: tuple[tuple[Callable[[DeviceRequest], bool], str, str], ...] = (
    (
        lambda asked: asked.interface == EMULATED_INTERFACE and not asked.is_emulated,
        "interface",
        "an emulated interface board is for an emulated device: `device=emulated:MODEL`",
    ),
    (
        lambda asked: asked.interface not in (None, EMULATED_INTERFACE) and asked.is_emulated,
        "interface",
        "an emulated device is played to by an emulated board: `interface=emulated`",
    ),
    (
        lambda asked: (
            asked.interface in (EMULATED_INTERFACE, asked.port) and asked.baud > MOST_INTERFACE_BAUD
        ),
        "baud",
        f"`baud` is {MOST_INTERFACE_BAUD} at most where the device is behind an `interface` board",
    ),
    (
        lambda asked: bool(asked.inject) and not asked.is_emulated,
        "inject",
        "`inject` makes faults on an emulated device's line: `device=emulated:MODEL`",
    ),
    (
        lambda asked: not asked.extensions and not asked.is_emulated,
        "extensions",
        "`extensions=False` is for an emulated device: `device=emulated:MODEL`",
    ),
    (
        lambda asked: (
            asked.benchmark is not None
            and not asked.is_emulated
            and not isinstance(asked.place, BoardImage)
        ),
        "benchmark",
        "`benchmark` is for firmware that is built here: `device=emulated:MODEL`, or a `board`",
    ),
    (
        lambda asked: asked.optimize != BALANCED and not isinstance(asked.place, BoardImage),
        "optimize",
        "`optimize` is for firmware that is built here: name its `board`",
    ),
    (
        lambda asked: (
            asked.engine != OWN
            and not asked.is_emulated
            and not isinstance(asked.place, BoardImage)
        ),
        "engine",
        "`engine` is for firmware that is built here: `device=emulated:MODEL`, or a `board`",
    ),
)
"""What must not be asked for: when that is, the field that it is about, and the message."""
