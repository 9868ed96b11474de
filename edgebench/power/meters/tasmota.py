"""Plugs with Tasmota's firmware, over HTTP: ``tasmota:HOST[:PORT][,channel=1]``.

``/cm?cmnd=Status%2010`` has ``StatusSNS`` and in it ``ENERGY``, with one power or one per channel,
in watts. Its resolution is a whole watt unless the setting WattRes says more. Source: Tasmota's
documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from edgebench.errors import MeterLost, MeterNotFound
from edgebench.power.acquisition.connections.opening import opening
from edgebench.power.acquisition.connections.plug import COARSE, PORT, plug_meter, wants_password
from edgebench.power.acquisition.connections.web import OK, WebDevice, watts_in
from edgebench.power.contract import Figures, Found, PowerMeter
from edgebench.power.option_kinds import Number, Whole
from edgebench.power.options import option
from edgebench.power.place import MeterPlace
from edgebench.text.printable import excerpt, quoted

EXAMPLE = "tasmota:192.168.1.21"
WHOLE_WATTS = "it states whole watts: WattRes 3 in its console gives more digits"
SENSORS, FIRMWARE = "/cm?cmnd=Status%2010", "/cm?cmnd=Status%202"


@dataclass(frozen=True, kw_only=True)
class TasmotaOptions:
    """Which of its channels, and how often it is asked."""

    channel: int | None = option("channel", Whole(1, 32), None)
    rate_hz: float = option("rate", Number(0.1, 5, "Hz"), 1.0)


class TasmotaDriver:
    """Plugs with Tasmota's firmware."""

    name = "tasmota"
    aliases = ()
    requires = None
    supplies = False
    options = TasmotaOptions
    usage = "tasmota:HOST[:PORT]"
    summary = f"a plug with Tasmota's firmware, by HTTP; mains power, {COARSE}; `channel=`"
    rate = "`rate=1`"
    figures = Figures.COARSE
    advice = f"name its host: `power={EXAMPLE}`"

    def discover(self) -> list[Found]:
        """Return nothing: a search of the network would take long and disturb others."""
        return []

    def open(self, place: MeterPlace) -> PowerMeter:
        """Open the plug at a host.

        Raises
        ------
        MeterNotFound
            If none answers there, it requires a password, has no power meter, or several channels.
        """
        place.required_address(EXAMPLE)
        options = place.options_as(TasmotaOptions)
        device = WebDevice(self.name, *place.host_and_port("", PORT))
        with opening(lambda: None, f": is a plug with Tasmota at {device.address}?"):
            first = _channels(device)
            channel = _chosen(device, first, options.channel)
            firmware = _member(device.get(FIRMWARE)[1], "StatusFWR", "Version")
        resolution = f"; {WHOLE_WATTS}" if isinstance(first[channel], int) else ""
        return plug_meter(
            str(place),
            f"Tasmota, mains power, {COARSE}{resolution}",
            str(channel + 1),
            options.rate_hz,
            lambda: _watts(device, channel),
            firmware=excerpt(firmware, 60) if isinstance(firmware, str) else "",
        )


def _channels(device: WebDevice) -> list[object]:
    """Return the power of each channel, as it states it."""
    status, values = device.get(SENSORS)
    if isinstance(values, dict) and "WARNING" in values:
        raise wants_password("tasmota", device, "clear its WebPassword")
    if status != OK or not isinstance(_member(values, "StatusSNS"), dict):
        raise MeterLost(f"tasmota: {device.address} answers with status {status}, no StatusSNS")
    power = _member(values, "StatusSNS", "ENERGY", "Power")
    if power is None:
        raise MeterLost(f"tasmota: {device.address} has no power meter: no ENERGY in StatusSNS")
    return list(power) if isinstance(power, list) else [power]


def _chosen(device: WebDevice, powers: list[object], wanted: int | None) -> int:
    if wanted is None and len(powers) == 1:
        return 0
    if wanted is None or wanted > len(powers):
        shown = ", ".join(f"channel={each} ({power} W)" for each, power in enumerate(powers, 1))
        raise MeterNotFound(
            f"tasmota: {device.address} has {len(powers)} channels; choose with `power=...,` "
            f"{excerpt(shown)}",
            field="power",
        )
    return wanted - 1


def _watts(device: WebDevice, channel: int) -> float:
    powers = _channels(device)
    watts = watts_in(powers[channel]) if channel < len(powers) else None
    if watts is None:
        raise MeterLost(f"tasmota: {device.address} states no power: {quoted(repr(powers))}")
    return watts


def _member(values: Any, *keys: str) -> Any:
    """Return what stands below keys; None where a level is missing."""
    for key in keys:
        values = values.get(key) if isinstance(values, dict) else None
    return values
