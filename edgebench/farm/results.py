"""What a farm has measured: a row a board and a run, over its repeats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgebench.errors import RunDirectoryInvalid
from edgebench.farm.journal import Journal
from edgebench.results.summary import SummaryRow, summary_row
from edgebench.rundir.reader import read_run
from edgebench.statistics.quantiles import known_median

TIMES = (
    "p50_ns",
    "device_p50_ns",
    "samples_per_second",
    "device_samples_per_second",
    "tiny_inferences_per_second",
)
NO_TIME = "an emulator's clock: no time"


@dataclass(frozen=True)
class BoardRow:
    """Runs of the same kind on the same board.

    Attributes
    ----------
    clock
        Whose clock the times are of.
    p50_ns, rate, accuracy
        Medians over the repeats; None where none has it.
    """

    board: str
    model: str
    scenario: str
    clock: str
    repeats: int
    p50_ns: float | None
    rate: float | None
    accuracy: float | None
    verdicts: tuple[str, ...]


def board_rows(folder: Path) -> list[BoardRow]:
    """Return the rows of a farm's folder, by board.

    Raises
    ------
    RunDirectoryInvalid
        If nothing has been measured there.
    """
    groups: dict[tuple[str, str, str, str], list[SummaryRow]] = {}
    for board, path in _finished(folder):
        run = read_run(path)
        row = summary_row(run)
        if (run.record.request.get("device") or {}).get("emulator_clock"):
            timeless: dict[str, Any] = dict.fromkeys(TIMES)
            row = replace(row, **timeless, verdict=NO_TIME)
        key = (board, f"{row.model} {row.variant}".strip(), row.scenario, run.record.clock)
        groups.setdefault(key, []).append(row)
    if not groups:
        raise RunDirectoryInvalid(f"{folder}: no plan has measured anything there")
    return [
        BoardRow(
            board,
            model,
            scenario,
            clock,
            len(rows),
            known_median(_p50_ns(row) for row in rows),
            known_median(
                row.device_samples_per_second
                or row.tiny_inferences_per_second
                or row.samples_per_second
                for row in rows
            ),
            known_median(row.accuracy for row in rows),
            tuple(dict.fromkeys(filter(None, map(_verdict, rows)))),
        )
        for (board, model, scenario, clock), rows in sorted(groups.items())
    ]


def _finished(folder: Path) -> Iterator[tuple[str, Path]]:
    journal = Journal(folder)
    known = journal.known()
    for event in journal.events():
        job = str(event.get("job"))
        if event["event"] == "finished" and job in known.finished:
            for run in known.finished.pop(job):
                yield str(event.get("target")), folder / run


def _p50_ns(row: SummaryRow) -> float | None:
    if row.device_p50_ns is None and row.tiny_inferences_per_second:
        return 1e9 / row.tiny_inferences_per_second
    return row.device_p50_ns or row.p50_ns


def _verdict(row: SummaryRow) -> str:
    if row.verdict != "none":
        return row.verdict
    return {True: "by MLPerf Tiny's rules", False: "quick"}.get(row.tiny_valid, "")  # type: ignore[arg-type]
