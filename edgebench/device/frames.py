"""Binary frames: the host's side of ``firmware_host/protocol/eb_frame.h``.

COBS: S. Cheshire and M. Baker, "Consistent Overhead Byte Stuffing", IEEE/ACM Transactions on
Networking 7(2), 1999.
"""

from __future__ import annotations

from binascii import crc32

REPORT = 0xFFFF
"""The number of the frame that asks which ones are missing."""
LONGEST_RUN = 254


def frame(number: int, data: bytes = b"") -> bytes:
    """Return a frame as it is sent: number, data, CRC-32, COBS, a zero."""
    content = number.to_bytes(2, "little") + data
    return cobs(content + crc32(content).to_bytes(4, "little")) + b"\0"


def cobs(content: bytes) -> bytes:
    """Return content without zeros: each run of others after a code, its length and 1."""
    encoded = bytearray()
    for run in content.split(b"\0"):
        # A code of 255 says that no zero follows its 254 bytes.
        full = len(run) // LONGEST_RUN
        for start in range(0, full * LONGEST_RUN, LONGEST_RUN):
            encoded.append(LONGEST_RUN + 1)
            encoded += run[start : start + LONGEST_RUN]
        rest = run[full * LONGEST_RUN :]
        encoded.append(len(rest) + 1)
        encoded += rest
    return bytes(encoded)


def frames_of(data: bytes, size: int) -> list[bytes]:
    """Return data as frames of at most `size` bytes each, numbered from 0."""
    return [
        frame(number, data[start : start + size])
        for number, start in enumerate(range(0, len(data), size))
    ]
