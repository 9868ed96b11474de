"""timeline.json: the machine's frequency, temperature and throttling during the run."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from edgebench.errors import RunDirectoryInvalid
from edgebench.host.timeline import Timeline
from edgebench.rundir.contents.json_file import read_typed
from edgebench.rundir.contents.presence import is_present
from edgebench.rundir.format_1 import found_under_old_name
from edgebench.rundir.layout import TIMELINE


def read_timeline(folder: Path) -> Timeline | None:
    """Read timeline.json, or what runs of format 1 have in its place; None where there is none.

    Raises
    ------
    RunDirectoryInvalid
        If it is damaged.
    """
    path = found_under_old_name(folder, TIMELINE)
    if not is_present(path):
        return None
    timeline = read_typed(Timeline, path)
    lengths = {each.name: len(getattr(timeline, each.name)) for each in fields(Timeline)}
    if len(set(lengths.values())) > 1:
        counts = ", ".join(f"{count} in `{name}`" for name, count in lengths.items())
        raise RunDirectoryInvalid(f"{path}: damaged: lists of different lengths: {counts}")
    return timeline
