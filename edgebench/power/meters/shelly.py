"""Shelly's plugs and meters of mains power, over HTTP: ``shelly:HOST[:PORT][,channel=0]``.

``/shelly`` says which generation it is. The first has ``/meter/0`` and ``/emeter/0``; later ones
have ``/rpc/Switch.GetStatus?id=0`` and the like for other components. New values come about once a
second. Source: Shelly's API documents of both.
"""

from __future__ import annotations

from collections.abc import Mapping
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

EXAMPLE = "shelly:192.168.1.20"
UNAUTHORIZED = 401
FIRST = (("/meter/{}", "power"), ("/emeter/{}", "power"))
LATER = (
    ("/rpc/Switch.GetStatus?id={}", "apower"),
    ("/rpc/PM1.GetStatus?id={}", "apower"),
    ("/rpc/EM1.GetStatus?id={}", "act_power"),
    ("/rpc/EM.GetStatus?id={}", "total_act_power"),
    ("/rpc/Cover.GetStatus?id={}", "apower"),
    ("/rpc/Light.GetStatus?id={}", "apower"),
)
"""Where power is, and under which key; the first that a device has."""


@dataclass(frozen=True, kw_only=True)
class ShellyOptions:
    """Which of its channels, and how often it is asked."""

    channel: int = option("channel", Whole(0, 15), 0)
    rate_hz: float = option("rate", Number(0.1, 5, "Hz"), 1.0)


class ShellyDriver:
    """Shelly's plugs and meters."""

    name = "shelly"
    aliases = ()
    requires = None
    supplies = False
    options = ShellyOptions
    usage = "shelly:HOST[:PORT]"
    summary = f"a Shelly plug or meter, Gen1 and later, by HTTP; mains power, {COARSE}; `channel=`"
    rate = "`rate=1`"
    figures = Figures.COARSE
    advice = f"name its host: `power={EXAMPLE}`"

    def discover(self) -> list[Found]:
        """Return nothing: a search of the network would take long and disturb others."""
        return []

    def open(self, place: MeterPlace) -> PowerMeter:
        """Open the device at a host.

        Raises
        ------
        MeterNotFound
            If none answers there, it requires a password, or has no power meter.
        """
        place.required_address(EXAMPLE)
        options = place.options_as(ShellyOptions)
        device = WebDevice(self.name, *place.host_and_port("", PORT))
        with opening(lambda: None, f": is a Shelly at {device.address}?"):
            about = _answer(device, "/shelly")
            path, key = _channel(device, about, options.channel)
        model = excerpt(str(about.get("model") or about.get("type")), 40)
        return plug_meter(
            str(place),
            f"Shelly {model}, mains power, {COARSE}",
            str(options.channel),
            options.rate_hz,
            lambda: _watts(device, path, key),
            serial=excerpt(str(about.get("mac", "")), 40),
            firmware=excerpt(str(about.get("ver") or about.get("fw") or ""), 60),
        )


def _channel(device: WebDevice, about: Mapping[str, Any], channel: int) -> tuple[str, str]:
    """Return where a channel's power is."""
    is_later = isinstance(about.get("gen"), int)
    if not is_later and "type" not in about:
        raise MeterNotFound(f"shelly: {device.address} says {quoted(str(about))}, not as one does")
    switches = False
    for place, key in LATER if is_later else FIRST:
        path = place.format(channel)
        status, values = device.get(path)
        _check_password(device, status)
        if status == OK and isinstance(values, dict) and key in values:
            return path, key
        # A switch without a meter may have one in another component: that of a Pro EM has.
        switches |= status == OK and place == LATER[0][0]
    about_it = "switches, but has no power meter" if switches else "has no power meter"
    raise MeterNotFound(
        f"shelly: {device.address} {about_it} at `channel={channel}`", field="power"
    )


def _watts(device: WebDevice, path: str, key: str) -> float:
    values = _answer(device, path)
    watts = watts_in(values.get(key))
    if watts is None or values.get("is_valid") is False:
        raise MeterLost(
            f"shelly: {device.address} states no power: {key} is {quoted(repr(values.get(key)))}"
        )
    return watts


def _answer(device: WebDevice, path: str) -> dict[str, Any]:
    status, values = device.get(path)
    _check_password(device, status)
    if status != OK or not isinstance(values, dict):
        raise MeterLost(f"shelly: {device.address} answers {path} with status {status}, no values")
    return values


def _check_password(device: WebDevice, status: int) -> None:
    if status == UNAUTHORIZED:
        raise wants_password("shelly", device, "switch its authentication off")
