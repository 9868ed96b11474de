"""An Otii program that is played, with an Arc: JSON lines over TCP."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from edgebench.power.meters.otii.driver import OtiiDriver
from edgebench.power.meters.otii.instrument import MOST_V
from edgebench.power.meters.otii.models import ARC
from edgebench.text.json_text import json_text
from edgebench.virtual.meters.instrument import Instrument
from edgebench.virtual.meters.kind import STREAM, Kind, OnLine
from edgebench.virtual.meters.line import TcpLine

RATE_HZ = 4000
NAME = "virtual Arc"
SCALE_W = 0.5


def _nothing(data: dict[str, Any]) -> dict[str, Any]:
    return {}


class VirtualOtii:
    """One project, one instrument, one recording at a time."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._left = b""
        self._greeted = False
        self._power: list[float] = []
        self._marks: list[dict[str, Any]] = []
        self._recordings = 0
        self._answers: dict[str, Callable[[dict[str, Any]], Any]] = {
            "otii_is_logged_in": lambda _: {"logged_in": True},
            "otii_get_licenses": lambda _: {
                "licenses": [{"id": 1, "type": "Automation", "available": True, "reserved_to": ""}]
            },
            "otii_get_devices": lambda _: {
                "devices": [{"device_id": "virtual-1", "name": NAME, "type": "Arc"}]
            },
            "otii_get_active_project": lambda _: {"project_id": 1},
            "arc_get_version": lambda _: {"hw_version": "1.3", "fw_version": "2.3.0"},
            "arc_get_channel_samplerate": lambda _: {"value": RATE_HZ},
            "project_start_recording": self._start,
            "project_stop_recording": self._stop,
            "project_get_last_recording": lambda _: {
                "recording_id": self._recordings,
                "name": "recording",
            },
            "recording_get_channel_data_count": lambda data: {"count": len(self._channel(data))},
            "recording_get_channel_data": self._data,
        }

    @property
    def is_gone(self) -> bool:
        """Whether its cable is pulled."""
        return self._instrument.is_gone

    def due(self) -> bytes:
        """Return nothing: it speaks when it is asked."""
        return b""

    def feed(self, data: bytes) -> bytes:
        """Answer requests."""
        answers = []
        if not self._greeted:
            self._greeted = True
            about = {"otii_version": "3.5.8", "protocol_version": "0.1", "server": "virtual"}
            answers.append({"type": "information", "info": "connected", "data": about})
        *lines, self._left = (self._left + data).split(b"\r\n")
        answers += [self._answer(json.loads(line)) for line in lines if line]
        return b"".join(json_text(each, None).encode() + b"\r\n" for each in answers if each)

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._instrument.is_silent:
            return {}
        command = request["cmd"]
        answer: Callable[[dict[str, Any]], Any] = self._answers.get(command, _nothing)
        return {
            "type": "response",
            "cmd": command,
            "trans_id": request["trans_id"],
            "data": answer(request.get("data", {})),
        }

    def _start(self, _: dict[str, Any]) -> dict[str, Any]:
        self._power, self._marks = [], []
        self._recordings += 1
        self._instrument.start()
        return {}

    def _stop(self, _: dict[str, Any]) -> dict[str, Any]:
        self._instrument.ending()
        self._catch_up()
        self._instrument.stop()
        return {}

    def _catch_up(self) -> None:
        seen = self._instrument.new()
        self._power += seen.shown_w[seen.gets_through].tolist()
        for mark in seen.marks:
            at = mark * self._instrument.period_s
            self._marks += [
                {"timestamp": at, "value": False},
                {"timestamp": at + 1e-5, "value": True},
            ]

    def _channel(self, data: dict[str, Any]) -> list[Any]:
        self._catch_up()
        return self._marks if data["channel"] == "i1" else self._power

    def _data(self, data: dict[str, Any]) -> dict[str, Any]:
        first = int(data["index"])
        values = self._channel(data)[first : first + int(data["count"])]
        return {
            "data_type": "digital" if data["channel"] == "i1" else "analog",
            "timestamp": first * self._instrument.period_s,
            "interval": self._instrument.period_s,
            "values": values,
        }


KIND = Kind(
    name="otii",
    scale_w=SCALE_W,
    period_s=1 / RATE_HZ,
    limits=ARC.accuracy(MOST_V, SCALE_W),
    way=OnLine(VirtualOtii, TcpLine),
    driver=lambda _, __: OtiiDriver(),
    faults=STREAM | {"negative"},
)
