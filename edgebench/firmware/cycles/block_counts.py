"""Read how often each block was executed, as the plug-in writes it."""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.errors import DeviceError

COLUMNS = 8
END = "end"


@dataclass(frozen=True)
class BlockCount:
    """A block of instructions, executed for one site: the end of a block of the function counted.

    Attributes
    ----------
    taken
        How often the next block was another than the next in memory.
    reads, data_misses
        Loads from flash, and how many of their lines were not in the cache of constants.
    code_misses
        Lines of the block's code that were not in the cache of instructions.
    """

    site: int
    address: int
    instructions: int
    times: int
    taken: int
    code_misses: int
    reads: int
    data_misses: int


def read_block_counts(text: str) -> tuple[BlockCount, ...]:
    """Read a whole file.

    Raises
    ------
    DeviceError
        If it has no end, or something else in it.
    """
    lines = text.splitlines()
    if not lines or lines[-1] != END:
        raise DeviceError("the emulator's counts of blocks have no end")
    return tuple(_row(line.split()) for line in lines[:-1])


def _row(words: list[str]) -> BlockCount:
    try:
        site, address = (int(word, 16) for word in words[:2])
        numbers = [int(word) for word in words[2:]]
        return BlockCount(site, address, *numbers)
    except (ValueError, TypeError):  # too few or too many numbers
        raise DeviceError(f"a line of the emulator's counts can't be read: {words[:9]}") from None
