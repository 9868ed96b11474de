"""Weights that an .onnx file keeps in other files: they must lie in its own folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgebench.errors import ModelInvalid
from edgebench.files.digest import sha256_of
from edgebench.files.presence import is_file
from edgebench.models.onnx.package import messages_of, parsed, reader


@dataclass(frozen=True)
class ExternalData:
    """Where constants lie in another file: the file must have so many bytes at least."""

    tensor: str
    location: str
    end_bytes: int


def external_files(content: bytes, path: Path) -> tuple[Path, ...]:
    """Return the files that have a model's weights, each checked.

    Parameters
    ----------
    path
        The model's own file.

    Raises
    ------
    ModelInvalid
        If one is missing, too short, or outside the model's folder.
    """
    # What has no such key has no external data; a large model is not parsed a second time.
    if b"location" not in content:
        return ()
    found: dict[Path, None] = {}
    for data in _of_model(parsed(content, str(path)), str(path)):
        found[_checked(data, path)] = None
    return tuple(found)


def external_note(files: Iterable[Path]) -> Iterator[str]:
    """Yield a line per file of weights with its SHA-256: the model's own does not cover it."""
    for file in files:
        yield f"weights in {file.name}, SHA-256 {sha256_of(file)}"


def _of_model(model: Any, where: str) -> Iterator[ExternalData]:
    kind = reader().TensorProto
    # Those of functions, of graphs in graphs and of sparse tensors too: the runtime reads them all.
    for tensor in messages_of(model):
        if not isinstance(tensor, kind) or tensor.data_location != kind.EXTERNAL:
            continue
        entries = {each.key: each.value for each in tensor.external_data}
        sizes = [entries.get(key, "0") for key in ("offset", "length")]
        if not all(size.isascii() and size.isdecimal() and len(size) < 20 for size in sizes):
            raise ModelInvalid(
                f"{where}: the model is damaged: where the weights of `{tensor.name}` lie in "
                "another file is no number"
            )
        yield ExternalData(tensor.name, entries.get("location", ""), sum(map(int, sizes)))


def _checked(data: ExternalData, model: Path) -> Path:
    folder = model.parent.resolve()
    if not data.location or "\0" in data.location:
        raise ModelInvalid(
            f"{model}: the model is damaged: it does not name the file that has the weights of "
            f"`{data.tensor}`"
        )
    try:
        file = (folder / data.location).resolve()
    except (OSError, RuntimeError) as error:  # a name that is too long, links in a circle
        raise ModelInvalid(f"{model}: the file of its weights can't be found: {error}") from error
    if not file.is_relative_to(folder):
        raise ModelInvalid(
            f"{model}: its weights are to be read from {data.location[:200]!r}, outside the "
            "model's folder, which is refused; save the model with its weights next to it"
        )
    if not is_file(file):
        raise ModelInvalid(
            f"{model}: its weights are in {data.location[:200]!r}, which is not there; copy that "
            "file next to the model"
        )
    size_bytes = file.stat().st_size
    if size_bytes < data.end_bytes:
        raise ModelInvalid(
            f"{file}: cut short: the weights of `{data.tensor}` end at byte {data.end_bytes:,}, "
            f"and it has {size_bytes:,}; fetch it again"
        )
    return file
