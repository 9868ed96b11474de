"""What the operating system refused, in a sentence without Python's numbers."""

from __future__ import annotations

import errno

import pytest
import serial

from edgebench.files.refusals import port_refusal, refusal


def test_the_number_of_an_error_is_left_out() -> None:
    assert refusal(OSError(errno.EIO, "Input/output error")) == "Input/output error"
    assert refusal(OSError("read failed: [Errno 5] Input/output error")) == (
        "read failed: Input/output error"
    )


def test_a_port_that_pyserial_can_not_open() -> None:
    with pytest.raises(serial.SerialException) as raised:
        serial.Serial("/dev/nothing")
    assert "[Errno" in str(raised.value)
    assert port_refusal(raised.value) == (
        "could not open port /dev/nothing: No such file or directory: '/dev/nothing'"
    )


def test_a_port_that_was_closed_meanwhile() -> None:
    assert port_refusal(TypeError("'NoneType' object cannot be interpreted as an integer")) == (
        "it was closed"
    )
    assert port_refusal(ValueError("Not a valid baudrate: -1")) == "Not a valid baudrate: -1"
