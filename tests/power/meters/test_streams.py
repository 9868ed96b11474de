"""Meters' bytes to samples: exact, and unharmed by anything that comes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ppk2_api.ppk2_api import PPK2_API

from edgebench.errors import MeterLost
from edgebench.power.acquisition.stream import Blocks, StreamClock, within_range
from edgebench.power.meters.lpm01a.stream import OUT_OF_STEP, AsciiStream, BinaryStream
from edgebench.power.meters.ppk2.converter_words import Words
from edgebench.power.meters.ppk2.samples import Calibration, Converter


def test_text_of_an_lpm01a() -> None:
    stream = AsciiStream()
    first = stream.feed(b"6409-07\r\n1234-0")
    rest = stream.feed(
        b"5\r\nevent 12 ris\r\n0001+00\r\nTimeStamp: 001s 250ms, buff 05%\r\nend\r\n"
    )
    assert first.values == [pytest.approx(6409e-7)]
    assert rest.values == [pytest.approx(1234e-5), 1.0]
    assert rest.marks == [1]
    assert rest.stamps == [(1250, 2)]
    assert rest.replies == ["end"]
    full = AsciiStream().feed(b"timestamp: 002s 000ms, buff 100%\r\nerror overcurrent\r\n")
    assert full.problems == ["its buffer has overflowed: a lower rate=", "error overcurrent"]


def test_bytes_of_an_lpm01a() -> None:
    samples = b"\x31\x00\x4f\xf0"  # 0x100 / 16^3, 0xff0 / 16^4
    stamp = b"\xf0\xf3\x80\x00\x03\xe8\x05\xff\xff"  # the first bit tells of an overflow's stamp
    stream = BinaryStream()
    whole = samples + stamp + samples + b"\xf0\xf1too hot\xff\xff\xf0\xf5\xff\xff\xf0\xf4\xff\xff"
    pieces = [stream.feed(whole[at : at + 3]) for at in range(0, len(whole), 3)]
    values = [value for piece in pieces for value in piece.values]
    assert values == [0x100 / 16**3, 0xFF0 / 16**4] * 2
    assert [stamp for piece in pieces for stamp, _ in piece.stamps] == [1000]
    problems = [each for piece in pieces for each in piece.problems]
    assert problems == ["too hot", "overcurrent: more than 50 mA"]
    assert "end" in [each for piece in pieces for each in piece.replies]


@pytest.mark.parametrize("size", [1, 2, 3, 64])
def test_lines_around_an_lpm01a_s_bytes_are_no_samples(size: int) -> None:
    """The reply to `start` ends with an empty line, and text comes behind the last sample."""
    whole = b"\r\n\x31\x00" + b"\xf0\xf4\xff\xff" + b"\r\nPowerShield > Acquisition completed\r\n"
    stream = BinaryStream()
    pieces = [stream.feed(whole[at : at + size]) for at in range(0, len(whole), size)]
    assert [value for piece in pieces for value in piece.values] == [0x100 / 16**3]
    assert not any(piece.problems for piece in pieces)


@pytest.mark.parametrize("lost", range(10))
@pytest.mark.parametrize("size", [7, 1000])
def test_a_lost_byte_of_an_lpm01a_is_said_and_in_step_again(lost: int, size: int) -> None:
    sample = b"\x31\x02"
    stamps = [b"\xf0\xf3\x00\x00" + bytes((each, 0)) + b"\x05\xff\xff" for each in (1, 2, 3)]
    parts = [sample * 50 + each for each in stamps]
    whole = b"\r\n" + parts[0][:lost] + parts[0][lost + 1 :] + b"".join(parts[1:]) + sample * 50
    stream = BinaryStream()
    pieces = [stream.feed(whole[at : at + size]) for at in range(0, len(whole), size)]
    values = [value for piece in pieces for value in piece.values]
    assert values[-100:] == [0x102 / 16**3] * 100
    assert 198 <= len(values) <= 200
    assert [stamp for piece in pieces for stamp, _ in piece.stamps] == [0x100, 0x200, 0x300]
    assert [each for piece in pieces for each in piece.problems] == [OUT_OF_STEP]


def test_a_stamp_of_an_lpm01a_may_be_cut_anywhere() -> None:
    """Behind a lost byte, where a stamp may begin in the middle of a sample."""
    stamp = b"\xf0\xf3\x00\x00\x01\x00\x05\xff\xff"
    whole = b"\r\n\x31\x02\x31" + stamp + b"\x31\xf0" + b"\x31\x02" * 2
    for cut in range(1, len(whole)):
        stream = BinaryStream()
        pieces = [stream.feed(whole[:cut]), stream.feed(whole[cut:])]
        values = [value for piece in pieces for value in piece.values]
        assert values == [each / 16**3 for each in (0x102, 0x1F0, 0x102, 0x102)], cut
        assert [each for piece in pieces for each, _ in piece.stamps] == [0x100], cut
        assert [each for piece in pieces for each in piece.problems] == [OUT_OF_STEP], cut


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_do_an_lpm01a_s_streams_no_harm(pieces: list[bytes]) -> None:
    for stream in (AsciiStream(), BinaryStream()):
        for piece in pieces:
            heard = stream.feed(piece)
            assert all(np.isfinite(heard.values))
            assert all(0 <= place <= len(heard.values) for place in heard.marks)


def reference_amps(words: np.ndarray, calibration: dict[str, list[float]]) -> np.ndarray:
    """What ppk2-api makes of words, one by one."""
    api = PPK2_API(None)
    for name, values in calibration.items():
        api.modifiers[name] = {str(number): value for number, value in enumerate(values)}
    api.current_vdd = 3300
    samples, _ = api.get_samples(words.astype("<u4").tobytes())
    return np.array(samples) / 1e6


@pytest.mark.parametrize("seed", range(6))
def test_a_ppk2_s_amperes_are_those_of_nordic_s_client(seed: int) -> None:
    rng = np.random.default_rng(seed)
    calibration = {
        "R": [1031.64, 101.65, 10.15, 0.94, 0.043],
        "GS": rng.uniform(0, 0.02, 5).tolist(),
        "GI": rng.uniform(0.98, 1.02, 5).tolist(),
        "O": rng.uniform(-40, 40, 5).tolist(),
        "S": rng.uniform(0, 1e-7, 5).tolist(),
        "I": rng.uniform(-1e-7, 1e-7, 5).tolist(),
        "UG": rng.uniform(0.99, 1.01, 5).tolist(),
    }
    # Ranges that stay for a while, and some that change at once.
    ranges = np.repeat(rng.integers(0, 5, 400), rng.integers(1, 40, 400))
    counts = rng.integers(0, 1 << 14, len(ranges))
    words = (counts | (ranges << 14)).astype(np.uint32)
    wanted = reference_amps(words, calibration)
    columns = (np.array(calibration[name]) for name in ("O", "R", "GS", "GI", "S", "I", "UG"))
    converter = Converter(Calibration(*columns), 3.3)
    cuts = np.sort(rng.integers(0, len(words), 9))
    found = np.concatenate([converter.amps(piece) for piece in np.split(words, cuts)])
    scale = np.abs(wanted).max()
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-6 * scale)


def words_of(counters: np.ndarray) -> np.ndarray:
    return ((counters % 64).astype(np.uint32) << 18) | np.uint32(0xFF000123)


def test_a_ppk2_s_lost_samples_are_counted_and_lost_bytes_are_passed_over() -> None:
    kept = np.delete(np.arange(1000), [100, 101, 500])
    words, missing = Words().feed(words_of(kept).astype("<u4").tobytes(), is_end=True)
    assert len(words) == 997
    assert missing.sum() == 3
    assert missing[100] == 2
    data = words_of(np.arange(1000)).astype("<u4").tobytes()
    reader = Words()
    reader.feed(data[:400])
    words, _ = reader.feed(data[401:])  # a byte is gone
    assert np.all(words & 0xFF03FFFF == 0xFF000123)


@settings(max_examples=300)
@given(
    lost=st.lists(st.integers(0, 11_999), max_size=12),
    cuts=st.lists(st.integers(0, 12_000), max_size=6),
    seed=st.integers(0, 9),
)
def test_of_a_ppk2_s_words_only_whole_ones_are_read_wherever_bytes_are_lost(
    lost: list[int], cuts: list[int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    count = 3000
    true = rng.integers(0, 1 << 18, count) | (np.arange(count) % 64 << 18)
    true |= rng.choice([0, 0xFF], count) << 24
    data = np.delete(np.frombuffer(true.astype("<u4").tobytes(), np.uint8), lost).tobytes()
    reader, found, missing = Words(), [], []
    ends = [*sorted(cuts), len(data)]
    for start, end in zip([0, *ends], ends, strict=False):
        words, before = reader.feed(data[start:end], is_end=end == len(data))
        found.append(words)
        missing.append(before)
    places = np.cumsum(np.concatenate(missing) + 1) - 1
    words = np.concatenate(found)
    first = int(np.flatnonzero(true == words[0])[0])
    # Each word is the one that was sent at its place, and few are left out for each lost byte.
    assert np.array_equal(words, true[first + places])
    assert len(words) >= count - 16 * (1 + len(set(lost)))


def test_a_ppk2_whose_counter_stands_still_is_read_all_the_same() -> None:
    words, missing = Words().feed(b"\x23\x01\x00\xff" * 50, is_end=True)
    assert len(words) == 50
    assert not missing.any()


@given(st.lists(st.binary(max_size=300), max_size=6))
def test_any_bytes_do_a_ppk2_s_reader_no_harm(pieces: list[bytes]) -> None:
    words = Words()
    columns = (np.ones(5) * each for each in (0, 1, 0, 1, 0, 0, 1))
    converter = Converter(Calibration(*columns), 3.3)
    for piece in pieces:
        found, missing = words.feed(piece)
        assert len(found) == len(missing)
        assert np.all(np.isfinite(converter.amps(found)))


@given(
    cuts=st.lists(st.integers(0, 1000), max_size=12),
    size=st.sampled_from([1, 7, 100]),
    seed=st.integers(0, 99),
)
def test_blocks_keep_every_joule(cuts: list[int], size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    ends, power = np.cumsum(rng.integers(1, 3, 1000)) * 10_000, rng.uniform(0, 1, 1000)
    blocks = Blocks(size)
    places = sorted(cuts)
    parts = [
        blocks.add(t, p)
        for t, p in zip(np.split(ends, places), np.split(power, places), strict=True)
    ]
    found = [part for part in parts if len(part)]
    energy = np.concatenate([part.energy_j for part in found if part.energy_j is not None])
    true = np.cumsum(power * np.diff(ends, prepend=0) / 1e9)[size - 1 :: size]
    np.testing.assert_allclose(energy, true, rtol=1e-9)
    means = np.concatenate([part.power_w for part in found])
    spans = np.diff(np.concatenate([part.t_ns for part in found]), prepend=0) / 1e9
    np.testing.assert_allclose(np.cumsum(means * spans), true, rtol=1e-9)


def test_what_no_meter_can_have_measured_takes_the_value_before() -> None:
    power, wrong, words = within_range(np.array([np.nan, 1.0, 1e9, 2.0, -np.inf]), 10.0)
    assert power.tolist() == [0.0, 1.0, 1.0, 2.0, 2.0]
    assert wrong == 3
    assert words == ("samples beyond 10 W were left out",)


def test_a_stream_that_is_silent_is_lost() -> None:
    now = [0]
    clock = StreamClock("made", 1e6, 0.5, now=lambda: now[0])
    clock.starting()
    assert len(clock.times(10)) == 10
    first, last = clock.heard(10)
    assert (first.meter_ns, first.earliest_ns, last.meter_ns) == (0, 0, 10_000_000)
    now[0] = 400_000_000
    assert clock.heard(0) == ()
    with pytest.raises(MeterLost, match=r"had been silent for 0\.4 s"):
        clock.stopped(now[0])
    now[0] = 600_000_000
    with pytest.raises(MeterLost, match=r"nothing for 0\.5 s: is it still plugged in"):
        clock.heard(0)
