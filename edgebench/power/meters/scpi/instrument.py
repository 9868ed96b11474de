"""Any SCPI instrument: ``scpi:RESOURCE[,channel=1][,rate=10][,supply=V][,card=NAME][,cards=FILE]``.

RESOURCE is VISA's, such as ``TCPIP::192.168.1.5::5025::SOCKET``, ``ASRL/dev/ttyUSB0::INSTR`` or
``USB0::...::INSTR``; pyvisa with pyvisa-py talks to it. A card says which command gives power. By
SCPI-99, 9.91e37 is no number and 9.9e37 is beyond the range.
"""

from __future__ import annotations

import importlib
import re
import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import CardInvalid, MeterLost, MeterNotFound
from edgebench.power.contract import Accuracy, MeterDescription, PowerSamples
from edgebench.power.options import a_place, number, split_options

CARDS = Path(__file__).with_name("cards.toml")
RATE_HZ = 10.0
ANSWER_MS = 2000
BEYOND, NOT_A_NUMBER = 9.8e37, 9.905e37


@dataclass(frozen=True)
class ScpiCard:
    """How an instrument is asked; commands may have ``{channel}`` and ``{volts}`` in them.

    Attributes
    ----------
    identity
        A regular expression that is sought in the answer to ``*IDN?``.
    power, volts, amps
        Queries; power, or both of the others, must be there.
    unit_w
        What the power's unit is in watts: 0.001 for an instrument that tells milliwatts.
    """

    name: str
    identity: str
    power: str = ""
    volts: str = ""
    amps: str = ""
    unit_w: float = 1.0
    setup: tuple[str, ...] = ()
    supply: tuple[str, ...] = ()
    accuracy: Accuracy | None = None


def scpi_cards(path: Path = CARDS) -> list[ScpiCard]:
    """Read a file of cards.

    Raises
    ------
    CardInvalid
        If it can't be read, or a card lacks what it needs.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return [_card(name, dict(table)) for name, table in tables.items()]
    except (OSError, ValueError, TypeError, LookupError, re.error) as error:
        raise CardInvalid(f"{path}: {error}") from error


def _card(name: str, table: dict[str, Any]) -> ScpiCard:
    accuracy = table.pop("accuracy", None)
    for key in ("setup", "supply"):
        table[key] = tuple(table.get(key, ()))
    card = ScpiCard(name, accuracy=None if accuracy is None else Accuracy(**accuracy), **table)
    re.compile(card.identity)
    for command in (card.power, card.volts, card.amps, *card.setup, *card.supply):
        command.format(channel=1, volts=1.0)
    if not card.power and not (card.volts and card.amps):
        raise ValueError(f"[{name}] has no query for power, nor both for volts and amps")
    return card


class Scpi(CloseOnExit):
    """A `PowerMeter` that is asked for each sample."""

    def __init__(self, resource: str, options: dict[str, Any]) -> None:
        self._resource = resource
        self._channel = options.get("channel", 1)
        self._pyvisa = _pyvisa()
        try:
            self._open()
        except MeterLost as error:
            raise MeterNotFound(str(error)) from error
        try:
            identity = self._ask("*IDN?")
            self._card = _chosen(identity, options)
            self._set_up(options.get("supply"))
        except MeterLost as error:
            self.close()
            raise MeterNotFound(f"{error}: is {resource} a SCPI instrument?") from error
        except BaseException:
            self.close()
            raise
        self.description = MeterDescription(
            name="scpi",
            detail=f"{identity}; card {self._card.name}",
            channels=(str(self._channel),),
            period_s=1 / options.get("rate", RATE_HZ),
            counts_energy=False,
            accuracy=self._card.accuracy,
        )

    def _open(self) -> None:
        self._is_stale = False
        try:
            manager = self._pyvisa.ResourceManager("@py")
            self._session = manager.open_resource(self._resource, open_timeout=ANSWER_MS)
            self._session.timeout = ANSWER_MS
            self._session.read_termination = self._session.write_termination = "\n"
        except Exception as error:
            raise MeterLost(f"scpi: {self._resource} can't be opened: {error}") from error

    def close(self) -> None:
        """Hang up; pyvisa's manager is shared by all that are open."""
        with suppress(Exception):
            self._session.close()

    def start(self) -> None:
        """Ask once: what can't be read is better said now."""
        if self._is_stale:
            # An answer that comes too late must not be taken for another.
            with suppress(Exception):
                self._session.close()
            self._open()
        self.read()

    def read(self) -> PowerSamples:
        """Return one sample."""
        before = now_ns()
        if self._card.power:
            power = self._number(self._card.power) * self._card.unit_w
            volts = amps = None
        else:
            volts, amps = self._number(self._card.volts), self._number(self._card.amps)
            power = volts * amps
        after = now_ns()
        middle = (before + after) // 2
        if not abs(power) < BEYOND:
            # It leaves a gap.
            word = "its range was left" if abs(power) < NOT_A_NUMBER else "it had no value at times"
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
            raise MeterNotFound(f"scpi: the card {self._card.name} does not say how to supply")
        commands = list(self._card.setup) + list(self._card.supply if supply_v is not None else ())
        for command in commands:
            try:
                self._session.write(command.format(channel=self._channel, volts=supply_v))
            except Exception as error:
                raise self._gone(error) from error
        if not commands:
            return
        answer = self._ask("SYST:ERR?")
        if not re.match(r"[+-]?0\b", answer):
            raise MeterNotFound(f"scpi: {self._resource} refused the card's setup: {answer}")

    def _number(self, query: str) -> float:
        answer = self._ask(query.format(channel=self._channel))
        try:
            return float(answer.split(",")[0])
        except ValueError as error:
            raise MeterLost(f"scpi: {query} is answered with {answer[:40]!r}, no number") from error

    def _ask(self, query: str) -> str:
        try:
            return str(self._session.query(query)).strip()
        except Exception as error:
            raise self._gone(error) from error

    def _gone(self, error: Exception) -> MeterLost:
        self._is_stale = True
        return MeterLost(
            f"scpi: {self._resource} does not answer within {ANSWER_MS / 1000:g} s "
            f"({type(error).__name__}: {error})"
        )


def _chosen(identity: str, options: dict[str, Any]) -> ScpiCard:
    cards = scpi_cards(Path(options["cards"])) if "cards" in options else []
    cards += scpi_cards()
    if "card" in options:
        for card in cards:
            if card.name == options["card"]:
                return card
        names = ", ".join(card.name for card in cards)
        raise MeterNotFound(f"scpi: no card is called {options['card']!r}; there are {names}")
    return next(card for card in cards if re.search(card.identity, identity))


def _pyvisa() -> ModuleType:
    try:
        importlib.import_module("pyvisa_py")
        return importlib.import_module("pyvisa")
    except ImportError as error:
        raise MeterNotFound(
            "scpi needs pyvisa and pyvisa-py: pip install 'edgebench[power]'"
        ) from error


def open_scpi(rest: str) -> Scpi:
    """Open the instrument of a VISA resource."""
    known: dict[str, Callable[[str], Any]] = {
        "channel": int,
        "rate": number,
        "supply": number,
        "card": str,
        "cards": str,
    }
    place, options = split_options("scpi", rest, known)
    return Scpi(a_place("scpi", place, "scpi:TCPIP::192.168.1.5::5025::SOCKET"), options)
