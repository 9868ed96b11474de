"""Read what MLPerf Tiny's runners leave of a benchmark: results.txt, results.json, log.txt.

EEMBC's runner and MLCommons' (`ulp-mlperf:` lines) write the same sentences; ours does too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from edgebench.errors import LogInvalid
from edgebench.mlperf.log_text import log_json, log_lines, log_text, real
from edgebench.mlperf.tiny.files import LOG_FILE, RESULTS_JSON, RESULTS_TXT

# Bounded, so that no line makes them look at its characters again and again.
THROUGHPUT = re.compile(r"\bMedian throughput is\s{1,40}([0-9.eE+-]{1,40})\s{0,40}inf\./sec\.")
TOP1 = re.compile(r"\bTop[ -]1%?\s{0,40}[=:]\s{0,40}([0-9.]{1,40})")
AUC = re.compile(r"\bAUC\s{0,40}[=:]\s{0,40}([0-9.]{1,40})")
ENERGY = re.compile(r"\bMedian energy cost is\s{1,40}([0-9.eE+-]{1,40})\s{0,40}uJ/inf\.")
_NAME = re.compile(r"Device (name|profile|model) retrieved: (.{1,200})")
_LOG_HEAD = "log_head.txt"
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"
AGREES = 1e-3
"""How far the figure of results.txt may be from that of results.json: it is printed with few
digits."""


@dataclass(frozen=True)
class TinyResults:
    """What the files of one benchmark say; None where a mode was not run.

    Attributes
    ----------
    name, profile, model
        What the device said of itself, as log.txt has it (``kws01``).
    inferences_per_second, windows
        The median, and each window's.
    top1_percent, auc, uj_per_inference, power_w
        The accuracies, the median energy, and the power of the trials' median.
    doubts
        Where two files of one mode say different things.
    """

    name: str = ""
    profile: str = ""
    model: str = ""
    inferences_per_second: float | None = None
    windows: tuple[float, ...] = ()
    top1_percent: float | None = None
    auc: float | None = None
    uj_per_inference: float | None = None
    power_w: float | None = None
    doubts: tuple[str, ...] = ()

    @property
    def benchmark(self) -> str:
        """MLPerf Tiny's name of it, such as ``kws``; empty where the log does not tell."""
        return self.model.rstrip("0123456789")


def read_tiny(folder: Path) -> TinyResults:
    """Read a benchmark's folder, with a folder a mode in it.

    Raises
    ------
    LogInvalid
        If a results.txt has no result in it, or a file is damaged (the message has the line).
    """
    values: dict[str, Any] = {}
    doubts: list[str] = []
    for mode, read in (("performance", _performance), ("accuracy", _accuracy), ("energy", _energy)):
        path = folder / mode
        if (path / RESULTS_TXT).is_file():
            values |= _named(path) | read(path, doubts)
    if not values:
        raise LogInvalid(f"{folder}: no results of MLPerf Tiny in it")
    return TinyResults(**values, doubts=tuple(doubts))


def figure_of(path: Path, pattern: re.Pattern[str], what: str) -> float:
    """Return the last figure that a pattern finds.

    Raises
    ------
    LogInvalid
        If there is none, or it is no number.
    """
    found = None
    for number, line in log_lines(path):
        match = pattern.search(line)
        if match:
            found = real(match[1], f"{path}, line {number}")
    if found is None:
        raise LogInvalid(f"{path}: no line says {what}: it was cut short, or is another mode's")
    return found


def _named(folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in (LOG_FILE, _LOG_HEAD):
        if (folder / name).is_file():
            for _, line in log_lines(folder / name):
                match = _NAME.search(line)
                if match:
                    found[match[1]] = match[2].replace(_UNREADABLE, "").strip()
    return found


def _performance(folder: Path, doubts: list[str]) -> dict[str, Any]:
    path = folder / RESULTS_TXT
    stated = figure_of(path, THROUGHPUT, "`Median throughput is N inf./sec.`")
    windows = tuple(
        _number(folder, number, row, "infer", "throughput")
        for number, row in enumerate(_rows(folder / RESULTS_JSON))
    )
    _doubt(doubts, path, stated, median(windows) if windows else None, "inf./sec.")
    return {"inferences_per_second": stated, "windows": windows}


def _accuracy(folder: Path, doubts: list[str]) -> dict[str, Any]:
    path = folder / RESULTS_TXT
    found: dict[str, Any] = {}
    for name, pattern in (("top1_percent", TOP1), ("auc", AUC)):
        if any(pattern.search(line) for _, line in log_lines(path)):
            found[name] = figure_of(path, pattern, name)
    if not found:
        raise LogInvalid(
            f"{path}: no line says `Top 1% = N` or `AUC = N`: it was cut short, or is "
            "another mode's"
        )
    return found


def _energy(folder: Path, doubts: list[str]) -> dict[str, Any]:
    from edgebench.mlperf.tiny.energy import median_uj_per_inference, read_trials

    path = folder / RESULTS_TXT
    stated = figure_of(path, ENERGY, "`Median energy cost is N uJ/inf.`")
    if not (folder / RESULTS_JSON).is_file():
        return {"uj_per_inference": stated}
    trials = read_trials(folder / RESULTS_JSON)
    _doubt(doubts, path, stated, median_uj_per_inference(trials), "uJ/inf.")
    return {"uj_per_inference": stated, "power_w": median(trial.power_w for trial in trials)}


def _doubt(doubts: list[str], path: Path, stated: float, reckoned: float | None, unit: str) -> None:
    if reckoned is not None and abs(stated - reckoned) > AGREES * abs(reckoned):
        doubts.append(
            f"{path} says {stated:g} {unit}, {RESULTS_JSON} next to it comes to {reckoned:.6g}"
        )


def _rows(path: Path) -> list[Any]:
    """Return the entries of a results.json; none where there is no such file."""
    if not path.is_file():
        return []
    rows = log_json(log_text(path), str(path))
    if not isinstance(rows, list):
        raise LogInvalid(f"{path}: not a list of windows")
    return rows


def _number(folder: Path, number: int, row: Any, *keys: str) -> float:
    where = f"{folder / RESULTS_JSON}, entry {number}"
    for key in keys:
        if not isinstance(row, dict) or key not in row:
            raise LogInvalid(f"{where}: no {'.'.join(keys)}")
        row = row[key]
    return real(row, f"{where}, {'.'.join(keys)}")
