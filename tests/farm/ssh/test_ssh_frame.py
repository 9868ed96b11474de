"""A command's output out of all that a remote shell prints."""

from __future__ import annotations

import io
import subprocess
from typing import IO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebench.farm.ssh.frame import (
    BANNER_BYTES,
    Frame,
    FramedOutput,
    OutputCut,
    OutputTooLong,
)

FRAME = Frame("0123456789abcdef")


class Dripping(io.BytesIO):
    """A stream that gives a few bytes at a time, as a network may."""

    def __init__(self, data: bytes, step: int) -> None:
        super().__init__(data)
        self._step = step

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read1(self._step)


def _reader(data: bytes, step: int = 7, most_bytes: int = 10**9) -> FramedOutput:
    return FramedOutput(Dripping(data, step), FRAME, most_bytes)


@given(
    banner=st.binary(max_size=60),
    payload=st.binary(max_size=200) | st.just(FRAME.begin + FRAME.end[:-1]),
    behind=st.binary(max_size=20),
    step=st.integers(1, 80),
    size=st.integers(-1, 30).filter(bool),
    code=st.integers(0, 255),
)
def test_what_a_command_prints_comes_out_byte_by_byte(
    banner: bytes, payload: bytes, behind: bytes, step: int, size: int, code: int
) -> None:
    whole = banner + FRAME.begin + payload + FRAME.end + f"{code}\n".encode() + behind
    reader = _reader(whole, step)
    parts = []
    while part := reader.read(size):
        assert size < 0 or len(part) <= size
        parts.append(part)
    assert b"".join(parts) == payload
    assert reader.code == code


@given(cut=st.integers(0, 200), step=st.integers(1, 80))
def test_an_output_that_is_cut_anywhere_is_noticed(cut: int, step: int) -> None:
    whole = b"motd\n" + FRAME.begin + b"payload" + FRAME.end + b"0\n"
    if cut >= len(whole):
        return
    with pytest.raises(OutputCut) as caught:
        _reader(whole[:cut], step).read()
    began = cut >= len(b"motd\n" + FRAME.begin)
    assert caught.value.began is began


def test_what_was_printed_instead_is_quoted() -> None:
    with pytest.raises(OutputCut, match="account expired"):
        _reader(b"motd\naccount expired\n").read()


def test_output_without_end_is_refused() -> None:
    with pytest.raises(OutputTooLong):
        _reader(b"x" * (2 * BANNER_BYTES), step=1 << 16).read()
    with pytest.raises(OutputTooLong):
        _reader(FRAME.begin + b"x" * 1000 + FRAME.end + b"0\n", most_bytes=999).read()
    whole = _reader(FRAME.begin + b"x" * 1000 + FRAME.end + b"0\n", most_bytes=1000)
    assert whole.read() == b"x" * 1000
    with pytest.raises(OutputTooLong):
        _reader(FRAME.begin + FRAME.end + b"1" * 100).read()
    with pytest.raises(OutputTooLong):
        # At once: Python's own limit on digits must not be what ends it.
        _reader(FRAME.begin + FRAME.end + b"1" * 5000 + b"\n", step=1 << 16).read()
    with pytest.raises(OutputCut):
        _reader(FRAME.begin + FRAME.end + b"one\n").read()


@pytest.mark.parametrize(
    ("script", "output", "code"),
    [
        ("printf 'a b'", b"a b", 0),
        ("echo it\\'s; exit 3", b"it's\n", 3),
        ("cat", b"in\n", 0),
        ("no-such-program 2>/dev/null", b"", 127),
        ("printf '%s' \"$(echo '$HOME')\"", b"$HOME", 0),
    ],
)
def test_scripts_run_in_their_frame(script: str, output: bytes, code: int) -> None:
    frame = Frame()
    done = subprocess.run(
        ["bash", "-c", f"echo hello; {frame.framed(script)}; echo bye"],
        input=b"in\n",
        stdout=subprocess.PIPE,
        check=True,
    )
    reader = FramedOutput(cast("IO[bytes]", io.BytesIO(done.stdout)), frame, 100)
    assert (reader.read(), reader.code) == (output, code)
    assert Frame().token != frame.token
