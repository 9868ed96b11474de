"""Sort instructions into the classes that processors' timing tables tell apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from edgebench.firmware.cycles.block_counts import BlockCount
from edgebench.firmware.cycles.disassembly import Instruction

SINGLE_LOAD = re.compile(
    r"^(?:ldr(?:b|h|sb|sh|t|bt|ht|sbt|sht|ex|exb|exh)?|lda[bh]?|vldr|l[bhw]u?|flw)$"
)
VECTOR_LOAD = re.compile(r"^vldr[bhwd]|^vld[24]")
SINGLE_STORE = re.compile(r"^(?:str(?:b|h|t|bt|ht|ex|exb|exh)?|stl[bh]?|vstr|s[bhw]|fsw)$")
VECTOR_STORE = re.compile(r"^vstr[bhwd]|^vst[24]")
MULTIPLE = re.compile(r"^(?:v?(?:ldm|stm)(?:ia|db|fd|ea)?|v?push|v?pop)$")
DOUBLE = re.compile(r"^(?:ldrd|strd)$")
LONG_MULTIPLY = re.compile(r"^(?:[su]mull|[su]mlal|umaal|smm(?:ul|la|ls)r?|mulh(?:s?u)?)$")
MULTIPLY = re.compile(r"^(?:muls?|mla|mls)$")
DIVISION = re.compile(r"^(?:[su]div|divu?|remu?)$")
SIMD_MAC = re.compile(r"^(?:smla(?:d|ld|sd)x?|smu[as]dx?|sml[as]ld?x?|smla[bt][bt])$")
VECTOR_MAC = re.compile(r"^v(?:r?ml|mul|qr?dmul)")
FLOAT = re.compile(r"\.f(?:16|32|64)\b|^f[a-z]+\.s$")
REGISTERS = re.compile(r"\{([^}]*)\}")
RISCV_ONLY = re.compile(r"^(?:l[bhw]u?|flw|s[bhw]|fsw)$")
"""These have no conditions: ``sbcs`` is Arm's subtraction, not a store of a byte."""
CONDITIONS = ("eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le")


@dataclass(frozen=True)
class Classes:
    """How many instructions of each class were executed, and what they met in memory.

    Attributes
    ----------
    load_runs
        Runs of single loads next to each other, which pipeline.
    multi_words
        Words that multiple and double loads and stores move.
    vector_loads, vector_stores
        Of Helium's registers, of four words each.
    flash_reads, data_misses, code_misses
        See `edgebench.firmware.cycles.block_counts.BlockCount`.
    """

    instructions: float = 0
    single_loads: float = 0
    load_runs: float = 0
    multi_words: float = 0
    multiples: float = 0
    stores: float = 0
    vector_loads: float = 0
    vector_stores: float = 0
    taken_branches: float = 0
    blocks: float = 0
    multiplies: float = 0
    long_multiplies: float = 0
    divides: float = 0
    float_ops: float = 0
    simd_macs: float = 0
    vector_macs: float = 0
    flash_reads: float = 0
    data_misses: float = 0
    code_misses: float = 0

    def __add__(self, other: Classes) -> Classes:
        """Return the sums."""
        return Classes(*(getattr(self, name) + getattr(other, name) for name in NAMES))

    def times(self, factor: float) -> Classes:
        """Return all of them, multiplied."""
        return Classes(*(getattr(self, name) * factor for name in NAMES))


NAMES = tuple(field.name for field in fields(Classes))
KINDS = (
    ("multiplies", MULTIPLY),
    ("long_multiplies", LONG_MULTIPLY),
    ("divides", DIVISION),
    ("simd_macs", SIMD_MAC),
    ("vector_macs", VECTOR_MAC),
    ("stores", SINGLE_STORE),
    ("vector_loads", VECTOR_LOAD),
    ("vector_stores", VECTOR_STORE),
)


def classes_of(instructions: Iterable[Instruction]) -> Classes:
    """Return the classes of instructions that are executed one after the other."""
    counts = dict.fromkeys(NAMES, 0)
    was_load = False
    for each in instructions:
        mnemonic = _unconditional(each.mnemonic)
        stem = mnemonic.partition(".")[0]
        counts["instructions"] += 1
        is_load = SINGLE_LOAD.match(stem) is not None
        counts["single_loads"] += is_load
        counts["load_runs"] += is_load and not was_load
        was_load = is_load
        if words := _words(stem, each.operands):
            counts["multi_words"] += words
            counts["multiples"] += 1
            continue
        counts["float_ops"] += FLOAT.search(mnemonic) is not None
        for name, pattern in KINDS:
            counts[name] += pattern.match(stem) is not None
    return Classes(**counts)


def classes_by_site(
    blocks: Iterable[BlockCount], code: Mapping[int, tuple[Instruction, int]]
) -> dict[int, Classes]:
    """Return what each site of the function that was counted cost.

    Parameters
    ----------
    code
        `edgebench.firmware.cycles.disassembly.disassembled` of the image.
    """
    found: dict[int, Classes] = {}
    static: dict[tuple[int, int], Classes] = {}
    for block in blocks:
        key = block.address, block.instructions
        if key not in static:
            static[key] = classes_of(_block(block, code))
        dynamic = Classes(
            taken_branches=block.taken,
            blocks=block.times,
            flash_reads=block.reads,
            data_misses=block.data_misses,
            code_misses=block.code_misses,
        )
        counts = static[key].times(block.times) + dynamic
        found[block.site] = found.get(block.site, Classes()) + counts
    return found


def _block(block: BlockCount, code: Mapping[int, tuple[Instruction, int]]) -> Iterable[Instruction]:
    address = block.address
    for _ in range(block.instructions):
        # Where objdump takes code for data, its class is not known: it counts as any other.
        instruction, address = code.get(address, (Instruction("?"), address + 2))
        yield instruction


def _unconditional(mnemonic: str) -> str:
    """Return a mnemonic without the condition of an IT block: ``ldrne`` is ``ldr``."""
    stem, dot, width = mnemonic.partition(".")
    bare = stem[:-2]
    if (
        stem.endswith(CONDITIONS)
        and not RISCV_ONLY.match(bare)
        and any(pattern.match(bare) for pattern in (SINGLE_LOAD, SINGLE_STORE, MULTIPLE, MULTIPLY))
    ):
        return bare + dot + width
    return mnemonic


def _words(stem: str, operands: str) -> int:
    """Return how many words a multiple load or store moves; 0 for any other instruction."""
    if DOUBLE.match(stem):
        return 2
    if not MULTIPLE.match(stem):
        return 0
    registers = REGISTERS.search(operands)
    return sum(map(_span, registers[1].split(","))) if registers else 1


def _span(text: str) -> int:
    """Return how many registers ``r4-r7`` or ``d8`` are, in words."""
    first, _, last = text.strip().partition("-")
    words = 2 if first.startswith("d") else 1
    if not last:
        return words
    numbers = [int(digits) for each in (first, last) if (digits := each.strip().lstrip("srd"))]
    return words * (numbers[1] - numbers[0] + 1)
