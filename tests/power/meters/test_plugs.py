"""Plugs of mains power over HTTP: Shelly's of both generations, and Tasmota's."""

from __future__ import annotations

import pytest

from edgebench.errors import MeterLost, MeterNotFound
from edgebench.power.acquisition.self_check import check_meter
from edgebench.power.open import open_meter
from tests.power.serving import GEN1, GEN2, served


@pytest.mark.parametrize("kind", ["shelly", "shelly-gen1", "tasmota"])
def test_a_plug_is_read_by_its_protocol(kind: str) -> None:
    with open_meter(f"virtual:{kind},exact=1,rate=5") as meter:
        watts = check_meter(meter)
        meter.start()
        read = meter.read()
        assert "coarse below 10 W" in meter.description.detail
        assert meter.description.accuracy is None
        assert "coarse below 10 W" in meter.description.cautions[0]
        assert meter.description.firmware
    assert 0 < watts < 60
    assert len(read) == 1


@pytest.mark.parametrize(
    ("answers", "options", "watts"),
    [
        ({"/shelly": GEN1, "/meter/0": b'{"power":2.21,"is_valid":true}'}, "", 2.21),
        ({"/shelly": GEN1, "/emeter/1": b'{"power":-3,"is_valid":true}'}, ",channel=1", -3),
        ({"/shelly": GEN2, "/rpc/Switch.GetStatus?id=0": b'{"id":0,"apower":8.9}'}, "", 8.9),
        ({"/shelly": GEN2, "/rpc/PM1.GetStatus?id=0": b'{"id":0,"apower":8.9}'}, "", 8.9),
        ({"/shelly": GEN2, "/rpc/EM1.GetStatus?id=1": b'{"act_power":501.8}'}, ",channel=1", 501.8),
        ({"/shelly": GEN2, "/rpc/EM.GetStatus?id=0": b'{"total_act_power":30}'}, "", 30),
        (
            {
                "/shelly": GEN2,
                "/rpc/Switch.GetStatus?id=0": b'{"id":0,"output":true}',
                "/rpc/EM1.GetStatus?id=0": b'{"id":0,"act_power":75.3}',
            },
            "",
            75.3,
        ),
    ],
    ids=[
        "plug",
        "meter of two",
        "relay",
        "meter alone",
        "clamp",
        "three phases",
        "a switch and clamps",
    ],
)
def test_a_shelly_of_any_kind(answers: dict[str, bytes], options: str, watts: float) -> None:
    with served({**answers}) as place, open_meter(f"shelly:{place}{options}") as meter:
        meter.start()
        assert meter.read().power_w.tolist() == [watts]
        assert meter.description.serial in ("A8032ABE54DC", "E868E7000000")
        assert meter.description.measured_at == "mains"


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({}, "answers /shelly with status 404, no values: is a Shelly at"),
        ({"/shelly": b"[1]"}, "no values"),
        ({"/shelly": b'{"name":"router"}'}, "not as one does"),
        ({"/shelly": (401, b"")}, "requires a password"),
        ({"/shelly": GEN1}, "has no power meter at `channel=0`"),
        ({"/shelly": GEN1, "/meter/0": (401, b"401 Unauthorized")}, "requires a password"),
        (
            {"/shelly": GEN2, "/rpc/Switch.GetStatus?id=0": b'{"id":0,"output":true}'},
            "switches, but has no power meter at `channel=0`",
        ),
    ],
)
def test_what_is_no_metering_shelly_is_refused(
    answers: dict[str, bytes | tuple[int, bytes]], says: str
) -> None:
    with served(answers) as place, pytest.raises(MeterNotFound, match=says):
        open_meter(f"shelly:{place}")


def energy(power: str) -> bytes:
    return f'{{"StatusSNS":{{"ENERGY":{{"Power":{power},"Voltage":230}}}}}}'.encode()


SENSORS = "/cm?cmnd=Status%2010"


def test_a_tasmota_of_one_channel_or_several() -> None:
    with served({SENSORS: energy("12")}) as place, open_meter(f"tasmota:{place}") as meter:
        meter.start()
        assert meter.read().power_w.tolist() == [12]
        assert "WattRes 3" in meter.description.detail
    with served({SENSORS: energy("[1.5,20.25]")}) as place:
        with pytest.raises(MeterNotFound, match=r"2 channels; .* channel=2 \(20\.25 W\)"):
            open_meter(f"tasmota:{place}")
        with open_meter(f"tasmota:{place},channel=2") as meter:
            assert meter.read().power_w.tolist() == [20.25]
            assert "WattRes" not in meter.description.detail


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b'{"WARNING":"Need user=<username>&password=<password>"}', "requires a password"),
        (b'{"Command":"Unknown"}', "no StatusSNS: is a plug with Tasmota at"),
        (b"<html>router</html>", "no StatusSNS"),
        (b'{"StatusSNS":{"Time":"2026-11-30T08:00:00"}}', "no ENERGY in StatusSNS"),
    ],
)
def test_what_is_no_metering_tasmota_is_refused(answer: bytes, says: str) -> None:
    with served({SENSORS: answer}) as place, pytest.raises(MeterNotFound, match=says):
        open_meter(f"tasmota:{place}")


@pytest.mark.parametrize(
    "power", ["null", '"12"', "true", "1e308", "-99999", "[]", '{"a":1}', "NaN"]
)
def test_a_power_that_is_none_ends_it(power: str) -> None:
    answers = {SENSORS: energy("5.0")}
    with served(answers) as place, open_meter(f"tasmota:{place}") as meter:
        meter.start()
        answers[SENSORS] = energy(power)
        with pytest.raises(MeterLost, match=r"states no power|no StatusSNS|no power meter"):
            meter.read()
    answers = {"/shelly": GEN2, "/rpc/Switch.GetStatus?id=0": b'{"apower":1}'}
    with served(answers) as place, open_meter(f"shelly:{place}") as meter:
        answers["/rpc/Switch.GetStatus?id=0"] = b'{"apower":%s}' % power.encode()
        with pytest.raises(MeterLost, match=r"states no power|no values"):
            meter.read()
