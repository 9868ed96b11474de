"""A SCPI instrument: pyvisa with pyvisa-py talks to it, a card says which command gives power.

By SCPI-99, 9.91e37 is no number and 9.9e37 is beyond the range.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterLost, MeterNotFound
from edgebench.power.acquisition.connections.opening import opening
from edgebench.power.description import MeterDescription
from edgebench.power.meters.scpi.cards import card_for
from edgebench.power.option_kinds import Number, Text, Whole
from edgebench.power.options import option
from edgebench.power.samples import PowerSamples

logger = logging.getLogger(__name__)

ANSWER_MS = 2000
BEYOND, NOT_A_NUMBER = 9.8e37, 9.905e37


@dataclass(frozen=True, kw_only=True)
class ScpiOptions:
    """Which channel, how often, what it supplies, and by which card it is asked."""

    channel: int = option("channel", Whole(1, 99), 1)
    rate_hz: float = option("rate", Number(unit="Hz"), 10.0)
    supply_v: float | None = option("supply", Number(unit="V"), None)
    card: str = option("card", Text("a card's name"), "")
    cards: str = option("cards", Text("a file of cards"), "")


class Scpi(CloseOnExit):
    """A `PowerMeter` that is asked for each sample.

    Parameters
    ----------
    resource
        Its name for VISA.
    visa
        The module ``pyvisa``.
    """

    def __init__(self, resource: str, options: ScpiOptions, visa: ModuleType) -> None:
        self._resource, self._channel, self._visa = resource, options.channel, visa
        self._is_stale = False
        with opening(self.close):
            self._connect()
        with opening(self.close, f": is {resource} a SCPI instrument?"):
            identity = self._ask("*IDN?")
            self._card = card_for(identity, options.card, options.cards)
            self._set_up(options.supply_v)
        with opening(self.close):
            self._asks_power = self._answers_power()
        _, _, serial, firmware = (*(each.strip() for each in identity.split(",")), *[""] * 4)[:4]
        self.description = MeterDescription(
            name="scpi",
            detail=f"{identity}; card {self._card.name}",
            channels=(str(self._channel),),
            period_s=1 / options.rate_hz,
            counts_energy=False,
            accuracy=self._card.accuracy,
            serial=serial,
            firmware=firmware,
        )

    def _connect(self) -> None:
        self._session: Any = None
        with self._visa_answers("can't be opened"):
            manager = self._visa.ResourceManager("@py")
            self._session = manager.open_resource(self._resource, open_timeout=ANSWER_MS)
            self._session.timeout = ANSWER_MS
            self._session.read_termination = self._session.write_termination = "\n"
        self._is_stale = False

    def close(self) -> None:
        """Hang up; pyvisa's manager is shared by all that are open."""
        if self._session is not None:
            with suppress(MeterLost), self._visa_answers("can't be closed"):
                self._session.close()

    def start(self) -> None:
        """Ask once: what can't be read is better said now."""
        if self._is_stale:
            # An answer that comes too late must not be taken for another.
            self.close()
            self._connect()
        self.read()

    def read(self) -> PowerSamples:
        """Return one sample."""
        before = now_ns()
        if self._asks_power:
            power = self._number(self._card.power) * self._card.unit_w
            volts = amps = None
        else:
            volts, amps = self._number(self._card.volts), self._number(self._card.amps)
            power = volts * amps
        after = now_ns()
        middle = (before + after) // 2
        if not abs(power) < BEYOND:
            # It leaves a gap.
            left = abs(power) < NOT_A_NUMBER or np.isinf(power)
            word = "its range was left" if left else "it had no value at times"
            return PowerSamples(np.empty(0, np.int64), np.empty(0), faults=(word,))
        return PowerSamples(
            np.array([middle], np.int64),
            np.array([power]),
            volts_v=None if volts is None else np.array([volts]),
            amps_a=None if amps is None else np.array([amps]),
            moment_ns=np.array([(after - before) / 2]),
        )

    def stop(self) -> PowerSamples:
        """Return one more sample."""
        return self.read()

    def _set_up(self, supply_v: float | None) -> None:
        if supply_v is not None and not self._card.supply:
            raise MeterNotFound(
                f"scpi: the card {self._card.name} does not say how to supply: leave "
                "`supply_v` out",
                field="supply_v",
            )
        commands = list(self._card.setup) + list(self._card.supply if supply_v is not None else ())
        for command in commands:
            with self._visa_answers("does not answer"):
                self._session.write(command.format(channel=self._channel, volts=supply_v))
        if not commands:
            return
        answer = self._ask(self._card.errors)
        if not re.match(r"[+-]?0\b", answer):
            raise MeterNotFound(f"scpi: {self._resource} refused the card's setup: {answer}")

    def _answers_power(self) -> bool:
        """Return whether it is asked for power; where it does not answer, for volts and amperes."""
        if not (self._card.volts and self._card.amps):
            return True
        if not self._card.power:
            return False
        try:
            self._number(self._card.power)
        except MeterLost as error:
            logger.info("%s: volts and amperes are taken: %s", self._resource, error)
            self.close()
            self._connect()
            return False
        return True

    def _number(self, query: str) -> float:
        answer = self._ask(query.format(channel=self._channel))
        try:
            return float(answer.split(",")[0])
        except ValueError as error:
            raise MeterLost(f"scpi: {query} is answered with {answer[:40]!r}, no number") from error

    def _ask(self, query: str) -> str:
        with self._visa_answers(f"does not answer within {ANSWER_MS / 1000:g} s"):
            return str(self._session.query(query)).strip()

    @contextmanager
    def _visa_answers(self, problem: str) -> Iterator[None]:
        """Hold calls of pyvisa alone: pyvisa-py raises bare exceptions too."""
        try:
            yield
        except Exception as error:  # pyvisa-py raises bare exceptions
            self._is_stale = True
            raise MeterLost(
                f"scpi: {self._resource} {problem} ({type(error).__name__}: {error})"
            ) from error
