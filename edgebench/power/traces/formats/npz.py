"""edgebench's own file: arrays of samples, and the meter and its clock as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgebench.errors import TraceInvalid
from edgebench.files.arrays import ArrayFileInvalid, read_npz
from edgebench.files.atomic import replacing
from edgebench.power.description import MeterDescription
from edgebench.power.samples import PowerSamples
from edgebench.power.traces.format import ReadOptions
from edgebench.power.traces.trace import ARRAYS, PER_SAMPLE, Alignment, Loss, PowerTrace
from edgebench.text.json_text import JsonDamaged, parse_json
from edgebench.text.printable import excerpt
from edgebench.text.typed_json import TypedJsonError, structure, unstructure

NAMED, NAMED_BEFORE = "edgebench power trace 3", "edgebench power trace 2"
SUFFIX = ".npz"
TIMES = ("t_ns", "marks_ns")


@dataclass(frozen=True)
class About:
    """The file's content in addition to its arrays."""

    format: str
    meter: MeterDescription
    alignment: Alignment | None
    losses: tuple[Loss, ...]
    faults: tuple[str, ...]


class NpzFormat:
    """edgebench's own file."""

    name = "npz"
    summary = "edgebench's own recording"
    takes: frozenset[str] = frozenset()
    is_last = False

    def recognizes(self, name: str, head: bytes) -> bool:
        """By its name."""
        return name.endswith(SUFFIX)

    def read(self, path: Path, options: ReadOptions) -> PowerTrace:
        """Read it."""
        return load_trace(path)


FORMAT = NpzFormat()


def save_trace(trace: PowerTrace, path: Path) -> None:
    """Write a trace as .npz; the file is there whole or not at all.

    Raises
    ------
    OSError
        If it can't be written.
    """
    samples = trace.samples
    arrays = {name: array for name in ARRAYS if (array := getattr(samples, name)) is not None}
    about = About(NAMED, trace.meter, trace.alignment, trace.losses, samples.faults)
    text = json.dumps(unstructure(about), allow_nan=False)
    with replacing(path) as draft, draft.open("wb") as file:
        np.savez_compressed(file, about=np.array(text), **arrays)


class _OtherFormat(ValueError):
    """A file whose content is no trace, or one of another version."""


def load_trace(path: Path) -> PowerTrace:
    """Read what `save_trace` wrote.

    Raises
    ------
    TraceInvalid
        If the file can't be read, or its arrays don't belong together.
    """
    try:
        read = read_npz(path, ("about", *ARRAYS))
        about = _about(parse_json(str(read.pop("about"))))
        arrays: dict[str, Any] = {
            name: array.astype(np.int64 if name in TIMES else np.float64)
            for name, array in read.items()
        }
        samples = PowerSamples(**arrays, faults=about.faults)
    except (ArrayFileInvalid, JsonDamaged, TypedJsonError, _OtherFormat) as error:
        raise TraceInvalid(f"{path}: no power trace of edgebench's: {error}") from error
    # Arrays and facts of any type.
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
        raise TraceInvalid(
            f"{path}: no power trace of edgebench's: an array or a fact of it is missing, or is "
            "not of its type"
        ) from error
    for name in PER_SAMPLE:
        array = arrays.get(name)
        if array is not None and array.shape != samples.t_ns.shape:
            raise TraceInvalid(f"{path}: {array.size} {name} for {len(samples)} samples")
    if np.any(np.diff(samples.t_ns) < 0) or not np.all(np.isfinite(samples.power_w)):
        raise TraceInvalid(f"{path}: times that run backwards, or power that is no number")
    return PowerTrace(about.meter, samples, about.alignment, about.losses)


def _about(values: dict[str, Any]) -> About:
    found = values.get("format")
    if found == NAMED_BEFORE:
        # Its losses were pairs.
        losses = [{"until_ns": when, "samples": lost} for when, lost in values["losses"]]
        values = {**values, "format": NAMED, "losses": losses}
    elif found != NAMED:
        raise _OtherFormat(f"its format is {excerpt(repr(found), 40)}, not {NAMED!r}")
    return structure(About, values)
