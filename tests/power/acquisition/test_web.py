"""Answers of devices on the network: late, endless, cut short, and names that are looked up."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import pytest

from edgebench.errors import EdgebenchError, MeterLost, MeterNotFound
from edgebench.power.acquisition.connections.web import MOST_BYTES, WebDevice
from edgebench.power.open import open_meter
from tests.power.serving import GEN1, GEN2, served
from tests.stalls import undisturbed


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
