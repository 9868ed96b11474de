"""Opening a meter by what the user wrote, or at a place that was parsed before."""

from __future__ import annotations

import logging
from dataclasses import asdict, replace

from edgebench.errors import MeterNotFound
from edgebench.power.contract import PowerMeter
from edgebench.power.description import MeterDescription, stated_by_user
from edgebench.power.drivers import meter_driver, parse_place
from edgebench.power.place import MeterPlace
from edgebench.text.typed_json import TypedJsonError, structure

logger = logging.getLogger(__name__)


def open_meter(
    power: str | MeterPlace, supply_v: float | None = None, meter_accuracy: float | None = None
) -> PowerMeter:
    """Return the meter of a place; it is a context manager.

    Parameters
    ----------
    power
        ``NAME[:ADDRESS][,key=value...]``, or the place that it means.
    supply_v, meter_accuracy
        What the board is supplied with; the meter's limit of error relative to its reading. A place
        has them itself.

    Raises
    ------
    MeterNotFound
        If there is no meter of that name, it is not here, or its driver describes it with values
        of another type than `MeterDescription` has.
    UsageError
        If it has no such option, or its `supply_v` can't be.
    """
    if isinstance(power, MeterPlace):
        driver, place = meter_driver(power.driver), power
    else:
        driver, place = parse_place(power, supply_v, meter_accuracy)
    logger.info("opening %s", place)
    meter = driver.open(place)
    own = meter.description
    _check(own, place)
    if (stated := as_stated(own, place)) is not own:  # another package's may be read-only
        meter.description = stated
    return meter


def _check(description: MeterDescription, place: MeterPlace) -> None:
    """Refuse, before anything is measured, a description that run.json could not have."""
    try:
        structure(MeterDescription, asdict(description))
    except TypedJsonError as error:
        raise MeterNotFound(
            f"{place.driver}: its driver describes the meter wrongly: {error}"
        ) from error


def as_stated(description: MeterDescription, place: MeterPlace) -> MeterDescription:
    """Return a meter's description with what the user stated of it."""
    if place.accuracy is not None:
        description = replace(description, accuracy=stated_by_user(place.accuracy))
    if place.unused_supply_v is not None:
        about = f"`supply_v` ({place.unused_supply_v:g} V) is not used: {place.driver} needs none"
        description = replace(description, cautions=(*description.cautions, about))
    return description
