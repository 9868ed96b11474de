"""Deadlines of a link go by the clock that it is given, and what came in time is read."""

from __future__ import annotations

import os
import tty
from collections.abc import Iterator

import pytest

from edgebench.device.messages import Ready
from edgebench.device.port.link import Link
from edgebench.errors import DeviceNotResponding
from tests.conftest import waited

S = 1_000_000_000


class Clock:
    """A clock that goes on by a step each time that it is read."""

    def __init__(self, step_ns: int = 0) -> None:
        self.now_ns = 0
        self.step_ns = step_ns
        self.reads = 0

    def __call__(self) -> int:
        self.reads += 1
        self.now_ns += self.step_ns
        return self.now_ns


@pytest.fixture
def line() -> Iterator[tuple[int, str]]:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    yield ours, os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


def send(ours: int, link: Link, text: bytes) -> None:
    """Write a text, and wait until the kernel has carried it to the link's end."""
    os.write(ours, text)
    waited(lambda: link._serial.in_waiting == len(text), 300)


def test_a_deadline_passes_by_the_clock_that_is_given(line: tuple[int, str]) -> None:
    clock = Clock(step_ns=S)
    with Link(line[1], clock=clock) as link:
        with pytest.raises(DeviceNotResponding, match="no m-ready within 30 s"):
            link.until_ready(30.0, "`name`")
        assert 30 <= clock.reads <= 33


def test_what_came_before_it_was_looked_for_is_no_silence(line: tuple[int, str]) -> None:
    ours, port = line
    with Link(port, clock=Clock(step_ns=100 * S)) as link:
        send(ours, link, b"m-ready\r\n")
        assert link.until_ready(1.0, "`name`") == []


def test_a_device_that_never_stops_talking_puts_no_deadline_off(line: tuple[int, str]) -> None:
    ours, port = line
    clock = Clock()
    with Link(port, clock=clock) as link:
        send(ours, link, b"noise\r\n")
        first = link.receive(clock() - 1)
        assert first is not None and not isinstance(first, Ready)
        send(ours, link, b"noise\r\n")
        assert link.receive(clock.now_ns - 1) is None
