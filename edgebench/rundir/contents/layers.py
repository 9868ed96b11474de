"""profile.json: what each layer of a model costs, and how that was found out."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import RunDirectoryInvalid
from edgebench.rundir.contents.json_file import read_object, typed
from edgebench.rundir.contents.presence import is_present
from edgebench.rundir.reader import read_run
from edgebench.rundir.writer import write_json
from edgebench.text.brief import Brief
from edgebench.text.html_table import html_table

PROFILE = "profile.json"
FORMAT = "edgebench-profile"
VERSION = 1


@dataclass(frozen=True)
class Layer:
    """An op. ``cost`` is in the profile's unit; ``spread`` its interquartile range, or None."""

    index: int
    op: str
    macs: int
    cost: float
    spread: float | None = None


@dataclass(frozen=True, repr=False)
class Layers(Brief):
    """A profile.

    Attributes
    ----------
    unit
        ``us``, or ``instructions`` on an emulated board.
    method
        How it was found out, in words: by the device's timer, or by prefix timing.
    board
        The board's card; empty for this machine.
    where
        The board, or the runtime with its version, kernels and threads.
    whole
        An inference of the whole model in the same unit; layers need not add up to it.
    """

    model: str
    model_sha256: str
    board: str
    where: str
    method: str
    unit: str
    whole: float
    layers: tuple[Layer, ...]

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows: a row per layer, and the whole."""
        rows = [
            {
                "op": each.index,
                "layer": each.op,
                "MACs": f"{each.macs:,}",
                self.unit: f"{each.cost:,.2f}",
                "spread": None if each.spread is None else f"{each.spread:,.2f}",
            }
            for each in self.layers
        ]
        macs = sum(each.macs for each in self.layers)
        whole = {"op": "", "layer": "all", "MACs": f"{macs:,}", self.unit: f"{self.whole:,.2f}"}
        notes = (f"{self.model} on {self.where}", self.method)
        return html_table([*rows, {**whole, "spread": ""}], notes)


def write_layers(folder: Path, layers: Layers) -> None:
    """Write profile.json into a run directory.

    Raises
    ------
    DiskFull
        If there is no space.
    """
    values = {"format": FORMAT, "version": VERSION, **dataclasses.asdict(layers)}
    write_json(folder / PROFILE, values)


def put_layers(run_dir: Path, layers: Layers) -> None:
    """Put a profile into the run directory of the model that it is of.

    Raises
    ------
    RunDirectoryInvalid
        If it is none, another model's, or of another kind of machine.
    """
    run = read_run(run_dir)
    if run.record.model.sha256 != layers.model_sha256:
        raise RunDirectoryInvalid(
            f"{run_dir} is a run of {run.record.model.name} ({run.record.model.sha256[:12]}), the "
            f"profile is of {layers.model} ({layers.model_sha256[:12]})"
        )
    if bool(layers.board) != (run.record.device is not None):
        here, there = ("this machine", "a device") if run.record.device else ("a board", "here")
        raise RunDirectoryInvalid(
            f"{run_dir} is a run on {there}, the profile is of {here}: they don't belong together"
        )
    write_layers(run_dir, layers)


def read_layers(folder: Path) -> Layers | None:
    """Read profile.json; None where there is none.

    Raises
    ------
    RunDirectoryInvalid
        If it is damaged, or of another version.
    """
    path = folder / PROFILE
    if not is_present(path):
        return None
    values = read_object(path)
    mark = (values.pop("format", None), values.pop("version", None))
    if mark != (FORMAT, VERSION):
        raise RunDirectoryInvalid(f"{path}: damaged: not a profile of version {VERSION}")
    return typed(Layers, values, path)
