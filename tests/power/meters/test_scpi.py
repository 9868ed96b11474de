"""SCPI instruments and their cards."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgebench.errors import CardInvalid, MeterLost, MeterNotFound
from edgebench.power.meters.scpi.cards import scpi_cards
from edgebench.power.open import open_meter
from edgebench.virtual.meters.line import TcpLine
from tests.power.answering import listening


def resource_at(place: str) -> str:
    host, port = place.split(":")
    return f"scpi:TCPIP::{host}::{port}::SOCKET"


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


YOKOGAWA = {
    b"*IDN?": b"YOKOGAWA,WT310E,C3UH12345,F1.04\n",
    b":STATus:ERRor?": b'0,"No error"\n',
    b"NUM:NORM:VAL? 1": b"4.6480E+00\n",
}


@pytest.mark.parametrize("model", [b"WT310E", b"WT5000", b"760203", b"760503-EN"])
def test_a_yokogawa_is_asked_for_its_errors_by_its_own_name(model: bytes) -> None:
    answers = {**YOKOGAWA, b"*IDN?": b"YOKOGAWA," + model + b",C3UH12345,F1.04\n"}
    with listening(TcpLine, answers) as place, open_meter(resource_at(place)) as meter:
        assert "card yokogawa-wt" in meter.description.detail
        assert meter.description.serial == "C3UH12345"
        meter.start()
        assert meter.read().power_w.tolist() == [4.648]


def test_a_yokogawa_s_set_up_is_checked() -> None:
    answers = {**YOKOGAWA, b":STATus:ERRor?": b'113,"Undefined Header"\n'}
    with (
        listening(TcpLine, answers) as place,
        pytest.raises(MeterNotFound, match="refused the card's setup: 113"),
    ):
        open_meter(resource_at(place))


@pytest.mark.parametrize(
    ("value", "fault"),
    [(b"NAN", "no value at times"), (b"INF", "range was left"), (b"9.9E+37", "range was left")],
)
def test_a_reading_that_is_none_leaves_a_gap(value: bytes, fault: str) -> None:
    answers = {**YOKOGAWA, b"NUM:NORM:VAL? 1": value + b"\n"}
    with listening(TcpLine, answers) as place, open_meter(resource_at(place)) as meter:
        found = meter.read()
    assert len(found) == 0
    assert fault in found.faults[0]


def test_a_module_that_measures_no_power_is_asked_for_volts_and_amperes() -> None:
    answers = {
        b"*IDN?": b"Keysight Technologies,N6705C,MY1,E.02.14\n",
        b"SYST:ERR?": b'+0,"No error"\n',
        b"MEAS:VOLT? (@1)": b"+3.30000E+00\n",
        b"MEAS:CURR? (@1)": b"+2.00000E-02\n",
    }
    with listening(TcpLine, answers) as place, open_meter(resource_at(place)) as meter:
        meter.start()
        found = meter.read()
        assert found.power_w.tolist() == pytest.approx([0.066])
        assert found.volts_v is not None
        assert found.volts_v.tolist() == [3.3]
    answers[b"MEAS:POW? (@1)"] = b"0.07\n"
    with listening(TcpLine, answers) as place, open_meter(resource_at(place)) as meter:
        assert meter.read().power_w.tolist() == [0.07]
