"""Read run directories: complete ones for results, partial ones to resume."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgebench.errors import RunDirectoryInvalid
from edgebench.mlperf.scenarios import scenario_called
from edgebench.rundir.contents.json_file import read_object, typed
from edgebench.rundir.contents.system import SystemRecord, read_system
from edgebench.rundir.earlier_versions import add_default_delegates, leave_out_drawn_reuse
from edgebench.rundir.format_1 import is_format_1, upgraded
from edgebench.rundir.layout import PARTIAL_SUFFIX, RUN_JSON
from edgebench.rundir.records.run import FORMAT, RunRecord
from edgebench.text.printable import excerpt


@dataclass(frozen=True, repr=False)
class Run:
    """A run directory that was read; ``system`` is None where there is no system.json."""

    path: Path
    record: RunRecord
    system: SystemRecord | None

    @property
    def is_partial(self) -> bool:
        """Whether it was interrupted and can be resumed."""
        return self.record.state != "complete" or self.path.name.endswith(PARTIAL_SUFFIX)

    def __repr__(self) -> str:
        """Show what ran, how it ended, and where it lies."""
        return f"<Run: {self.record.headline}; {self.path}>"


@dataclass(frozen=True)
class CompletedRuns:
    """The run directories of a run, one per scenario, in the order they were asked for."""

    runs: tuple[Run, ...]

    @property
    def valid(self) -> bool:
        """Whether no result is INVALID and no audit failed."""
        return all(run.record.valid for run in self.runs)


def read_run(path: str | Path) -> Run:
    """Read a run directory, of format 2 or 1.

    Raises
    ------
    RunDirectoryInvalid
        If it is not a run directory, is damaged, or was written by a newer edgebench.
    """
    path = Path(path)
    return Run(path, read_record(path / RUN_JSON), read_system(path))


def read_record(path: Path) -> RunRecord:
    """Read a run.json; raises as `read_run`."""
    values = _in_this_format(read_object(path), path)
    add_default_delegates(values)
    leave_out_drawn_reuse(values)
    record = typed(RunRecord, values, path)
    try:
        scenario_called(record.scenario)
    except KeyError as error:
        raise RunDirectoryInvalid(
            f"{path}: damaged: no scenario is called {excerpt(record.scenario, 40)!r}"
        ) from error
    return record


def _in_this_format(values: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the values without the mark of their format, older ones upgraded."""
    if is_format_1(values):
        return upgraded(values)
    found = values.pop("format", None)
    if found == FORMAT and not isinstance(found, float | bool):
        return values
    if isinstance(found, int) and found > FORMAT:
        raise RunDirectoryInvalid(
            f"{path}: format {found}, but this edgebench reads formats up to {FORMAT}; use the "
            f"edgebench that wrote it ({values.get('edgebench_version')}) or a newer one"
        )
    raise RunDirectoryInvalid(f"{path}: not written by edgebench: `format` is {found!r}")
