"""Compilers, emulators and flashers for microcontrollers: all of them optional."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from edgebench.boards.card import BoardCard, board_cards
from edgebench.diagnostics.finding import Finding
from edgebench.errors import ProgramFailed
from edgebench.files.refusals import program_refusal
from edgebench.processes.programs import captured

TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Tool:
    """A program, what it is for and how it is installed."""

    program: str
    purpose: str
    install: str


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
VERSION_WORDS = ("--version", "version")
"""What programs are asked, the most usual first."""


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
        )
        for program, cards in sorted(boards.items())
    ]


def _tool(tool: Tool) -> Finding:
    path = shutil.which(tool.program)
    if path is None:
        return Finding(
            "toolchains", tool.program, "note", f"not here ({tool.purpose})", tool.install
        )
    return Finding("toolchains", tool.program, "ok", _version(path))


def _version(path: str) -> str:
    """Return the first line of what a program answers to the first question that it knows."""
    refused = ""
    for word in VERSION_WORDS:
        try:
            done = captured([path, word], TIMEOUT_S)
        except (ProgramFailed, OSError) as error:
            return program_refusal(error)
        answer = (done.stdout or done.stderr).strip()
        if not done.returncode:
            return _first_line(answer) or path
        refused = refused or answer
    return _first_line(refused) or path


def _first_line(text: str) -> str:
    return text.partition("\n")[0].rstrip()[:70]
