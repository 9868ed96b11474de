"""Reading run directories: whole ones for results, partial ones to resume."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgebench.errors import RunDirectoryInvalid
from edgebench.mlperf.scenarios import scenario_called
from edgebench.rundir.layout import PARTIAL_SUFFIX, RUN_JSON, SYSTEM_JSON
from edgebench.rundir.record import FORMAT, VERSION, RunRecord, record_from_json


@dataclass(frozen=True)
class Run:
    """A run directory that was read. ``system`` is system.json, empty where there is none."""

    path: Path
    record: RunRecord
    system: dict[str, Any]

    @property
    def is_partial(self) -> bool:
        """Whether it was interrupted and can be resumed."""
        return self.record.state != "complete" or self.path.name.endswith(PARTIAL_SUFFIX)


def read_run(path: str | Path) -> Run:
    """Read a run directory.

    Raises
    ------
    RunDirectoryInvalid
        If it is none, is damaged, or was written by a newer edgebench.
    """
    path = Path(path)
    values = _json(path / RUN_JSON)
    if values.get("format") != FORMAT:
        raise RunDirectoryInvalid(f"{path / RUN_JSON}: not written by edgebench")
    if values.get("version") != VERSION:
        raise RunDirectoryInvalid(
            f"{path / RUN_JSON}: format version {values.get('version')!r}, this edgebench reads "
            f"{VERSION}; read it with the edgebench that wrote it "
            f"({values.get('edgebench_version')}) or a newer one"
        )
    try:
        record = record_from_json(values)
        scenario_called(record.scenario)
    except TypeError as error:
        raise RunDirectoryInvalid(f"{path / RUN_JSON}: damaged: {error}") from error
    except KeyError as error:
        raise RunDirectoryInvalid(f"{path / RUN_JSON}: damaged: no scenario {error}") from error
    system = path / SYSTEM_JSON
    return Run(path, record, _json(system) if system.is_file() else {})


def find_runs(path: Path) -> Iterator[Path]:
    """Yield `path` if it is a run directory, else the run directories right below it, by name."""
    if (path / RUN_JSON).is_file():
        yield path
    elif path.is_dir():
        yield from sorted(each.parent for each in path.glob(f"*/{RUN_JSON}"))


def find_all_runs(path: Path) -> Iterator[Path]:
    """Yield the run directories at or below `path`, however deep, by name."""
    if (path / RUN_JSON).is_file():
        yield path
    elif path.is_dir() and not path.is_symlink():
        for each in sorted(path.iterdir()):
            yield from find_all_runs(each)


def _json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RunDirectoryInvalid(f"{path.parent}: not a run directory: no {path.name}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise RunDirectoryInvalid(f"{path}: damaged: {error}") from error
    if not isinstance(values, dict):
        raise RunDirectoryInvalid(f"{path}: damaged: not a JSON object")
    return values
