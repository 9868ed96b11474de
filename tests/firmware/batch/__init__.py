"""Many single-layer models in one image for a board, run in its emulator."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.boards.card import BoardCard
from edgebench.firmware.building.compiling import run_tool
from edgebench.firmware.building.image import (
    FLAGS,
    LINK_FLAGS,
    compiler_of,
    firmware_of,
    link_script,
    port_folders,
    symbols,
)
from edgebench.firmware.building.kernel_objects import kernel_objects
from edgebench.firmware.c_files import CORE, KERNELS, include_flags, sources
from edgebench.firmware.emitting.names import CNames
from edgebench.firmware.emitting.source import emit
from edgebench.models.resolve import Model

TIMEOUT_S = 60


@dataclass(frozen=True)
class Item:
    """A model and what to run it on."""

    model: Model
    inputs: Sequence[NDArray[Any]]


def run_batch(
    items: Sequence[Item], board: BoardCard, folder: Path, optimize: str = "balanced"
) -> list[list[NDArray[Any]]]:
    """Return the outputs of every model on its inputs."""
    image = _build(items, board, folder, optimize)
    assert board.emulator is not None
    command = [
        *board.emulator.command,
        "-display",
        "none",
        "-monitor",
        "none",
        "-serial",
        "stdio",
        "-kernel",
        str(image),
    ]
    sizes = [item.model.facts.outputs[0].size_bytes * len(item.inputs) for item in items]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as emulator:
        assert emulator.stdout is not None
        watchdog = ThreadPoolExecutor(1).submit(_kill_late, emulator)
        written = emulator.stdout.read(sum(sizes))
        emulator.kill()
        watchdog.result()
    assert len(written) == sum(sizes), f"the image wrote {written!r:.200}"
    found, place = [], 0
    for item, size in zip(items, sizes, strict=True):
        dtype = item.model.facts.outputs[0].dtype
        values = np.frombuffer(written[place : place + size], dtype)
        found.append(list(values.reshape(len(item.inputs), -1)))
        place += size
    return found


def _kill_late(emulator: subprocess.Popen[bytes]) -> None:
    try:
        emulator.wait(TIMEOUT_S)
    except subprocess.TimeoutExpired:
        emulator.kill()


def _build(items: Sequence[Item], board: BoardCard, folder: Path, optimize: str) -> Path:
    card = firmware_of(board)
    parts = (*CORE, *KERNELS[card.kernels])
    flags = [
        *card.flags,
        *FLAGS,
        *(f"-D{each}" for each in card.defines),
        "-DEB_SAMPLE_SLOTS=1U",
        *include_flags(*parts, *port_folders(card)),
        f"-I{folder}",
    ]
    compiler = compiler_of(card)

    def compile_one(number: int) -> str:
        own = folder / str(number)
        own.mkdir()
        names = CNames(f"model_{number}")
        made = emit(items[number].model, card.kernels, optimize, names=names)
        for name, text in made.files.items():
            (own / name).write_text(text)
        run_tool(
            [
                compiler,
                *flags,
                "-O1",
                f"-I{own}",
                "-c",
                str(own / names.source),
                "-o",
                str(own / "model.o"),
            ]
        )
        return str(own / "model.o")

    with ThreadPoolExecutor(2) as pool:
        objects = list(pool.map(compile_one, range(len(items))))
    (folder / "batch.h").write_text(_header(items))
    (folder / "batch_items.c").write_text(_items(items))
    image = folder / "batch.elf"
    kernels = kernel_objects(
        compiler, [*card.flags, *card.link_flags, *FLAGS], KERNELS[card.kernels]
    )
    files = [
        *sources(*port_folders(card)),
        Path(__file__).parent / "batch_main.c",
        folder / "batch_items.c",
    ]
    run_tool(
        [
            compiler,
            *flags,
            *LINK_FLAGS,
            *card.link_flags,
            f"-T{link_script(card)}",
            *symbols(card),
            *map(str, [*files, *kernels]),
            *objects,
            "-o",
            str(image),
        ]
    )
    return image


def _header(items: Sequence[Item]) -> str:
    most_in = max(item.model.facts.inputs[0].size_bytes for item in items)
    most_out = max(item.model.facts.outputs[0].size_bytes for item in items)
    return f"""#include <stdint.h>
#define BATCH_INPUT_BYTES {most_in}U
#define BATCH_OUTPUT_BYTES {most_out}U
struct batch_item {{
    void (*invoke)(const int8_t *input, int8_t *output);
    const int8_t *input;
    uint32_t inputs;
    uint32_t input_bytes;
    uint32_t output_bytes;
}};
extern const struct batch_item batch_items[];
extern const uint32_t batch_count;
"""


def _items(items: Sequence[Item]) -> str:
    parts = ['#include "batch.h"\n']
    rows = []
    for number, item in enumerate(items):
        values = np.concatenate(
            [np.ascontiguousarray(each).view(np.int8).reshape(-1) for each in item.inputs]
        )
        facts = item.model.facts
        parts.append(f"void model_{number}_invoke(const int8_t *input, int8_t *output);\n")
        parts.append(
            f"static const int8_t inputs_{number}[] = {{{','.join(map(str, values.tolist()))}}};\n"
        )
        rows.append(
            f"{{model_{number}_invoke, inputs_{number}, {len(item.inputs)}U, "
            f"{facts.inputs[0].size_bytes}U, {facts.outputs[0].size_bytes}U}}"
        )
    parts.append(f"const struct batch_item batch_items[] = {{{', '.join(rows)}}};\n")
    parts.append(f"const uint32_t batch_count = {len(items)}U;\n")
    return "".join(parts)
