"""Disassemble an image by its toolchain's objdump, and find its functions by nm."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import BuildFailed
from edgebench.processes.programs import captured

TOOL_S = 60.0
LINE = re.compile(r"^ *([0-9a-f]+):\t(\S+)(?:\t([^;@#<]*))?")


@dataclass(frozen=True)
class Instruction:
    """One instruction: its mnemonic without a width (``.n``, ``.w``), and its operands."""

    mnemonic: str
    operands: str = ""


@dataclass(frozen=True)
class Function:
    """Where a function's code is."""

    begin: int
    end: int


def disassembled(
    compiler: str, image: Path, machine: str = ""
) -> dict[int, tuple[Instruction, int]]:
    """Return an image's instructions by address, each with the address of the next.

    Parameters
    ----------
    machine
        objdump's name of the instruction set, where the image does not tell it.

    Raises
    ------
    BuildFailed
        If objdump can't read it; with its words.
    """
    options = [f"-m{machine}"] if machine else []
    text = _output(compiler, "objdump", ["-d", "--no-show-raw-insn", "-w", *options, str(image)])
    found = [match for match in map(LINE.match, text.splitlines()) if match]
    addresses = [int(match[1], 16) for match in found]
    return {
        address: (Instruction(_bare(match[2]), (match[3] or "").strip()), after)
        for address, match, after in zip(
            addresses, found, [*addresses[1:], addresses[-1] + 4] if addresses else [], strict=True
        )
    }


def functions(compiler: str, image: Path) -> Mapping[str, Function]:
    """Return an image's functions by name.

    Raises
    ------
    BuildFailed
        If nm can't read it; with its words.
    """
    rows = (line.split() for line in _output(compiler, "nm", ["-S", str(image)]).splitlines())
    return {
        row[3]: Function(int(row[0], 16), int(row[0], 16) + int(row[1], 16))
        for row in rows
        if len(row) == 4 and row[2] in "tT"
    }


def _bare(mnemonic: str) -> str:
    return mnemonic.removesuffix(".n").removesuffix(".w")


def _output(compiler: str, tool: str, words: list[str]) -> str:
    program = compiler.removesuffix("gcc") + tool
    done = captured([program, *words], TOOL_S)
    if done.returncode:
        raise BuildFailed(f"{program} can't read the image: {done.stderr.strip()}")
    return done.stdout
