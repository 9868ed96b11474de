"""SCPI instruments and their cards."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgebench.errors import CardInvalid, MeterLost, MeterNotFound
from edgebench.power.meters.scpi.cards import scpi_cards
from edgebench.power.open import open_meter
from edgebench.virtual.meters.line import TcpLine
from tests.power.answering import listening


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        (
            {b"*IDN?": b"Keysight,N6705C,1,2\n", b"SYST:ERR?": b'-222,"Data out of range"\n'},
            "refused the card's setup: -222",
        ),
        ({b"*IDN?": b"Acme,Meter 1,1,2\n", b"MEAS:VOLT?": b"hot\n"}, "answered with 'hot'"),
    ],
)
def test_a_scpi_instrument_that_refuses(answers: dict[bytes, bytes], says: str) -> None:
    with (
        listening(TcpLine, answers) as place,
        pytest.raises((MeterNotFound, MeterLost), match=says),
    ):
        host, port = place.split(":")
        with open_meter(f"scpi:TCPIP::{host}::{port}::SOCKET") as meter:
            meter.start()


def test_a_scpi_card_of_one_s_own(tmp_path: Path) -> None:
    cards = tmp_path / "mine.toml"
    cards.write_text('[mine]\nidentity = "Acme"\npower = "P? {channel}"\nunit_w = 0.001\n')
    answers = {b"*IDN?": b"Acme,Meter 1,1,2\n", b"P? 3": b"1250\n"}
    with listening(TcpLine, answers) as place:
        host, port = place.split(":")
        resource = f"scpi:TCPIP::{host}::{port}::SOCKET,channel=3,cards={cards}"
        with open_meter(resource) as meter:
            assert meter.description.detail == "Acme,Meter 1,1,2; card mine"
            assert meter.read().power_w.tolist() == [1.25]
        with pytest.raises(MeterNotFound, match="no card is called 'other'; there are mine, key"):
            open_meter(f"{resource},card=other")
        with pytest.raises(MeterNotFound, match="does not say how to supply"):
            open_meter(resource, 3.3)
    for text in ("[x", '[x]\nidentity = "A"\n', '[x]\nidentity = "("\npower = "P?"\n'):
        cards.write_text(text)
        with pytest.raises(CardInvalid, match=r"mine\.toml"):
            scpi_cards(cards)
    assert [card.name for card in scpi_cards()][-1] == "any"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("[" * 10_000, "nested too deep"),
        ("9" * 5000, "too many digits"),
        ("0x" + "f" * 5000, "`power` is a whole number of more than 64 bits"),
    ],
    ids=["brackets", "digits", "hexadecimal"],
)
def test_a_scpi_card_without_end_is_refused(tmp_path: Path, value: str, says: str) -> None:
    cards = tmp_path / "mine.toml"
    cards.write_text(f'[mine]\nidentity = "A"\npower = {value}\n')
    with pytest.raises(CardInvalid, match=rf"mine\.toml.*{says}"):
        scpi_cards(cards)
