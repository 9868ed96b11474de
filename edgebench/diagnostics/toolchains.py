"""Compilers, emulators and flashers for microcontrollers: all of them optional."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass

from edgebench.boards.card import BoardCard, board_cards
from edgebench.diagnostics.finding import Finding
from edgebench.processes.programs import captured

TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Tool:
    """A program, what it is for and how it is installed."""

    program: str
    purpose: str
    install: str
    version_flag: str = "--version"


TOOLS = (
    Tool("gcc", "firmware for the emulated device", "`sudo apt install gcc libc6-dev`"),
    Tool(
        "arm-none-eabi-gcc",
        "firmware for Cortex-M boards",
        "`sudo apt install gcc-arm-none-eabi libnewlib-arm-none-eabi`",
    ),
    Tool(
        "qemu-system-arm", "Cortex-M images without a board", "`sudo apt install qemu-system-arm`"
    ),
)
VERSION_WORDS = {"picotool": "version"}
"""Of programs that know no ``--version``."""


def toolchains() -> list[Finding]:
    """Return every known tool with its version, or how to install it."""
    return [_tool(tool) for tool in (*TOOLS, *flashers())]


def flashers() -> list[Tool]:
    """Return the programs that the boards' cards flash with, each with its boards."""
    boards: dict[str, list[BoardCard]] = {}
    for card in board_cards().values():
        for command in card.flashers.values():
            boards.setdefault(command[0], []).append(card)
    return [
        Tool(
            program,
            f"flashes {', '.join(card.name for card in cards)}",
            next((card.flasher_advice for card in cards if card.flasher_advice), ""),
            VERSION_WORDS.get(program, "--version"),
        )
        for program, cards in sorted(boards.items())
    ]


def _tool(tool: Tool) -> Finding:
    path = shutil.which(tool.program)
    if path is None:
        return Finding(
            "toolchains", tool.program, "note", f"not here ({tool.purpose})", tool.install
        )
    return Finding("toolchains", tool.program, "ok", f"{_version(path, tool.version_flag)}")


def _version(path: str, flag: str) -> str:
    try:
        done = captured([path, flag], TIMEOUT_S)
    except (OSError, subprocess.SubprocessError) as error:
        return f"{path} does not run: {error}"
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[0][:70] if lines else path
