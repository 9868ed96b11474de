"""The kinds of meters that are installed, for lists: what each is, takes and needs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from edgebench.power.contract import Figures, MeterDriver
from edgebench.power.drivers import meter_drivers
from edgebench.power.options import declared_options
from edgebench.text.brief import Brief


@dataclass(frozen=True)
class MeterOption:
    """An option of a meter, ``key=value`` behind its address.

    Attributes
    ----------
    expected
        Which values it can have, in words.
    default
        As it is written; empty where there is none, or it must be given.
    """

    key: str
    expected: str
    default: str
    is_required: bool


@dataclass(frozen=True, repr=False)
class MeterKind(Brief):
    """A kind of meter, as its driver describes it.

    Attributes
    ----------
    usage
        The syntax, such as ``ppk2:PORT``.
    figures
        What its figures are: measured, estimated, recorded earlier.
    install
        How to install the package that it needs; empty for none.
    is_installed
        Whether that package is there.
    """

    name: str
    aliases: tuple[str, ...]
    usage: str
    summary: str
    rate: str
    figures: str
    supplies: bool
    options: tuple[MeterOption, ...]
    install: str
    is_installed: bool


def meter_kinds() -> list[MeterKind]:
    """Return every kind whose driver can be used, those that measure first, then by name."""
    order = list(Figures)
    drivers = sorted(meter_drivers()[0], key=lambda each: (order.index(each.figures), each.name))
    return [_kind(driver) for driver in drivers]


def _kind(driver: MeterDriver) -> MeterKind:
    requires = driver.requires
    return MeterKind(
        driver.name,
        driver.aliases,
        driver.usage,
        driver.summary,
        driver.rate,
        driver.figures.value,
        driver.supplies,
        _options(driver.options),
        "" if requires is None else requires.advice,
        requires is None or requires.is_installed,
    )


def _options(kind: Any) -> tuple[MeterOption, ...]:
    declared = declared_options(kind)
    defaults = {each.name: each.default for each in fields(kind)} if declared else {}
    return tuple(
        MeterOption(
            each.key,
            each.kind.expected,
            "" if each.is_required else _text(defaults[name]),
            each.is_required,
        )
        for name, each in declared.items()
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
