from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebench.device.options import LinkOptions
from edgebench.device.port.opening import open_port
from edgebench.device_place import (
    BoardImage,
    DevicePlace,
    EmulatedDevice,
    FarmAddress,
    NetworkPort,
    SerialPort,
    parse_device,
)
from edgebench.errors import DeviceNotFound, UsageError
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("/dev/ttyACM0", SerialPort("/dev/ttyACM0")),
        ("COM3", SerialPort("COM3")),
        ("loop://", SerialPort("loop://")),
        ("socket://10.0.0.2:4000", NetworkPort("socket://10.0.0.2:4000")),
        ("rfc2217://box:1?ign_set_control", NetworkPort("rfc2217://box:1?ign_set_control")),
        ("emulated:kws", EmulatedDevice("kws")),
        ("emulated:kws-ds-cnn:int8", EmulatedDevice("kws-ds-cnn:int8")),
        ("emulated:", EmulatedDevice("")),
        ("board:mps2-an386", BoardImage("mps2-an386")),
        ("place:desk-3", FarmAddress("desk-3")),
        ("boarding", SerialPort("boarding")),
    ],
)
def test_a_text_is_a_place_and_the_place_the_text(text: str, place: DevicePlace) -> None:
    assert parse_device(text) == place
    assert str(place) == text


@given(st.text(min_size=1).filter(lambda text: text.strip()))
def test_any_text_comes_back(text: str) -> None:
    assert str(parse_device(text)) == text


@pytest.mark.parametrize("text", ["", " "])
def test_nothing_is_no_place(text: str) -> None:
    with pytest.raises(UsageError, match="`device` must name a port"):
        parse_device(text)


def test_a_farm_s_place_is_no_port_of_this_machine() -> None:
    with pytest.raises(DeviceNotFound, match="'place:desk-3' is a farm's place: `edgebench farm"):
        open_port("place:desk-3", LinkOptions())


def test_only_rfc_2217_has_modem_lines() -> None:
    assert NetworkPort("rfc2217://box:1").sets_modem_lines
    assert not NetworkPort("socket://box:1").sets_modem_lines


def test_no_other_module_looks_into_the_text() -> None:
    """One place parses it: elsewhere a prefix may stand in documentation and advice only."""
    prefix = re.compile(
        r"""(startswith|partition|removeprefix)\(\s*["'](emulated:|board:|place:|socket:)"""
    )
    own = Path("edgebench/device_place.py")
    found = [
        path.relative_to(ROOT)
        for path in (ROOT / "edgebench").rglob("*.py")
        if prefix.search(path.read_text()) and path.relative_to(ROOT) != own
    ]
    assert found == []
