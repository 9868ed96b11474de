"""Plugs of mains power over HTTP: Shelly's of both generations, and Tasmota's."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from edgebench.errors import EdgebenchError, MeterLost, MeterNotFound
from edgebench.power.acquisition.connections.web import MOST_BYTES, WebDevice
from edgebench.power.acquisition.self_check import check_meter
from edgebench.power.open import open_meter
from tests.stalls import undisturbed

GEN2 = (
    b'{"id":"shellyplus1pm-1","mac":"A8032ABE54DC","model":"SNSW-001P16EU","gen":2,"ver":"1.4.4"}'
)
GEN1 = b'{"type":"SHPLG-S","mac":"E868E7000000","auth":false,"fw":"20230913","num_meters":1}'
NO_HANDLER = b'{"code":404,"message":"No handler for it"}'


@contextmanager
def served(
    answers: dict[str, bytes | tuple[int, bytes]], raw: bytes | None = None
) -> Iterator[str]:
    """Serve paths as a device does; `raw` is sent in place of any answer. Yields HOST:PORT."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.05)
    done = threading.Event()

    def work() -> None:
        while not done.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(1)
                path = connection.recv(4096).split(b" ")[1].decode()
                connection.sendall(raw if raw is not None else response(answers.get(path)))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield f"127.0.0.1:{server.getsockname()[1]}"
    finally:
        done.set()
        thread.join()
        server.close()


def response(answer: bytes | tuple[int, bytes] | None) -> bytes:
    status, body = answer if isinstance(answer, tuple) else (200, answer)
    if body is None:
        status, body = 404, NO_HANDLER
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


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


def slow(connection: socket.socket) -> None:
    """Send a byte now and then, without end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(100):
        time.sleep(0.05)
        connection.sendall(b" ")


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n")
    for _ in range(100):
        connection.sendall(b" " * MOST_BYTES)


def continuing(connection: socket.socket) -> None:
    """Say that it goes on, without end, and without a pause."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 20)


def other(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")


def silent(connection: socket.socket) -> None:
    time.sleep(1)


@pytest.mark.timed
@pytest.mark.parametrize(
    ("behaves", "says"),
    [
        (slow, "does not answer in time"),
        (continuing, "does not answer in time"),
        (silent, "does not answer in time"),
        (endless, "with more than 64 KiB"),
        (other, "does not answer"),
    ],
)
def test_no_answer_takes_longer_or_more_than_its_limit(
    behaves: Callable[[socket.socket], None], says: str
) -> None:
    def taken_s() -> float:
        with socket.create_server(("127.0.0.1", 0)) as server:

            def work() -> None:
                connection, _ = server.accept()
                with connection:
                    try:
                        connection.recv(4096)
                        behaves(connection)
                    except OSError:
                        pass

            thread = threading.Thread(target=work)
            thread.start()
            device = WebDevice("shelly", "127.0.0.1", server.getsockname()[1], answer_s=0.4)
            began = time.monotonic()
            with pytest.raises(MeterLost, match=says):
                device.get("/shelly")
            taken = time.monotonic() - began
            thread.join()
        return taken

    assert undisturbed(taken_s) < 2


def test_a_place_where_nothing_is_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for name in ("shelly", "tasmota"):
        with pytest.raises(MeterNotFound, match=rf"127\.0\.0\.1:{port} does not answer .*refused"):
            open_meter(f"{name}:127.0.0.1:{port}")
        with pytest.raises(EdgebenchError, match=rf"{name} needs an address: `power={name}:192"):
            open_meter(name)


def test_a_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[str] = []
    real = socket.getaddrinfo

    def look_up(host: str, *rest: object, **more: object) -> object:
        looked_up.append(host)
        return real(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with served({"/shelly": GEN1}) as place:
        device = WebDevice("shelly", "localhost", int(place.split(":")[1]))
        assert [device.get("/shelly")[0] for _ in range(3)] == [200] * 3
    # Later on only numbers are, which asks nobody.
    assert looked_up[0] == "localhost"
    assert set(looked_up[1:]) <= {"127.0.0.1", "::1"}


def test_an_answer_that_is_cut_short_says_nothing() -> None:
    with served({}, b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{") as place:
        host, port = place.split(":")
        assert WebDevice("shelly", host, int(port)).get("/shelly") == (200, None)


def test_an_answer_in_pieces_is_read() -> None:
    body = GEN2
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (body[:20], body[20:]))
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces + b"0\r\n\r\n"
    with served({}, raw) as place:
        host, port = place.split(":")
        status, values = WebDevice("shelly", host, int(port)).get("/shelly")
    assert status == 200
    assert values["gen"] == 2


def test_a_name_that_nobody_looks_up_is_waited_for_no_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, over = threading.Event(), threading.Event()

    def stuck(*_: object, **__: object) -> list[object]:
        asked.set()
        over.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", stuck)
    try:
        with pytest.raises(MeterLost, match=r"plug\.example:80 does not answer in time"):
            WebDevice("shelly", "plug.example", 80, answer_s=0.1).get("/shelly")
        assert asked.wait(30)
    finally:
        over.set()


def test_a_name_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(MeterLost, match=r"plug\.example:80 does not answer \(.*not known"):
        WebDevice("shelly", "plug.example", 80).get("/shelly")


@pytest.mark.parametrize("host", ["a..b", "a" * 64 + ".example"])
def test_a_name_that_no_host_can_have_is_said(host: str) -> None:
    with pytest.raises(MeterLost, match=r"does not answer \(.*label"):
        WebDevice("shelly", host, 80).get("/shelly")


def test_a_silent_place_leaves_the_next_its_share_of_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shares: list[float] = []
    places = [(f"192.0.2.{number}", 80) for number in (1, 2, 3)]

    def silent(place: tuple[str, int], seconds: float) -> socket.socket:
        assert place == places[len(shares)]
        shares.append(seconds)
        raise TimeoutError

    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", each) for each in places]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
    monkeypatch.setattr(socket, "create_connection", silent)
    with pytest.raises(MeterLost, match="does not answer in time"):
        WebDevice("shelly", "plug.example", 80, answer_s=3000.0).get("/shelly")
    # Nobody took any of it: a third, then a half of all, then all.
    assert shares == pytest.approx([1000, 1500, 3000], rel=0.1)


def test_each_place_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def two(host: str, port: int, *rest: object, **more: object) -> list[object]:
        if host != "plug.example":
            return list(real(host, port, *rest, **more))  # type: ignore[arg-type]
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            closed = nobody.getsockname()[1]
        answers = [("127.0.0.1", closed), ("127.0.0.1", port)]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", each) for each in answers]

    monkeypatch.setattr(socket, "getaddrinfo", two)
    with served({"/shelly": GEN1}) as place:
        device = WebDevice("shelly", "plug.example", int(place.split(":")[1]))
        assert [device.get("/shelly")[0] for _ in range(2)] == [200] * 2
