"""Power sensors that the kernel reads: ``hwmon``, ``hwmon:CHIP``, ``hwmon:CHIP:RAIL``.

``hwmon`` alone is the whole board, where that is known (`boards`), or an instrument in its line: a
chip's only rail may be any part of a board, so it has to be named. CHIP is a driver's name, a
device (``1-0040``) or a folder (``hwmon2``); several rails are added with ``+``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import MeterNotFound
from edgebench.power.acquisition.connections import sysfs
from edgebench.power.acquisition.connections.opening import opening
from edgebench.power.acquisition.machine import sensor_name
from edgebench.power.acquisition.polled import Polled
from edgebench.power.contract import Figures, Found, PowerMeter
from edgebench.power.description import MeterDescription
from edgebench.power.jetson.boards import WHOLE_LABELS, measured_by
from edgebench.power.meters.hwmon.boards import Whole, whole_board
from edgebench.power.meters.hwmon.chip_table import chip_table
from edgebench.power.meters.hwmon.chips import Measured, cautions_of, most_watts, shunts_of
from edgebench.power.meters.hwmon.rail_sum import Total
from edgebench.power.meters.hwmon.rails import Chip, Rail, found_chips
from edgebench.power.options import NoOptions
from edgebench.power.place import MeterPlace

LEAST_PERIOD_S = 0.002


@dataclass(frozen=True)
class HwmonDriver:
    """The power sensors below a root; None for this machine's."""

    root: Path | None = None

    name = "hwmon"
    aliases = ()
    requires = None
    supplies = False
    options = NoOptions
    usage = "hwmon[:CHIP[:RAIL]]"
    summary = (
        "sensors of the kernel's drivers: INA219, 226, 238, 3221, USB-C testers (powerz), PMBus; a "
        "Jetson's whole board; iio on JetPack 4"
    )
    rate = "the chip's"
    figures = Figures.MEASURED
    advice = (
        "the kernel has no power sensor: an INA on a Pi needs its overlay in config.txt, such as "
        "dtoverlay=i2c-sensor,ina226"
    )

    def discover(self) -> list[Found]:
        """Return the whole board where it is known, and the chips."""
        chips = self._chips()
        whole = whole_board(self._root(), chips)
        found = []
        if whole is not None and len(whole.rails) > 1:
            names = " + ".join(map(_named, whole.rails))
            found.append(Found("", f"the whole board ({whole.why}): {names}"))
        return found + [_found(chip, chips) for chip in chips]

    def open(self, place: MeterPlace) -> PowerMeter:
        """Open the whole board, the only rail of a chip that is named, or rails that are.

        Raises
        ------
        MeterNotFound
            If there is no such chip or rail, it can't be read, there are several, or which rail
            is the whole board is not known.
        """
        chips = self._chips()
        if not chips:
            raise MeterNotFound(f"{self.advice}; `edgebench meters` lists the sensors")
        chosen = _chosen(self._root(), chips, place.address)
        period_s = max(chip.period_s for chip in chosen.chips)
        files = sysfs.Counters()
        measured = [Measured(rail, _owner(rail, chosen)) for rail in chosen.rails]
        with opening(files.close):
            total = Total(measured, [_reader(rail, files) for rail in chosen.rails])
        where = ", ".join(f"{chip.name} at {chip.folder}" for chip in chosen.chips)
        description = MeterDescription(
            name=str(place),
            detail=f"{where}; {chosen.why}",
            channels=tuple(rail.label for rail in chosen.rails),
            period_s=max(period_s, LEAST_PERIOD_S),
            counts_energy=False,
            accuracy=total.accuracy,
            serial=sensor_name(
                self._root(), *(chip.device or chip.folder.name for chip in chosen.chips)
            ),
            shunts_ohm=dict(shunts_of(measured)),
            cautions=tuple(cautions_of(measured)),
            aperture_s=max(chip.aperture_s for chip in chosen.chips),
            measured_at=measured_by([rail.label for rail in chosen.rails]),
        )
        return Polled(description, total.watts, files, total.described, most_watts(measured))

    def _root(self) -> Path:
        return self.root or sysfs.root()

    def _chips(self) -> list[Chip]:
        return found_chips(self._root())


def _owner(rail: Rail, chosen: Whole) -> Chip:
    return next(chip for chip in chosen.chips if rail in chip.rails)


