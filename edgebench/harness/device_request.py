"""What a user asks of a serial device, checked before anything is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgebench.device.client import Verify
from edgebench.device.link import DEFAULT_BAUD
from edgebench.errors import UsageError
from edgebench.firmware.optimize import OPTIMIZE
from edgebench.virtual.serial_faults import parse_faults

RESETS = ("open", "leave", "pulse")
VERIFY = ("auto", "never")
REMOTE = ("socket://", "rfc2217://")


@dataclass(frozen=True)
class DeviceRequest:
    """A device and how to talk to it.

    Attributes
    ----------
    port
        A serial port, a URL of pyserial's, or ``emulated:MODEL``.
    baud, fast_baud
        The rate to begin with, and one to change to where device and port can.
    reset
        What DTR and RTS do at opening: `edgebench.device.link.LinkOptions`.
    verify
        ``auto`` compares what was loaded and what came; ``never`` does not.
    retries
        How often a sample is tried again.
    inject
        Faults for an emulated device: `edgebench.virtual.serial_faults`.
    extensions
        False: an emulated device without edgebench's own commands, as the reference firmware.
    host_timed
        Whether a device behind a network is timed by the host as well.
    emulator_clock
        Whether the device's clock is an emulator's, which counts instructions: no time at all.
    optimize
        Flash against speed, of firmware that is built for a board: `edgebench.firmware.optimize`.
    """

    port: str
    baud: int = DEFAULT_BAUD
    fast_baud: int | None = None
    reset: str = "open"
    verify: Verify = "auto"
    retries: int = 3
    inject: tuple[str, ...] = ()
    extensions: bool = True
    optimize: str = "balanced"
    host_timed: bool = False
    emulator_clock: bool = False

    @property
    def is_host_timed(self) -> bool:
        """Whether the host times it: not where a network lies between, unless asked to."""
        return self.host_timed or not self.port.startswith(REMOTE)

    def __post_init__(self) -> None:
        for name, value in (("baud", self.baud), ("fast_baud", self.fast_baud or self.baud)):
            if not 300 <= value <= 12_000_000:
                raise UsageError(f"{name} is a rate from 300 to 12000000, not {value}")
        for name, text, known in (
            ("reset", self.reset, RESETS),
            ("verify", self.verify, VERIFY),
        ):
            if text not in known:
                raise UsageError(f"no {name} {text!r}; there are {', '.join(known)}")
        if self.retries < 0:
            raise UsageError(f"retries must be 0 or more, not {self.retries}")
        is_emulated = self.port.startswith("emulated:")
        if is_emulated:
            self._check_emulated_rates()
        if self.inject and not is_emulated:
            raise UsageError("--inject makes faults on an emulated device's line: emulated:MODEL")
        if not self.extensions and not is_emulated:
            raise UsageError("--no-extensions is for an emulated device: emulated:MODEL")
        if self.optimize not in OPTIMIZE:
            raise UsageError(f"no optimize {self.optimize!r}; there are {', '.join(OPTIMIZE)}")
        if self.optimize != "balanced" and not self.port.startswith("board:"):
            raise UsageError("--optimize is for firmware that is built here: --board B")
        parse_faults(self.inject)

    def _check_emulated_rates(self) -> None:
        # A pseudo-terminal knows the kernel's rates only.
        from edgebench.virtual.serial_line import BAUD_RATES

        known = sorted(set(BAUD_RATES.values()) - {0})
        for rate in (self.baud, self.fast_baud or self.baud):
            if rate not in known:
                raise UsageError(
                    f"an emulated device can't run at {rate} baud; it can at "
                    f"{', '.join(str(each) for each in known if each >= 1200)}"
                )


def device_request_from_json(values: Mapping[str, Any]) -> DeviceRequest:
    """Rebuild one from run.json."""
    return DeviceRequest(**{**values, "inject": tuple(values.get("inject", ()))})
