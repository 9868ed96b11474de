"""A measurement from its start to its end: the samples, and the meter that they are of."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import TraceInvalid
from edgebench.power.contract import Accuracy, MeterDescription, PowerSamples

FORMAT = "edgebench power trace 1"


@dataclass(frozen=True)
class PowerTrace:
    """All samples of a measurement, and of which meter."""

    meter: MeterDescription
    samples: PowerSamples

    def save(self, path: Path) -> None:
        """Write it as .npz; the file is there whole or not at all.

        Raises
        ------
        OSError
            If it can't be written.
        """
        arrays = {"t_ns": self.samples.t_ns, "power_w": self.samples.power_w}
        if self.samples.energy_j is not None:
            arrays["energy_j"] = self.samples.energy_j
        if self.samples.marks_ns is not None:
            arrays["marks_ns"] = self.samples.marks_ns
        about = json.dumps({"format": FORMAT, "meter": asdict(self.meter)})
        unfinished = path.with_name(f"{path.name}.partial")
        with unfinished.open("wb") as file:
            np.savez_compressed(file, about=np.array(about), **arrays)
        unfinished.replace(path)

    def between(self, start_ns: int, end_ns: int) -> PowerTrace:
        """Return the part with the samples of a stretch of time."""
        samples = self.samples
        kept = (samples.t_ns >= start_ns) & (samples.t_ns <= end_ns)
        marks = samples.marks_ns
        if marks is not None:
            marks = marks[(marks >= start_ns) & (marks <= end_ns)]
        energy = None if samples.energy_j is None else samples.energy_j[kept]
        part = PowerSamples(samples.t_ns[kept], samples.power_w[kept], energy, marks)
        return replace(self, samples=part)


def joined(meter: MeterDescription, parts: Iterable[PowerSamples]) -> PowerTrace:
    """Put what a meter gave piece by piece together."""
    found = [part for part in parts if len(part) or part.marks_ns is not None]
    if not found:
        return PowerTrace(meter, PowerSamples.none())
    counted = [part.energy_j for part in found if part.energy_j is not None]
    marked = [part.marks_ns for part in found if part.marks_ns is not None]
    return PowerTrace(
        meter,
        PowerSamples(
            np.concatenate([part.t_ns for part in found]),
            np.concatenate([part.power_w for part in found]),
            np.concatenate(counted) if counted else None,
            np.concatenate(marked) if marked else None,
        ),
    )


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
            arrays: dict[str, NDArray[Any]] = {
                name: file[name] for name in file.files if name != "about"
            }
        meter = dict(about["meter"])
        accuracy = meter.pop("accuracy")
        meter["channels"] = tuple(meter["channels"])
        description = MeterDescription(
            **meter, accuracy=None if accuracy is None else Accuracy(**accuracy)
        )
        samples = PowerSamples(
            arrays["t_ns"].astype(np.int64), arrays["power_w"].astype(np.float64),
            arrays.get("energy_j"), arrays.get("marks_ns"),
        )  # fmt: skip
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise TraceInvalid(f"{path}: no power trace of edgebench's: {error}") from error
    if about.get("format") != FORMAT or samples.t_ns.shape != samples.power_w.shape:
        raise TraceInvalid(f"{path}: no power trace of edgebench's, or a damaged one")
    if samples.energy_j is not None and samples.energy_j.shape != samples.t_ns.shape:
        raise TraceInvalid(f"{path}: {samples.energy_j.size} counts for {len(samples)} samples")
    if np.any(np.diff(samples.t_ns) < 0) or not np.all(np.isfinite(samples.power_w)):
        raise TraceInvalid(f"{path}: times that run backwards, or power that is no number")
    return PowerTrace(description, samples)
