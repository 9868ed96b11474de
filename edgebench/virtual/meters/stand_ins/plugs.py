"""Plugs that are played over HTTP: a Shelly of either generation, and one with Tasmota."""

from __future__ import annotations

import json
from collections.abc import Callable

from edgebench.clock import now_ns
from edgebench.power.acquisition.connections.plug import MEAN_S
from edgebench.power.meters.shelly import ShellyDriver
from edgebench.power.meters.tasmota import TasmotaDriver
from edgebench.virtual.meters.instrument import Instrument
from edgebench.virtual.meters.kind import ALWAYS, Kind, OnLine
from edgebench.virtual.meters.line import TcpLine

VOLTS = 230.0
MEAN_NS = round(MEAN_S * 1e9)
REASONS = {200: "OK", 404: "Not Found"}
Answer = dict[str, object]


class VirtualPlug:
    """A plug that answers GET by a table of paths; a path's answer is made of the watts of now."""

    answers: dict[str, Callable[[float], Answer]]
    refusal: tuple[int, Answer | str] = (404, "Not Found")

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._left = b""
        self._begun = False

    @property
    def is_gone(self) -> bool:
        """Whether its cable is pulled."""
        return self._instrument.is_gone

    def due(self) -> bytes:
        """Return nothing: it speaks when it is asked."""
        return b""

    def feed(self, data: bytes) -> bytes:
        """Answer a request once its head is there; each comes on a connection of its own."""
        self._left = self._left + data if data else b""
        head, end, _ = self._left.partition(b"\r\n\r\n")
        if not end:
            return b""
        self._left = b""
        words = head.split(b"\r\n", 1)[0].decode("ascii", "replace").split(" ")
        if not self._begun:
            self._instrument.start()
            self._begun = True
        if self._instrument.is_silent:
            return b""
        answer = self.answers.get(words[1]) if words[:1] == ["GET"] and len(words) == 3 else None
        status, body = self.refusal if answer is None else (200, answer(self._watts()))
        text = body if isinstance(body, str) else json.dumps(body, allow_nan=False)
        return (
            f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(text)}\r\nConnection: close\r\n\r\n{text}"
        ).encode()

    def _watts(self) -> float:
        """Return the mean of the last whole second of its own."""
        until = now_ns() // MEAN_NS * MEAN_NS
        return self._instrument.mean_between(until - MEAN_NS, until)


class VirtualShelly(VirtualPlug):
    """A Plus Plug S."""

    answers = {
        "/shelly": lambda _: {
            "id": "shellyplusplugs-virtual",
            "mac": "VIRTUAL",
            "model": "SNPL-00112EU",
            "gen": 2,
            "ver": "1.4.4",
            "auth_en": False,
        },
        "/rpc/Switch.GetStatus?id=0": lambda watts: {
            "id": 0,
            "output": True,
            "apower": round(watts, 1),
            "voltage": VOLTS,
            "current": round(watts / VOLTS, 3),
            "aenergy": {"total": 1.0},
        },
    }
    refusal = (404, {"code": 404, "message": "No handler"})


class VirtualFirstShelly(VirtualPlug):
    """A Plug S of the first generation."""

    answers = {
        "/shelly": lambda _: {
            "type": "SHPLG-S",
            "mac": "VIRTUAL",
            "auth": False,
            "fw": "20230913-113421/v1.14.0-gcb84623",
            "num_meters": 1,
        },
        "/meter/0": lambda watts: {
            "power": round(watts, 2),
            "is_valid": True,
            "timestamp": 1,
            "counters": [round(watts, 3)] * 3,
            "total": 60,
        },
    }


class VirtualTasmota(VirtualPlug):
    """A plug with WattRes 3."""

    answers = {
        "/cm?cmnd=Status%2010": lambda watts: {
            "StatusSNS": {
                "Time": "2026-11-30T08:00:00",
                "ENERGY": {
                    "Total": 1.0,
                    "Power": round(watts, 3),
                    "Voltage": VOLTS,
                    "Current": round(watts / VOLTS, 3),
                },
            }
        },
        "/cm?cmnd=Status%202": lambda _: {"StatusFWR": {"Version": "14.2.0(release-tasmota)"}},
    }
    refusal = (200, {"Command": "Unknown"})


SHELLY = Kind(
    name="shelly",
    scale_w=50.0,
    period_s=1.0,
    limits=None,
    way=OnLine(VirtualShelly, TcpLine),
    driver=lambda _, __: ShellyDriver(),
    faults=ALWAYS,
)
SHELLY_GEN1 = Kind(
    name="shelly-gen1",
    scale_w=50.0,
    period_s=1.0,
    limits=None,
    way=OnLine(VirtualFirstShelly, TcpLine),
    driver=lambda _, __: ShellyDriver(),
    faults=ALWAYS,
)
TASMOTA = Kind(
    name="tasmota",
    scale_w=50.0,
    period_s=1.0,
    limits=None,
    way=OnLine(VirtualTasmota, TcpLine),
    driver=lambda _, __: TasmotaDriver(),
    faults=ALWAYS,
)
