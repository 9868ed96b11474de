"""What lists say of meters follows from their drivers."""

from __future__ import annotations

import pytest

from edgebench.power.contract import Figures
from edgebench.power.drivers import SUPPLY, meter_driver, meter_drivers, parse_place
from edgebench.power.kinds import meter_kinds
from edgebench.power.markdown import with_table
from edgebench.power.options import declared_options
from tests.conftest import ROOT


def test_every_driver_of_ours_can_be_loaded_and_says_what_it_is() -> None:
    drivers, broken = meter_drivers()
    assert broken == []
    assert len(drivers) == 19
    for driver in drivers:
        assert driver.usage.startswith(driver.name)
        assert driver.summary
        assert driver.advice
        assert not driver.supplies or SUPPLY in declared_options(driver.options)
        assert isinstance(driver.figures, Figures)
    names = [name for driver in drivers for name in (driver.name, *driver.aliases)]
    assert len(names) == len(set(names))


def test_an_alias_names_the_same_driver() -> None:
    assert meter_driver("ptd").name == "ptdaemon"
    driver, place = parse_place("ptd://127.0.0.1:99,period=2")
    assert driver.name == place.driver == "ptdaemon"
    assert place.host_and_port("", 0) == ("127.0.0.1", 99)
    assert str(place) == "ptdaemon://127.0.0.1:99"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("joulescope,rate=10", ""),
        ("joulescope:000415,rate=10", "000415"),
        ("command:awk 'BEGIN { print 1, 2 }'", "awk 'BEGIN { print 1, 2 }'"),
        ("recording:a,b.csv", "a,b.csv"),
        ("scpi:TCPIP::h::1::SOCKET,channel=2", "TCPIP::h::1::SOCKET"),
    ],
)
def test_the_address_is_what_the_driver_takes(text: str, address: str) -> None:
    assert parse_place(text)[1].address == address


def test_extras_and_licenses_are_stated() -> None:
    kinds = {kind.name: kind for kind in meter_kinds()}
    assert "edgebench[ppk2]" in kinds["ppk2"].install
    assert "GPLv2" in kinds["ppk2"].install
    assert kinds["otii"].install == "pip install 'edgebench[power]'"
    assert kinds["hwmon"].install == ""


def test_the_table_of_the_documentation_is_that_of_the_drivers() -> None:
    text = (ROOT / "docs/power.md").read_text(encoding="utf-8")
    assert with_table(text) == text, "run `python -m edgebench.power.markdown docs/power.md`"
