"""Change bytes at random, the same way for the same seed: the share of fuzzing that tests do."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

LONGEST_BYTES = 200_000
TOKENS = (
    b"9" * 5000,
    b"-1",
    b"0",
    b"1e999",
    b"-1e308",
    b"nan",
    b"NaN",
    b"Infinity",
    b"1_0",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b'""',
    b"[" * 100_000,
    b'{"a":' * 20_000,
    b" " * 60_000,
    b"\0",
    b"\x1b]0;x\x07",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xff",
    b"\r",
    b"\n",
    b'"',
    b",",
    b"18446744073709551616",
    b"99-99-9999 99:99:99",
    "\N{ARABIC-INDIC DIGIT ONE}".encode(),
)
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_WORD = re.compile(rb'"[^"\n]*"|\w+')


def mutated(data: bytes, chance: random.Random, others: Sequence[bytes] = ()) -> bytes:
    """Return data with one to four changes; parts of others may get into it."""
    for _ in range(chance.randint(1, 4)):
        data = chance.choice(CHANGES)(data, chance, others)
    return data[:LONGEST_BYTES]


def stream(seeds: Sequence[bytes], seed: int) -> Iterator[bytes]:
    """Yield the seeds as they are, then mutations of them without an end."""
    chance = random.Random(seed)
    yield from seeds
    yield b""
    while True:
        yield mutated(chance.choice(seeds), chance, seeds)


def _place(data: bytes, chance: random.Random) -> int:
    return chance.randint(0, len(data))


def _part(data: bytes, chance: random.Random) -> slice:
    first = _place(data, chance)
    return slice(first, first + chance.choice((1, 4, 16, 64, len(data))))


def _flip(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    changed = bytearray(data or b"\0")
    for _ in range(chance.randint(1, 8)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _overwrite(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    part = _part(data, chance)
    return data[: part.start] + chance.randbytes(len(data[part])) + data[part.stop :]


def _remove(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    part = _part(data, chance)
    return data[: part.start] + data[part.stop :]


def _repeat(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    part = _part(data, chance)
    times = chance.choice((2, 3, 100, 10_000))
    most = LONGEST_BYTES // max(1, len(data[part]))
    return data[: part.stop] + data[part] * min(times, most) + data[part.stop :]


def _insert(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    place = _place(data, chance)
    return data[:place] + chance.choice(TOKENS) + data[place:]


def _cut(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    return data[: _place(data, chance)]


def _splice(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    other = chance.choice(others) if others else data
    return data[: _place(data, chance)] + other[_place(other, chance) :]


def _replace(pattern: re.Pattern[bytes]) -> Callable[..., bytes]:
    def change(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
        found = [match.span() for match in pattern.finditer(data)]
        if not found:
            return data
        start, end = chance.choice(found)
        return data[:start] + chance.choice(TOKENS) + data[end:]

    return change


CHANGES = (
    _flip,
    _overwrite,
    _remove,
    _repeat,
    _insert,
    _cut,
    _splice,
    _replace(_NUMBER),
    _replace(_WORD),
)
