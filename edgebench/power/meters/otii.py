"""Qoitech's Otii Arc and Ace: ``otii[:HOST[:PORT]][,device=NAME][,supply=3.3][,license=no]``.

Otii's own program has the instrument; it is asked over TCP by Qoitech's otii_tcp_client. Falls of
GPI1 are marks. Source: otii_tcp_client's docstrings.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

import numpy as np

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterLost, MeterNotFound, UsageError
from edgebench.power.acquisition.stream import StreamClock, within_range
from edgebench.power.contract import Accuracy, MeterDescription, PowerSamples
from edgebench.power.options import number, one_of, split_options

PORT = 1905
LEAST_V, MOST_V = 0.5, 5.0
MOST_W = 25.0
ANSWER_S = 3.0
SILENCE_S = 3.0
POLL_S = 0.1
BLOCK_S = 0.01
"""How long before its end is told a recording may have ended."""
MOST_AT_ONCE = 40_000
LIMITS = Accuracy(0.01, 5e-6, "Qoitech's Arc: 1 % + 0.5 uA, as a limit of both instruments")


class Otii(CloseOnExit):
    """A `PowerMeter`; with ``supply=`` it sets the main output and switches it on."""

    def __init__(self, host: str, port: int, options: dict[str, Any]) -> None:
        self._at = f"{host}:{port}"
        self._client = _client_module().OtiiClient()
        try:
            licensing = _client_module().LicensingMode
            self._otii = self._client.connect(
                host=host,
                port=port,
                try_for_seconds=2,
                licensing=licensing.MANUAL if options.get("license") == "no" else licensing.AUTO,
            )
        except Exception as error:
            raise MeterNotFound(
                f"otii: its program does not answer at {self._at}, or has no Automation license "
                f"free: start Otii and its TCP server ({type(error).__name__}: {error})"
            ) from error
        try:
            self._device = self._find(options.get("device", ""))
            self._project = self._prepare(options.get("supply"))
            version = self._device.get_version()
            rate = self._rate_hz()
        except MeterNotFound:
            self.close()
            raise
        except Exception as error:
            self.close()
            raise MeterNotFound(f"otii: {self._at}: {error}") from error
        self._recording = -1
        self._done = self._marks_done = 0
        self._clock = StreamClock(f"otii at {self._at}", 1e9 / rate, SILENCE_S, BLOCK_S * 1e9)
        self.description = MeterDescription(
            name="otii",
            detail=f"{self._device.type} {self._device.name}, firmware "
            f"{version.get('fw_version', '?')}",
            channels=("mp",),
            period_s=1 / rate,
            counts_energy=False,
            accuracy=LIMITS,
            clock="meter",
            poll_s=POLL_S,
        )

    def close(self) -> None:
        """Give the license back and hang up."""
        with suppress(Exception):
            self._client.disconnect()

    def start(self) -> None:
        """Begin a recording."""
        self._done = self._marks_done = 0
        self._clock.starting()
        try:
            self._project.start_recording()
            recording = self._project.get_last_recording()
        except Exception as error:
            raise self._gone(error) from error
        if recording is None:
            raise MeterLost("otii: it began no recording")
        self._recording = recording.id

    def read(self) -> PowerSamples:
        """Return what is recorded by now."""
        return self._samples()

    def stop(self) -> PowerSamples:
        """End the recording, and return the rest."""
        asked = now_ns()
        try:
            self._project.stop_recording()
        except Exception as error:
            raise self._gone(error) from error
        return self._samples(asked)

    def _samples(self, stop_asked_ns: int | None = None) -> PowerSamples:
        try:
            values = np.array(self._new("mp", self._done), float)
            marks = self._new("i1", self._marks_done)
            fell = [round(float(each["timestamp"]) * 1e9) for each in marks if not each["value"]]
        except Exception as error:
            raise self._gone(error) from error
        self._done += len(values)
        self._marks_done += len(marks)
        times = self._clock.times(len(values))
        exchanges = self._clock.heard(len(values))
        if stop_asked_ns is not None and self._clock.count:
            exchanges = (*exchanges, self._clock.stopped(stop_asked_ns))
        power, wrong, faults = within_range(values, MOST_W)
        return PowerSamples(
            times,
            power,
            marks_ns=np.array(fell, np.int64) if fell else None,
            exchanges=exchanges,
            lost=wrong,
            faults=faults,
        )

    def _new(self, channel: str, done: int) -> list[Any]:
        """Return what a channel has beyond what was fetched."""
        count = int(self._ask("recording_get_channel_data_count", channel=channel)["count"])
        found: list[Any] = []
        while done + len(found) < count:
            piece = self._ask(
                "recording_get_channel_data",
                channel=channel,
                index=done + len(found),
                count=min(count - done - len(found), MOST_AT_ONCE),
            )["values"]
            if not piece:
                break
            found += piece
        return found

    def _ask(self, command: str, **data: Any) -> dict[str, Any]:
        """Ask about the recording; the client's own calls for this wait for ever."""
        answer = self._otii.connection.send_and_receive(
            {
                "type": "request",
                "cmd": command,
                "data": {"device_id": self._device.id, "recording_id": self._recording, **data},
            },
            ANSWER_S,
        )
        if answer.get("type") == "error":
            raise MeterLost(f"otii: {command}: {answer.get('message') or answer.get('errorcode')}")
        found: dict[str, Any] = answer["data"]
        return found

    def _gone(self, error: Exception) -> MeterLost:
        if isinstance(error, MeterLost):
            return error
        return MeterLost(
            f"otii: its program at {self._at} does not answer: {type(error).__name__} {error}"
        )

    def _find(self, name: str) -> Any:
        devices = self._otii.get_devices(timeout=2)
        found = [each for each in devices if not name or each.name == name]
        if len(found) == 1:
            return found[0]
        names = ", ".join(each.name for each in devices) or "none"
        raise MeterNotFound(f"otii: which instrument? It has {names}: otii,device=NAME")

    def _prepare(self, supply_v: float | None) -> Any:
        project = None
        with suppress(Exception):
            project = self._otii.get_active_project()
        if project is None:
            project = self._otii.create_project()
        self._device.add_to_project()
        self._device.enable_channel("mp", True)
        self._device.enable_channel("i1", True)
        if supply_v is not None:
            self._device.set_main_voltage(supply_v)
            self._device.set_main(True)
        return project

    def _rate_hz(self) -> float:
        rate = float(self._device.get_channel_samplerate("mp"))
        if not 0 < rate < 1e6:
            raise MeterNotFound(f"otii: {rate:g} samples a second?")
        return rate


def _client_module() -> ModuleType:
    try:
        return importlib.import_module("otii_tcp_client.otii_client")
    except ImportError as error:
        raise MeterNotFound("otii needs otii_tcp_client: pip install 'edgebench[power]'") from error


def open_otii(rest: str) -> Otii:
    """Open the instrument of an Otii program."""
    known: dict[str, Callable[[str], Any]] = {
        "device": str,
        "supply": number,
        "license": one_of("yes", "no"),
    }
    place, options = split_options("otii", rest, known)
    host, _, port = place.partition(":")
    if port and not port.isdecimal():
        raise UsageError(f"otii: {port!r} is no port")
    supply_v = options.get("supply")
    if supply_v is not None and not LEAST_V <= supply_v <= MOST_V:
        raise UsageError(f"otii supplies {LEAST_V} to {MOST_V:g} V, not {supply_v:g}")
    return Otii(host or "127.0.0.1", int(port or PORT), options)
