"""A USB tester of FNIRSI's: asked to begin, it sends packets of samples by its own clock."""

from __future__ import annotations

import errno
import logging
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterLost, MeterNotFound
from edgebench.power.description import MeasuredAt, MeterDescription
from edgebench.power.meters.fnirsi.packets import (
    SAMPLE_S,
    SAMPLES,
    SIZE,
    Sample,
    packet,
    packets_in,
    samples_of,
)
from edgebench.power.samples import Exchange, PowerSamples

logger = logging.getLogger(__name__)

HELLO, READY, MORE = packet(0x81), packet(0x82), packet(0x83)
REPORT = b"\0"
"""hidraw wants the report's number in front."""
MOST_REPORTS = 4096
"""At once: they are of more than two minutes."""
POLL_S = 0.02
SILENCE_S = 2.0
MOST_W = 300.0
"""More than any of them measures."""
SAMPLE_NS = round(SAMPLE_S * 1e9)


@dataclass(frozen=True)
class Model:
    """A kind of tester.

    Attributes
    ----------
    ids
        Vendor and product on USB.
    begin
        What it is asked to begin with.
    more_s
        How often it has to be asked for more; 0 for once when packets have come.
    """

    name: str
    ids: tuple[tuple[int, int], ...]
    begin: tuple[bytes, ...]
    more_s: float


MODELS = (
    Model("FNIRSI FNB48 or C1", ((0x0483, 0x003A), (0x0483, 0x003B)), (HELLO, READY, MORE), 0.0),
    Model(
        "FNIRSI FNB58 or FNB48S", ((0x2E3C, 0x5558), (0x2E3C, 0x0049)), (HELLO, READY, READY), 1.0
    ),
)


class FnirsiTester(CloseOnExit):
    """A `PowerMeter`.

    Its packets have no number: lost ones show by time that is missing.
    """

    def __init__(self, path: Path, model: Model, serial: str) -> None:
        self._path, self._model = path, model
        try:
            self._file = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
        except PermissionError as error:
            raise MeterNotFound(
                f"fnirsi: {path}: no permission: `sudo chmod a+rw {path}`"
            ) from error
        except OSError as error:
            raise MeterNotFound(f"fnirsi: {path} can't be opened: {error.strerror}") from error
        self._restart()
        self.description = MeterDescription(
            name="fnirsi",
            detail=f"{model.name} at {path}",
            channels=("VBUS",),
            period_s=SAMPLE_S,
            counts_energy=False,
            accuracy=None,
            clock="meter",
            poll_s=POLL_S,
            serial=serial,
            measured_at=MeasuredAt.INLET,
        )

    def _restart(self) -> None:
        self._left = b""
        self._count = self._absurd = 0
        self._asked_ns = self._heard_ns = now_ns()
        self._more_ns = self._asked_ns

    def close(self) -> None:
        """Close it."""
        with suppress(OSError):
            os.close(self._file)

    def start(self) -> None:
        """Ask it to begin; what it still sends of before is thrown away."""
        self._received()
        self._restart()
        for each in self._model.begin:
            self._send(each)

    def read(self) -> PowerSamples:
        """Return what came, and ask for more where it is time."""
        packets = self._packets()
        now = now_ns()
        samples: list[Sample] = []
        numbers: list[int] = []
        for each in packets:
            found = samples_of(each)
            for number, sample in enumerate(found or [], self._count):
                if sample.volts_v * sample.amps_a <= MOST_W:
                    samples.append(sample)
                    numbers.append(number)
                else:
                    self._absurd += 1
            # A damaged one leaves a gap.
            self._count += SAMPLES if found is None else len(found)
        if packets:
            self._heard_ns = now
        elif now - self._heard_ns > SILENCE_S * 1e9:
            raise MeterLost(f"fnirsi: {self._path} has sent nothing for {SILENCE_S:g} s")
        due = packets if self._model.more_s == 0 else now - self._more_ns > self._model.more_s * 1e9
        if due or now - self._heard_ns > SILENCE_S * 5e8:
            self._more_ns = now
            self._send(MORE)
        return self._taken(samples, numbers, now)

    def stop(self) -> PowerSamples:
        """Return the rest."""
        return self.read()

    def _taken(self, samples: list[Sample], numbers: list[int], now: int) -> PowerSamples:
        """Return samples on the tester's clock, from its first sample on."""
        faults = (f"samples beyond {MOST_W:g} W were left out",) if self._absurd else ()
        if not samples:
            return replace(PowerSamples.none(), faults=faults)
        times = np.array(numbers, np.int64) * SAMPLE_NS
        volts = np.array([each.volts_v for each in samples])
        amps = np.array([each.amps_a for each in samples])
        # A tester that still sends has samples of a whole packet from before it is asked.
        first = Exchange(int(times[0]), self._asked_ns - SAMPLES * SAMPLE_NS, None)
        last = Exchange(int(times[-1]), None, now)
        return PowerSamples(
            times,
            volts * amps,
            volts_v=volts,
            amps_a=amps,
            exchanges=(first, last) if numbers[0] == 0 else (last,),
            faults=faults,
        )

    def _packets(self) -> list[bytes]:
        found, self._left = packets_in(self._left + self._received())
        return found

    def _received(self) -> bytes:
        """Return what came, up to a limit; hidraw hands over one report per call."""
        parts: list[bytes] = []
        try:
            while len(parts) < MOST_REPORTS and (part := os.read(self._file, SIZE)):
                parts.append(part)
        except BlockingIOError:
            pass
        except OSError as error:
            raise self._gone(error) from error
        return b"".join(parts)

    def _send(self, data: bytes) -> None:
        logger.debug("%s > %r", self._path, data[:4])
        try:
            os.write(self._file, REPORT + data)
        except OSError as error:
            raise self._gone(error) from error

    def _gone(self, error: OSError) -> MeterLost:
        why = "unplugged" if error.errno in (errno.ENODEV, errno.EIO) else error.strerror
        return MeterLost(f"fnirsi: {self._path} is gone: {why}")
