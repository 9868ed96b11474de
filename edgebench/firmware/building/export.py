"""Export a model's C as a project for one's own tree: the network and the kernels, no protocol.

Files that a kind of project has besides the C are in ``firmware_host/exports/KIND``: templates in
which ``@name@`` and its like stand for facts of the model. Every name of an export begins with the
network's, the kernels' too, so that several exports link into one program.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from edgebench import __version__
from edgebench.boards.card import board_card
from edgebench.errors import UsageError
from edgebench.files.atomic import filled_at_once
from edgebench.files.disk import disk_errors
from edgebench.firmware.building.image import firmware_of
from edgebench.firmware.c_files import (
    KERNELS,
    PORTABLE,
    filled,
    firmware_folder,
    headers,
    sources,
)
from edgebench.firmware.emitting.header import described
from edgebench.firmware.emitting.names import (
    KERNEL_PREFIX,
    CNames,
    checked_identifier,
    identifier_of,
    names_of_own,
)
from edgebench.firmware.emitting.several_inputs_outputs import readme
from edgebench.firmware.emitting.source import Source, emit
from edgebench.firmware.engines.choice import note_on
from edgebench.firmware.export_kind import ExportKind
from edgebench.firmware.optimize import BALANCED
from edgebench.models.resolve import Model
from edgebench.text.brief import Brief

KINDS: tuple[ExportKind, ...] = get_args(ExportKind)
TEMPLATES = "exports"
CORE_HEADERS = ("eb_platform.h",)
"""Headers of ``firmware_host/core`` that the kernels and the network include."""


@dataclass(frozen=True, repr=False)
class Exported(Brief):
    """Where a project was written, its files relative to that, and the network's C name.

    ``note`` is set where the choice of flash against speed changes nothing.
    """

    folder: Path
    files: tuple[Path, ...]
    name: str
    note: str = ""


def export(
    model: Model,
    kind: str,
    out: Path,
    *,
    board: str | None = None,
    optimize: str = BALANCED,
    name: str | None = None,
) -> Exported:
    """Write a project.

    Parameters
    ----------
    kind
        One of `KINDS`.
    out
        A folder that does not exist yet, or is empty.
    board
        Takes the kernels and compiler flags of a board's card; None takes portable C.
    name
        The network's C name, in lower case; None makes one of the model's name.

    Raises
    ------
    UsageError
        If the folder is not empty, there is no such kind, or ``name`` is no C name.
    ModelNotSupported
        If the kernels lack one of the model's ops.
    DiskFull, EdgebenchError
        If it can't be written.
    """
    if kind not in KINDS:
        raise UsageError.unknown("kind", kind, KINDS)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"`out`: {out} is not empty; name a new folder", field="out", value=out)
    chosen = checked_identifier(name) if name else identifier_of(model.name, model.sha256)
    names = names_of_own(chosen)
    card = firmware_of(board_card(board)) if board is not None else None
    kernels = card.kernels if card is not None else PORTABLE
    source = emit(model, kernels, optimize, names=names)
    compiler = card.compiler if card is not None else "cc"
    values = {
        **described(model),
        "SEVERAL": readme(model),
        "name": names.network,
        "NAME": names.macros,
        "VERSION": __version__,
        "ARENA_BYTES": f"{source.arena_bytes:,}",
        "CONSTANT_BYTES": f"{source.constant_bytes:,}",
        "COMPILER": compiler,
        "AR": f"{compiler.removesuffix('gcc')}ar" if compiler.endswith("gcc") else "ar",
        "STEPS": filled(_steps(kind), {"name": names.network}).strip(),
        "FLAGS": " ".join(card.flags) if card is not None else "",
    }
    with disk_errors(out), filled_at_once(out) as draft:
        _write_templates(kind, draft, values)
        _write_c(draft / "src", KERNELS[kernels], source, names)
        shutil.copyfile(firmware_folder() / "LICENSE", draft / "LICENSE")
    files = sorted(path.relative_to(out) for path in out.rglob("*") if path.is_file())
    return Exported(out, tuple(files), names.network, note_on(kernels, optimize))


def _steps(kind: str) -> str:
    """Return how a kind of project is built, for its README."""
    return (firmware_folder() / TEMPLATES / f"{kind}.md").read_text()


def _write_templates(kind: str, out: Path, values: Mapping[str, str]) -> None:
    templates = firmware_folder() / TEMPLATES
    for folder in (templates / "all", templates / kind):
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            target = out / filled(str(path.relative_to(folder)), values)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(filled(path.read_text(), values))


def _write_c(folder: Path, kernels: tuple[str, ...], source: Source, names: CNames) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    core = [firmware_folder() / "core" / each for each in CORE_HEADERS]
    for path in (*core, *headers(*kernels), *sources(*kernels)):
        target = names.kernels + path.name.removeprefix(KERNEL_PREFIX)
        (folder / target).write_text(names.renamed(path.read_text()))
    for file, text in source.files.items():
        (folder / file).write_text(text)
