"""Putting an image on a real board, by whichever of the card's programs is here."""

from __future__ import annotations

import logging
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from edgebench.boards.card import BoardCard
from edgebench.errors import FlashFailed, ToolchainMissing, UsageError
from edgebench.files.refusals import refusal
from edgebench.firmware.building.compiling import run_tool
from edgebench.firmware.building.image import Image, compiler_of, firmware_of
from edgebench.text.printable import quoted

logger = logging.getLogger(__name__)

TIMEOUT_S = 180.0
FORMATS = {"bin": "binary", "hex": "ihex"}
"""objcopy's names for the files that some programs want instead of the ELF."""
MOST_WORDS = 400


def flash(image: Image, flasher: str | None = None, timeout_s: float = TIMEOUT_S) -> str:
    """Write an image to its board, and return the name of the program that did.

    Parameters
    ----------
    flasher
        A name from the card's ``[flashers]``; None takes the first one that is installed.

    Raises
    ------
    UsageError
        If the card knows no such program, or none at all.
    ToolchainMissing
        If none of them is installed.
    FlashFailed
        If it fails; in its words.
    """
    name, command = _chosen(image.board, flasher)
    flash_by(command, image, name, timeout_s)
    return name


def flash_by(command: Sequence[str], image: Image, name: str, timeout_s: float = TIMEOUT_S) -> None:
    """Write an image to its board by a command whose words may have ``{elf}``, ``{bin}``...

    Raises
    ------
    FlashFailed
        If it fails; in its words.
    """
    words = [_filled(word, image) for word in command]
    logger.info("flashing with %s: %s", name, shlex.join(words))
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise FlashFailed(
            f"{name} has not ended after {timeout_s:g} s and said {quoted(error.stdout or '')}: is "
            "the board plugged in, and does no other program (a debugger, an IDE) hold its probe?"
        ) from error
    except OSError as error:
        raise FlashFailed(f"{name} can't be run: {refusal(error)}") from error
    logger.debug("%s ended with %d: %s", name, done.returncode, done.stdout)
    if done.returncode:
        said = quoted(done.stdout, MOST_WORDS)
        raise FlashFailed(
            f"{name} failed with exit code {done.returncode}; it said {said}. "
            f"It was called as: {' '.join(words)}"
        )


def _chosen(board: BoardCard, flasher: str | None) -> tuple[str, tuple[str, ...]]:
    known = board.flashers
    if not known:
        raise UsageError(f"{board.name} is not flashed: its card has no [flashers]")
    if flasher is not None and flasher not in known:
        raise UsageError.unknown("flasher", flasher, known, where=f"of the board {board.name}")
    for name, command in known.items():
        if flasher in (None, name) and shutil.which(command[0]):
            return name, command
    wanted = [flasher] if flasher else list(known)
    programs = ", ".join(known[name][0] for name in wanted)
    raise ToolchainMissing(
        f"{board.name} is flashed by {programs}: none of them is installed; "
        f"{board.flasher_advice or 'install one and try again'}"
    )


def _filled(word: str, image: Image) -> str:
    """Put the image's path into a word of a command; make the format that it asks for."""
    for suffix, format_name in FORMATS.items():
        if f"{{{suffix}}}" in word:
            word = word.replace(f"{{{suffix}}}", str(_converted(image, suffix, format_name)))
    return word.replace("{elf}", str(image.path))


def _converted(image: Image, suffix: str, format_name: str) -> Path:
    target = image.path.with_suffix(f".{suffix}")
    tool = compiler_of(firmware_of(image.board)).removesuffix("gcc") + "objcopy"
    run_tool([tool, "-O", format_name, str(image.path), str(target)])
    return target
