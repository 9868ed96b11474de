"""Packets of FNIRSI's USB testers: 64 bytes, 0xAA first, a checksum last.

A packet of data (type 4) has four samples of 15 bytes: volts and amperes in units of 10 uV and 10
uA, then the data lines' voltages, a constant, and the temperature. The maker documents none of it;
the protocol was found by the users of several free loggers, who agree.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

SIZE = 64
BEGIN, DATA = 0xAA, 0x04
SAMPLES, SAMPLE_BYTES, FIRST = 4, 15, 2
SAMPLE_S = 0.01
UNIT = 1e-5
POLYNOMIAL, INITIAL = 0x39, 0x42


@dataclass(frozen=True)
class Sample:
    """A tester's measurement within 10 ms."""

    volts_v: float
    amps_a: float


def checksum(data: bytes) -> int:
    """Return the checksum of a packet's bytes between its first and its last."""
    found = INITIAL
    for byte in data:
        found ^= byte
        for _ in range(8):
            found = (found << 1 ^ POLYNOMIAL if found & 0x80 else found << 1) & 0xFF
    return found


def packet(kind: int, content: bytes = b"") -> bytes:
    """Return a packet with its checksum."""
    body = bytes((kind,)) + content.ljust(SIZE - 3, b"\0")
    return bytes((BEGIN,)) + body + bytes((checksum(body),))


def samples_of(data: bytes) -> list[Sample] | None:
    """Return the samples of a packet; none of another kind, None for a damaged one."""
    if len(data) != SIZE or data[0] != BEGIN or checksum(data[1:-1]) != data[-1]:
        return None
    if data[1] != DATA:
        return []
    places = range(FIRST, FIRST + SAMPLES * SAMPLE_BYTES, SAMPLE_BYTES)
    pairs = (struct.unpack_from("<II", data, place) for place in places)
    return [Sample(volts * UNIT, amps * UNIT) for volts, amps in pairs]


def packets_in(data: bytes) -> tuple[list[bytes], bytes]:
    """Return the packets of a stream, damaged ones too, and what may be the next one's beginning.

    Where bytes are missing, a damaged packet ends where the next whole one begins.
    """
    found, place = [], 0
    while len(data) - place >= SIZE:
        one, size = data[place : place + SIZE], SIZE
        if samples_of(one) is None:
            if len(data) - place < 2 * SIZE - 1:
                break  # the next one is not here yet
            size = next((at for at in range(1, SIZE) if _is_whole(data, place + at)), SIZE)
        found.append(one)
        place += size
    return found, data[place:]


def _is_whole(data: bytes, place: int) -> bool:
    return data[place] == BEGIN and samples_of(data[place : place + SIZE]) is not None


def data_packet(samples: list[Sample]) -> bytes:
    """Return a packet of data, as a tester sends it."""
    parts = [
        struct.pack("<IIHHBH", round(each.volts_v / UNIT), round(each.amps_a / UNIT), 0, 0, 1, 250)
        for each in samples
    ]
    return packet(DATA, b"".join(parts))
