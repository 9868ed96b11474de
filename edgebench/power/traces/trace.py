"""A measurement from its start to its end: the samples, and the meter that they are of."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from edgebench.errors import TraceInvalid
from edgebench.files.atomic import replacing
from edgebench.power.acquisition.alignment import Alignment, align
from edgebench.power.contract import Accuracy, MeterDescription, PowerSamples

MISSING_SHARE = 0.02
"""What is bridged without a word on top of the uncertainty."""
FORMAT = "edgebench power trace 2"
ARRAYS = ("t_ns", "power_w", "energy_j", "marks_ns", "volts_v", "amps_a", "moment_ns")


@dataclass(frozen=True)
class PowerTrace:
    """All samples of a measurement, on the host's clock, and of which meter.

    Attributes
    ----------
    alignment
        How the meter's clock was put on the host's; None for a meter that uses the host's.
    losses
        Until when, and how many samples are missing there without leaving a gap.
    """

    meter: MeterDescription
    samples: PowerSamples
    alignment: Alignment | None = None
    losses: tuple[tuple[int, float], ...] = ()

    def save(self, path: Path) -> None:
        """Write it as .npz; the file is there whole or not at all.

        Raises
        ------
        OSError
            If it can't be written.
        """
        arrays = {
            name: array for name in ARRAYS if (array := getattr(self.samples, name)) is not None
        }
        about = json.dumps(
            {
                "format": FORMAT,
                "meter": asdict(self.meter),
                "alignment": None if self.alignment is None else asdict(self.alignment),
                "losses": self.losses,
                "faults": self.samples.faults,
            }
        )
        with replacing(path) as draft, draft.open("wb") as file:
            np.savez_compressed(file, about=np.array(about), **arrays)

    def between(self, start_ns: int, end_ns: int) -> PowerTrace:
        """Return the part with the samples of a stretch of time."""
        samples = self.samples
        kept = (samples.t_ns >= start_ns) & (samples.t_ns <= end_ns)
        parts: dict[str, Any] = {
            name: array[kept]
            for name in ARRAYS
            if name != "marks_ns" and (array := getattr(samples, name)) is not None
        }
        marks = samples.marks_ns
        if marks is not None:
            parts["marks_ns"] = marks[(marks >= start_ns) & (marks <= end_ns)]
        losses = tuple(each for each in self.losses if start_ns <= each[0] <= end_ns)
        return replace(self, samples=replace(samples, **parts), losses=losses)


def joined(meter: MeterDescription, parts: Iterable[PowerSamples]) -> PowerTrace:
    """Put what a meter gave piece by piece together, on the host's clock.

    A meter whose clock can't be aligned (it gave no exchange) keeps its own.
    """
    found = [part for part in parts if part.says_something]
    arrays: dict[str, Any] = {}
    for name in ARRAYS:
        there = [array for part in found if (array := getattr(part, name)) is not None]
        if there:
            arrays[name] = np.concatenate(there)
    arrays.setdefault("t_ns", np.empty(0, np.int64))
    arrays.setdefault("power_w", np.empty(0))
    if not len(arrays["t_ns"]):
        arrays.pop("energy_j", None)
    alignment = None
    if meter.clock == "meter":
        alignment = align(each for part in found for each in part.exchanges)
    if alignment is not None:
        meter = replace(meter, clock="host")
        for name in ("t_ns", "marks_ns"):
            if name in arrays:
                arrays[name] = alignment.host_ns(arrays[name])
    faults = [fault for part in found for fault in part.faults]
    if alignment is not None and len(arrays["t_ns"]):
        faults += _time_faults(alignment, int(np.ptp(arrays["t_ns"])))
    samples = PowerSamples(**arrays, faults=tuple(dict.fromkeys(faults)))
    return PowerTrace(meter, samples, alignment, _losses(found, alignment))


def _time_faults(alignment: Alignment, span_ns: int) -> list[str]:
    """Return what is wrong with the meter's time, in words."""
    if alignment.missing_ns < 0:
        return ["it counted more time than has passed: damaged samples, or a wrong rate"]
    share = alignment.missing_ns / max(span_ns, 1)
    return [f"{share:.0%} of its samples are missing"] if share > MISSING_SHARE else []


def _losses(
    parts: list[PowerSamples], alignment: Alignment | None
) -> tuple[tuple[int, float], ...]:
    """Return until when parts with losses lasted, and how many samples each lost."""
    found, until = [], 0
    for part in parts:
        until = int(part.t_ns[-1]) if len(part) else until
        if part.lost:
            when = np.array([until], np.int64)
            host = when if alignment is None else alignment.host_ns(when)
            found.append((int(host[0]), float(part.lost)))
    return tuple(found)


def load_trace(path: Path) -> PowerTrace:
    """Read what `PowerTrace.save` wrote.

    Raises
    ------
    TraceInvalid
        If the file can't be read, or its arrays don't belong together.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            arrays: dict[str, Any] = {name: file[name] for name in file.files if name != "about"}
        if about.get("format") != FORMAT:
            raise ValueError(f"its format is {about.get('format')!r}, not {FORMAT!r}")
        meter = dict(about["meter"])
        accuracy, aligned = meter.pop("accuracy"), about["alignment"]
        meter["channels"] = tuple(meter["channels"])
        description = MeterDescription(
            **meter, accuracy=None if accuracy is None else Accuracy(**accuracy)
        )
        types: dict[str, type] = {"t_ns": np.int64, "marks_ns": np.int64}
        samples = PowerSamples(
            **{name: arrays[name].astype(types.get(name, np.float64)) for name in arrays},
            faults=tuple(about["faults"]),
        )
        alignment = None if aligned is None else Alignment(**aligned)
        losses = tuple((int(when), float(lost)) for when, lost in about["losses"])
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise TraceInvalid(f"{path}: no power trace of edgebench's: {error}") from error
    for name in ARRAYS:
        array = getattr(samples, name)
        if name != "marks_ns" and array is not None and array.shape != samples.t_ns.shape:
            raise TraceInvalid(f"{path}: {array.size} {name} for {len(samples)} samples")
    if np.any(np.diff(samples.t_ns) < 0) or not np.all(np.isfinite(samples.power_w)):
        raise TraceInvalid(f"{path}: times that run backwards, or power that is no number")
    return PowerTrace(description, samples, alignment, losses)
