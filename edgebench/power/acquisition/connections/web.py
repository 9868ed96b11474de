"""JSON over HTTP from a device that may answer anything, slowly, or without end."""

from __future__ import annotations

import http.client
import io
import logging
import socket
import threading
import time
from typing import Any

from edgebench.errors import MeterLost
from edgebench.text.json_text import JsonDamaged, parse_json
from edgebench.text.printable import quoted

logger = logging.getLogger(__name__)

ANSWER_S = 2.0
LEAST_S = 0.001
MOST_BYTES = 1 << 16
MOST_W = 10_000.0
OK = 200


class WebDevice:
    """A device that answers requests; a connection each, and never a wait beyond `answer_s`.

    Only the first request looks its name up, for as long at most.

    Parameters
    ----------
    meter
        The meter's name, for errors.
    """

    def __init__(self, meter: str, host: str, port: int, answer_s: float = ANSWER_S) -> None:
        self._meter, self._host, self._port, self._answer_s = meter, host, port, answer_s
        self._found: tuple[str, int] | None = None
        self.address = f"{host}:{port}"

    def get(self, path: str) -> tuple[int, Any]:
        """Return the status and the JSON of an answer; None for a body that is no JSON.

        Raises
        ------
        MeterLost
            If nothing answers in time, or what answers speaks no HTTP.
        """
        end = time.monotonic() + self._answer_s
        connection = http.client.HTTPConnection(self._host, self._port)
        try:
            with self._connected(end) as line:
                connection.sock = _Line(line, end)
                connection.request("GET", path, headers={"Connection": "close"})
                answer = connection.getresponse()
                body = answer.read(MOST_BYTES + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = "in time" if isinstance(error, TimeoutError) else f"({quoted(str(error))})"
            raise MeterLost(f"{self._meter}: {self.address} does not answer {why}") from error
        logger.debug("%s%s: %d, %d bytes: %r", self.address, path, answer.status, len(body), body)
        if len(body) > MOST_BYTES:
            raise MeterLost(f"{self._meter}: {self.address} answers {path} with more than 64 KiB")
        try:
            return answer.status, parse_json(body, constants=False)
        except JsonDamaged:
            return answer.status, None

    def _connected(self, end: float) -> socket.socket:
        """Return a connection to the first of the device's places that answers.

        Each place has its share of the time that is left: one that is silent takes no other's.
        """
        places = [self._found] if self._found else _looked_up(self._host, self._port, end)
        for number, place in enumerate(places):
            share_s = (end - time.monotonic()) / (len(places) - number)
            try:
                line = socket.create_connection(place, max(share_s, LEAST_S))
            except OSError:
                if place == places[-1]:
                    raise
                continue
            self._found = place
            return line
        raise TimeoutError


class _Line:
    """A socket as `http.client` uses it, with one deadline for everything that is read."""

    def __init__(self, connection: socket.socket, end: float) -> None:
        self._connection, self._end = connection, end

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return what is read from."""
        return io.BufferedReader(_Bytes(self._connection, self._end))

    def sendall(self, data: bytes) -> None:
        """Send."""
        self._connection.sendall(data)

    def close(self) -> None:
        """Do nothing: `http.client` calls it before it reads the body."""


class _Bytes(io.RawIOBase):
    def __init__(self, connection: socket.socket, end: float) -> None:
        self._connection, self._end = connection, end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


def _looked_up(host: str, port: int, end: float) -> list[tuple[str, int]]:
    """Return where a name leads, in numbers.

    The system's resolver may take any time: a thread that is still at it is left behind.
    """
    found: list[tuple[str, int]] = []
    failed: list[OSError | ValueError] = []

    def look() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend((str(each[4][0]), int(each[4][1])) for each in answers)
        except (OSError, ValueError) as error:  # ValueError: a name that no host can have
            failed.append(error)

    thread = threading.Thread(target=look, daemon=True, name=f"look up {host}")
    thread.start()
    thread.join(max(end - time.monotonic(), LEAST_S))
    if failed:
        raise failed[0]
    return found


def watts_in(value: object) -> float | None:
    """Return a number of watts that a device can mean; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < MOST_W else None
