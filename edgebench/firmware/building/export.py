"""A model's C as a project to drop into one's own tree: the network and the kernels, no protocol.

What a kind of project has beside the C is in ``firmware_host/exports/KIND``: files in which
``@NAME@`` and its like stand for what is known here.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edgebench import __version__
from edgebench.boards.card import board_card
from edgebench.errors import UsageError
from edgebench.files.disk import disk_errors
from edgebench.firmware.building.host import firmware_folder, sources
from edgebench.firmware.building.image import firmware_of
from edgebench.firmware.emitting.source import (
    CONFIG_FILE,
    CONSTANTS_FILE,
    HELIUM,
    KERNELS,
    PORTABLE,
    Source,
    emit,
)
from edgebench.firmware.optimize import BALANCED
from edgebench.models.resolve import Model
from edgebench.models.tflite.tensors import Tensor
from edgebench.registry import packaged_data

ExportKind = Literal["cmake", "make", "zephyr", "arduino"]
KINDS: tuple[ExportKind, ...] = ("cmake", "make", "zephyr", "arduino")
TEMPLATES = "exports"
RESERVED = ("all", "clean", "help", "install", "test", "package", "edit_cache")
CORE_HEADERS = ("model.h", "align.h")


@dataclass(frozen=True)
class Exported:
    """Where a project was written, and its files relative to that."""

    folder: Path
    files: tuple[Path, ...]


def export(
    model: Model, kind: str, out: Path, *, board: str | None = None, optimize: str = BALANCED
) -> Exported:
    """Write a project.

    Parameters
    ----------
    kind
        One of `KINDS`.
    out
        A folder that is not there yet, or is empty.
    board
        Takes the kernels and compiler flags of a board's card; None takes portable C.

    Raises
    ------
    UsageError
        If the folder has something in it, or there is no such kind.
    ModelNotSupported
        If the kernels lack one of the model's ops.
    DiskFull, EdgebenchError
        If it can't be written.
    """
    if kind not in KINDS:
        raise UsageError(f"there is no project of kind {kind!r}: {', '.join(KINDS)}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} has something in it: name a new folder")
    card = firmware_of(board_card(board)) if board is not None else None
    kernels = card.kernels if card is not None else PORTABLE
    source = emit(model, kernels, optimize)
    values = _values(model, source)
    values["COMPILER"] = card.compiler if card is not None else "cc"
    compiler = values["COMPILER"]
    values["AR"] = f"{compiler.removesuffix('gcc')}ar" if compiler.endswith("gcc") else "ar"
    values["FLAGS"] = " ".join(card.flags) if card is not None else ""
    with disk_errors(out):
        _write(kind, out, KERNELS[kernels], source, values)
    files = sorted(path.relative_to(out) for path in out.rglob("*") if path.is_file())
    return Exported(out, tuple(files))


def _write(
    kind: str, out: Path, kernels: tuple[str, ...], source: Source, values: Mapping[str, str]
) -> None:
    templates = firmware_folder() / TEMPLATES
    for folder in (templates / "all", templates / kind):
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            target = out / _filled(str(path.relative_to(folder)), values)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_filled(path.read_text(), values))
    c_files = out / "src"
    c_files.mkdir(parents=True, exist_ok=True)
    headers = [firmware_folder() / "core" / name for name in CORE_HEADERS]
    headers += [each for part in kernels for each in sorted((firmware_folder() / part).glob("*.h"))]
    for path in (*headers, *sources(*kernels)):
        shutil.copyfile(path, c_files / path.name)
    for name, text in source.files.items():
        (c_files / name).write_text(text)
    shutil.copyfile(packaged_data() / "firmware_host" / "LICENSE", out / "LICENSE")


def _values(model: Model, source: Source) -> dict[str, str]:
    name = "".join(each if each.isascii() and each.isalnum() else "_" for each in model.name)
    # Neither a header of ours, nor a target that CMake keeps for itself, nor a digit in front.
    if not name[:1].isalpha() or name.lower() in RESERVED or f"{name.lower()}.h" in _headers():
        name = f"net_{name}"
    inputs, outputs = model.facts.inputs[0], model.facts.outputs[0]
    return {
        "NAME": name,
        "LABEL": "".join(
            each if each.isprintable() and each not in '"\\' else "_" for each in model.label
        ),
        "SHA256": model.sha256,
        "VERSION": __version__,
        "INPUT": _described(inputs),
        "OUTPUT": _described(outputs),
        "INPUT_BYTES": str(inputs.size_bytes),
        "OUTPUT_BYTES": str(outputs.size_bytes),
        "ARENA_BYTES": f"{source.arena_bytes:,}",
        "CONSTANT_BYTES": f"{source.constant_bytes:,}",
    }


def _headers() -> set[str]:
    """Return the names of all headers that a project may have, in small letters."""
    folders = [firmware_folder() / part for part in KERNELS[HELIUM]]
    found = {path.name for folder in folders for path in folder.glob("*.h")}
    return {*(each.lower() for each in found), *CORE_HEADERS, CONFIG_FILE, CONSTANTS_FILE}


def _described(tensor: Tensor) -> str:
    shape = " x ".join(map(str, tensor.shape))
    text = f"{tensor.type_name.lower()}, {shape}"
    if tensor.quantization is None:
        return text
    scale, zero_point = tensor.quantization.scales[0], tensor.quantization.zero_points[0]
    return f"{text}, real value = {scale:.9g} * (number - ({zero_point}))"


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text
