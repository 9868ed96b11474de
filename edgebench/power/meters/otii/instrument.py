"""Qoitech's Otii Arc and Ace.

Otii's own program has the instrument; it is asked over TCP by Qoitech's otii_tcp_client. Falls of
GPI1 are marks. Source: otii_tcp_client's docstrings.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterLost, MeterNotFound
from edgebench.power.acquisition.connections.opening import opening
from edgebench.power.acquisition.stream import StreamClock, within_range
from edgebench.power.description import Accuracy, MeasuredAt, MeterDescription
from edgebench.power.meters.otii.models import model_of
from edgebench.power.option_kinds import Choice, Number, Text
from edgebench.power.options import option
from edgebench.power.samples import PowerSamples

LEAST_V, MOST_V = 0.5, 5.0
MOST_W = 25.0
CONNECT_S = 2
ANSWER_S = 3.0
SILENCE_S = 3.0
POLL_S = 0.1
BLOCK_S = 0.01
"""How long before its end is reported a recording may have ended."""
MOST_AT_ONCE = 40_000
MOST_RATE_HZ = 1e6


@dataclass(frozen=True, kw_only=True)
class OtiiOptions:
    """Which instrument of the program, what it supplies, and whose license is used."""

    device: str = option("device", Text("an instrument's name in Otii"), "")
    supply_v: float | None = option("supply", Number(LEAST_V, MOST_V, "V"), None)
    license: str = option("license", Choice("yes", "no"), "yes")


class Otii(CloseOnExit):
    """A `PowerMeter`; with `supply_v` it sets the main output and switches it on.

    Parameters
    ----------
    client
        The module ``otii_tcp_client.otii_client``.
    """

    def __init__(self, host: str, port: int, options: OtiiOptions, client: ModuleType) -> None:
        self._at = f"{host}:{port}"
        self._client = client.OtiiClient()
        licensing = client.LicensingMode
        mode = licensing.MANUAL if options.license == "no" else licensing.AUTO
        try:
            with self._client_answers():
                self._otii = self._client.connect(
                    host=host, port=port, try_for_seconds=CONNECT_S, licensing=mode
                )
        except MeterLost as error:
            raise MeterNotFound(
                f"{error}; start Otii and its TCP server, with a free Automation license"
            ) from error
        with opening(self.close):
            self._device = self._chosen(options.device)
            self._project = self._prepared(options.supply_v)
            with self._client_answers():
                version = self._device.get_version()
                rate = float(self._device.get_channel_samplerate("mp"))
            if not 0 < rate < MOST_RATE_HZ:
                raise MeterNotFound(f"otii: its program reports {rate:g} samples per second")
        self._recording = -1
        self._done = self._marks_done = 0
        self._clock = StreamClock(f"otii at {self._at}", 1e9 / rate, SILENCE_S, BLOCK_S * 1e9)
        firmware = str(version.get("fw_version", ""))
        self._model = model_of(str(self._device.type))
        # Of a supply that is not its own it measures the power alone.
        self._volts, self._least_v = options.supply_v or MOST_V, options.supply_v or LEAST_V
        self._largest_w = 0.0
        self._stated = self._limits()
        self.description = MeterDescription(
            name="otii",
            detail=f"{self._device.type} {self._device.name}, firmware {firmware or '?'}",
            channels=("mp",),
            marker_input="GPI1",
            period_s=1 / rate,
            counts_energy=False,
            averages=True,
            accuracy=self._stated,
            clock="meter",
            poll_s=POLL_S,
            serial=str(self._device.id),
            firmware=firmware,
            measured_at=MeasuredAt.INLET,
        )

    def close(self) -> None:
        """Give the license back and hang up."""
        with suppress(MeterLost), self._client_answers():
            self._client.disconnect()

    def start(self) -> None:
        """Begin a recording."""
        self._done = self._marks_done = 0
        self._largest_w = 0.0
        self._clock.starting()
        with self._client_answers():
            self._project.start_recording()
            recording = self._project.get_last_recording()
        if recording is None:
            raise MeterLost("otii: it began no recording")
        self._recording = recording.id

    def read(self) -> PowerSamples:
        """Return what is recorded by now."""
        return self._samples()

    def stop(self) -> PowerSamples:
        """End the recording, and return the rest."""
        asked = now_ns()
        with self._client_answers():
            self._project.stop_recording()
        return self._samples(asked)

    def _samples(self, stop_asked_ns: int | None = None) -> PowerSamples:
        try:
            values = np.array(self._new("mp", self._done), float)
            marks = self._new("i1", self._marks_done)
            fell = [round(float(each["timestamp"]) * 1e9) for each in marks if not each["value"]]
        # JSON of any shape.
        except (LookupError, TypeError, ValueError, OverflowError) as error:
            raise MeterLost(
                f"otii: its program at {self._at} sends what is not known here: measured powers "
                "are numbers, and marks have a `timestamp` and a `value`"
            ) from error
        self._done += len(values)
        self._marks_done += len(marks)
        times = self._clock.times(len(values))
        exchanges = self._clock.heard(len(values))
        if stop_asked_ns is not None and self._clock.count:
            exchanges = (*exchanges, self._clock.stopped(stop_asked_ns))
        power, wrong, faults = within_range(values, MOST_W)
        self._note_range(power)
        return PowerSamples(
            times,
            power,
            marks_ns=np.array(fell, np.int64) if fell else None,
            exchanges=exchanges,
            lost=wrong,
            faults=faults,
        )

    def _note_range(self, power_w: NDArray[np.float64]) -> None:
        """State the limits of the range that was needed, unless the user has stated others."""
        self._largest_w = max(self._largest_w, float(power_w.max(initial=0.0)))
        if self.description.accuracy == self._stated:
            self._stated = self._limits()
            self.description = replace(self.description, accuracy=self._stated)

    def _limits(self) -> Accuracy:
        return self._model.accuracy(self._volts, self._largest_w, self._least_v)

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
        """Ask about the recording; the client's own calls for this wait without a deadline."""
        request = {
            "type": "request",
            "cmd": command,
            "data": {"device_id": self._device.id, "recording_id": self._recording, **data},
        }
        with self._client_answers():
            answer = self._otii.connection.send_and_receive(request, ANSWER_S)
        if answer.get("type") == "error":
            raise MeterLost(f"otii: {command}: {answer.get('message') or answer.get('errorcode')}")
        found: dict[str, Any] = answer["data"]
        return found

    @contextmanager
    def _client_answers(self) -> Iterator[None]:
        """Hold calls of the client alone: it raises bare exceptions too."""
        try:
            yield
        except Exception as error:  # the client raises bare exceptions
            # The client's errors have their text in `message`, or none at all.
            said = getattr(error, "message", None) or error
            raise MeterLost(
                f"otii: its program at {self._at} does not answer: {type(error).__name__} {said}"
            ) from error

    def _chosen(self, name: str) -> Any:
        with self._client_answers():
            devices = self._otii.get_devices(timeout=CONNECT_S)
        found = [each for each in devices if not name or each.name == name]
        if len(found) == 1:
            return found[0]
        names = ", ".join(each.name for each in devices)
        if not names:
            raise MeterNotFound(f"otii: the program at {self._at} has no instrument")
        wanted = f"no instrument {name!r}; it has" if name else "several instruments found:"
        raise MeterNotFound(
            f"otii: {wanted} {names}; choose one with device=NAME",
            field="power",
            value=name or None,
            choices=[each.name for each in devices],
        )

    def _prepared(self, supply_v: float | None) -> Any:
        project = None
        with suppress(MeterLost), self._client_answers():
            project = self._otii.get_active_project()
        with self._client_answers():
            project = project or self._otii.create_project()
            self._device.add_to_project()
            self._device.enable_channel("mp", True)
            self._device.enable_channel("i1", True)
            if supply_v is not None:
                self._device.set_main_voltage(supply_v)
                self._device.set_main(True)
        return project