def _found(chip: Chip, chips: Sequence[Chip]) -> Found:
    """Return a chip as a list has it; one of several of a name by its folder."""
    is_alone = sum(each.name == chip.name for each in chips) == 1
    address = chip.name if is_alone else chip.folder.name
    if not chip.rails:
        problem = "which of its voltages belongs to which current is not known: please report it"
        return Found(address, chip.name, problem=problem)
    what = f"rails {', '.join(map(_named, chip.rails))}"
    cautions = "; ".join(cautions_of([Measured(rail, chip) for rail in chip.rails]))
    if not is_alone:
        what = f"{chip.name}, {what}"
    if _whole_or_only(chip.rails) is None:
        return Found(address, what, problem=f"choose a rail: {_shown([chip], chips)}")
    return Found(address, f"{what}; {cautions}" if cautions else what)


def _named(rail: Rail) -> str:
    """Return a rail's label, with its shunt where that is known."""
    shunt = "" if rail.shunt_ohm is None else f" (shunt {rail.shunt_ohm * 1e3:g} mOhm)"
    return f"{rail.label}{shunt}"


def _chosen(root: Path, chips: Sequence[Chip], address: str) -> Whole:
    wanted, _, label = address.partition(":")
    whole = None if address else whole_board(root, chips)
    if whole is not None:
        return whole
    named = _called(wanted, chips)
    rails = [(rail, chip) for chip in named for rail in chip.rails]
    if label:
        return _labelled(rails, label, chips)
    each_rail = [rail for rail, _ in rails]
    in_line = chip_table().rails.in_line
    is_by_itself = bool(address) or all(chip.name in in_line for _, chip in rails)
    only = _whole_or_only(each_rail) if is_by_itself else _whole(each_rail)
    if not each_rail:
        raise MeterNotFound(
            f"{', '.join(chip.name for chip in named)}: which voltage belongs to which current is "
            "not known, so there is no power: please report it",
            field="power",
        )
    if only is None:
        raise MeterNotFound(
            "which rail feeds the whole board is not known here; choose with "
            f"`power=hwmon:CHIP:RAIL`, several with +, from {_shown(named, chips)}",
            field="power",
        )
    why = "the whole board, by its label" if only.label in WHOLE_LABELS else "the only rail"
    return Whole((only,), tuple(chip for rail, chip in rails if rail is only), why)


def _called(name: str, chips: Sequence[Chip]) -> list[Chip]:
    """Return the chips of a name; all for an empty one."""
    named = [chip for chip in chips if not name or name in chip.names]
    if not named:
        raise MeterNotFound(
            f"no power sensor called {name}; there are {_shown(chips, chips)}",
            field="power",
            value=name,
            choices=[each for chip in chips for each in chip.names],
        )
    return named


def _labelled(rails: Sequence[tuple[Rail, Chip]], label: str, chips: Sequence[Chip]) -> Whole:
    found: list[tuple[Rail, Chip]] = []
    for name in label.split("+"):
        alike = [(rail, chip) for rail, chip in rails if rail.label == name]
        if len(alike) != 1:
            why = "no rail" if not alike else f"{len(alike)} rails"
            raise MeterNotFound(
                f"hwmon has {why} {name!r}; there are {_shown(chips, chips)}",
                field="power",
                value=name,
                choices=[rail.label for rail, _ in rails],
            )
        found += alike
    owners = tuple(dict.fromkeys(chip for _, chip in found))
    return Whole(tuple(rail for rail, _ in found), owners, "as chosen")


def _whole(rails: Sequence[Rail]) -> Rail | None:
    """Return the rail whose label says that it is the whole board."""
    found = [rail for rail in rails if rail.label in WHOLE_LABELS]
    return found[0] if len(found) == 1 else None


def _whole_or_only(rails: Sequence[Rail]) -> Rail | None:
    """Return the rail whose label says that it is the whole, or the only one of a chip."""
    return _whole(rails) or (rails[0] if len(rails) == 1 else None)


def _shown(chips: Sequence[Chip], all_chips: Sequence[Chip]) -> str:
    """Return the rails of chips with their watts; a chip by its folder where it is not alone."""
    parts = []
    for chip in chips:
        is_alone = sum(each.name == chip.name for each in all_chips) == 1
        name = chip.name if is_alone else chip.folder.name
        for rail in chip.rails:
            watts = rail.watts()
            parts.append(f"{name}:{rail.label} ({'-' if watts is None else f'{watts:.3g} W'})")
    return ", ".join(parts) or "none"


def _reader(rail: Rail, files: sysfs.Counters) -> Callable[[], float]:
    factors = [files.add(path, scale).value for path, scale in rail.factors]
    if len(factors) == 1:
        return factors[0]
    volts, amps = factors
    return lambda: volts() * amps()
