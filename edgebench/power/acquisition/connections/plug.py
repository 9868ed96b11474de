"""Describe plugs that measure the mains, and open one at its address."""

from __future__ import annotations

from collections.abc import Callable

from edgebench.errors import MeterNotFound
from edgebench.power.acquisition.connections.web import WebDevice
from edgebench.power.acquisition.polled import Polled
from edgebench.power.contract import PowerMeter
from edgebench.power.description import MeasuredAt, MeterDescription

PORT = 80
COARSE = "coarse below 10 W"
MEAN_S = 1.0
"""A plug's power is about a second's mean, which it shows for a second."""


def plug_meter(
    name: str,
    detail: str,
    channel: str,
    rate_hz: float,
    watts: Callable[[], float],
    *,
    serial: str = "",
    firmware: str = "",
) -> PowerMeter:
    """Return the meter of a plug whose power ``watts`` asks for."""
    description = MeterDescription(
        name=name,
        detail=detail,
        channels=(channel,),
        period_s=1 / rate_hz,
        counts_energy=False,
        accuracy=None,
        aperture_s=MEAN_S,
        cautions=(f"a plug measures the mains, with the supply's losses; it is {COARSE}",),
        serial=serial,
        firmware=firmware,
        measured_at=MeasuredAt.MAINS,
    )
    return Polled(description, watts)


def wants_password(meter: str, device: WebDevice, advice: str) -> MeterNotFound:
    """Return the error for a plug that answers only with a password."""
    return MeterNotFound(
        f"{meter}: {device.address} requires a password, which edgebench does not keep: {advice} "
        "while it measures"
    )
