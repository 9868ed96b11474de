from __future__ import annotations

from binascii import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebench.device import messages, protocol
from edgebench.device.frames import cobs, frame, frames_of
from edgebench.device.protocol import Parser, command

ANSWERS = (
    b"m-init-done\r\nm-ready\r\nm-name-dut-[a board]\r\nm-profile-[x]\r\nm-model-[kws01]\r\n"
    b"m-lap-us-4294967295\r\nm-[Expecting 490 bytes]\r\nm-load-done\r\nm-warmup-start-10\r\n"
    b"m-warmup-done\r\nm-infer-start-250\r\nm-infer-done\r\nm-results-[0.25, -1.5,1e-3]\r\n"
    b"m-buffer-00-ff-10\r\ne-[Unknown command: x]\r\nm-eb-load-[1,2]\r\nm-eb-load-[ok]\r\n"
    b"m-edgebench-[1 slots=8 frame=240]\r\nm-eb-baud-[9600]\r\nm-eb-sum-[0000ffff]\r\n"
)
EVENTS = [
    messages.InitDone(),
    messages.Ready(),
    messages.Name("a board"),
    messages.Profile("x"),
    messages.ModelName("kws01"),
    messages.Lap(4294967295),
    messages.Expecting(490),
    messages.LoadDone(),
    messages.WarmupStart(10),
    messages.WarmupDone(),
    messages.InferStart(250),
    messages.InferDone(),
    messages.Results((0.25, -1.5, 0.001), ("0.25", "-1.5", "1e-3")),
    messages.Buffer(b"\0\xff\x10"),
    messages.DeviceComplaint("Unknown command: x"),
    messages.Missing((1, 2)),
    messages.Missing(()),
    messages.Extensions(1, {"slots": "8", "frame": "240"}),
    messages.BaudTaken(9600),
    messages.InputSum(0xFFFF),
]


def test_the_end_of_a_word_is_no_complaint() -> None:
    assert protocol.parse_line(b"m-state-[streaming]") == [messages.Noise("m-state-[streaming]")]
    assert protocol.parse_line(b"?e-[busy]") == [
        messages.Noise("?"),
        messages.DeviceComplaint("busy"),
    ]


def test_every_message_is_read() -> None:
    assert Parser().feed(ANSWERS) == EVENTS


@given(
    st.lists(st.integers(1, 400), max_size=40), st.sampled_from([b"\r\n", b"\n", b"\r", b"\0\n"])
)
def test_splits_and_line_ends_make_no_difference(cuts: list[int], end: bytes) -> None:
    text, parser, events = ANSWERS.replace(b"\r\n", end), Parser(), []
    for cut in cuts:
        events += parser.feed(text[:cut])
        text = text[cut:]
    assert events + parser.feed(text) == EVENTS


def test_messages_are_found_in_noise_and_in_each_others_lines() -> None:
    parser = Parser()
    assert parser.feed(b"\xff\xfeboot v1 m-readym-lap-us-7\r\n") == [
        messages.Noise("\ufffd\ufffdboot v1"),
        messages.Ready(),
        messages.Lap(7),
    ]
    assert parser.feed(b"m-results-[0.1,nonsense]\r\nm-rea") == [
        messages.Noise("m-results-[0.1,nonsense]")
    ]
    assert parser.pending == b"m-rea"
    assert parser.feed(b"dy\n") == [messages.Ready()]


def test_an_output_with_another_checksum_is_noise() -> None:
    good = f"m-eb-output-[8001 0000000a {crc32(bytes([0x80, 1])):08x}]"
    assert protocol.parse_line(good.encode()) == [messages.Output(b"\x80\x01", 10)]
    (event,) = protocol.parse_line(good.replace("8001", "8002").encode())
    assert isinstance(event, messages.Noise)


@given(
    st.lists(
        st.one_of(st.binary(max_size=60), st.sampled_from(ANSWERS.split(b"\r\n"))), max_size=30
    )
)
def test_any_bytes_are_events_and_never_an_error(pieces: list[bytes]) -> None:
    parser = Parser()
    for piece in pieces:
        for event in parser.feed(piece):
            assert isinstance(event, messages.Event)


def test_a_line_without_end_does_not_grow_for_ever() -> None:
    parser = Parser()
    for _ in range(100):
        parser.feed(b"x" * 10_000)
    assert len(parser.pending) <= protocol.LONGEST_LINE


def test_commands_are_strict() -> None:
    assert command("infer", 10, 0) == b"infer 10 0%"
    for words in (("a%b",), ("name\r",), ("",), ("n\xe4me",)):
        with pytest.raises(ValueError, match="can't be sent"):
            command(*words)


def decoded(encoded: bytes) -> bytes:
    """Decode COBS as the paper says."""
    result, place = bytearray(), 0
    while place < len(encoded):
        code = encoded[place]
        result += encoded[place + 1 : place + code]
        place += code
        if code < 255 and place < len(encoded):
            result.append(0)
    return bytes(result)


@given(st.one_of(st.binary(max_size=600), st.integers(250, 260).map(lambda n: b"\1" * n)))
def test_cobs_has_no_zero_and_comes_back(content: bytes) -> None:
    assert 0 not in cobs(content)
    assert decoded(cobs(content)) == content


@given(st.binary(min_size=1, max_size=900), st.integers(1, 240))
def test_frames_carry_all_data_with_a_checksum(data: bytes, size: int) -> None:
    whole = b""
    for number, each in enumerate(frames_of(data, size)):
        assert each.count(b"\0") == 1
        content = decoded(each[:-1])
        assert int.from_bytes(content[:2], "little") == number
        assert crc32(content[:-4]) == int.from_bytes(content[-4:], "little")
        whole += content[2:-4]
    assert whole == data
    assert len(frame(0xFFFF)) <= 9


def test_an_answer_of_thousands_of_values_is_one_line_where_it_is_expected() -> None:
    line = b"m-results-[" + b"-12.345," * 20_000 + b"1.5]\r\n"
    assert len(line) > protocol.LONGEST_LINE
    (event,) = protocol.Parser(longest_line=len(line)).feed(line)
    assert isinstance(event, messages.Results)
    assert len(event.values) == 20_001
    parser = protocol.Parser(longest_line=len(line))
    pieces = [line[start : start + 4096] for start in range(0, len(line), 4096)]
    assert [each for piece in pieces for each in parser.feed(piece)] == [event]
