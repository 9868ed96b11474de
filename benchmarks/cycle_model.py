"""Fit the estimate's timing to published results, and show each one's error when it is left out.

    .venv/bin/python benchmarks/cycle_model.py PAIRS.csv

A row is one submission to MLPerf Tiny: its firmware's instructions by class for one inference, and
the cycles that its published inferences per second are. Columns: software, core, mhz, task, cycles,
instructions, single_loads, load_runs, multi_words, stores, taken_branches, long_multiplies,
divides, flash_reads, flash_read_lines_missed, code_lines_missed; an empty field was not counted.

The fit is a least-squares fit of relative errors, with the timing tables as a prior: a figure of
which the pairs say little stays the table's. What it prints goes into
edgebench/firmware/cycles/cores.toml. Cores without a prior here are not fitted: their rows are
checked against that file as it is.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np

from edgebench.boards.card import TimingCard
from edgebench.firmware.cycles.classes import Classes
from edgebench.firmware.cycles.cores import Core, CycleTable, cycle_table
from edgebench.firmware.cycles.estimate import CycleEstimate, estimate

FLASH_DATA, FLASH_CODE = "flash.data", "flash.code"
PRIOR: Mapping[str, tuple[float, float]] = {
    FLASH_DATA: (1.2, 0.4),
    FLASH_CODE: (1.0, 0.5),
    "Cortex-M4.load_runs": (1.0, 0.5),
    "Cortex-M4.taken_branches": (2.0, 0.5),
    "Cortex-M33.load_runs": (0.0, 0.2),
    "Cortex-M33.taken_branches": (2.0, 0.5),
}
"""Of the timing tables, with a standard deviation. Arm DDI 0439B: a load alone takes a cycle more
than its neighbours, a taken branch 1 to 3 to refill the pipeline. The M33 has no table; its loads
overlap with what does not need them."""
NOISE = 0.035
"""Relative: what a model of so few classes leaves, and the published figure's own uncertainty."""
LINE_BYTES = 32
CONSTANTS: Mapping[str, int] = {
    "kws": 25_000,
    "ic": 80_000,
    "vww": 220_000,
    "ad": 270_000,
    "sww": 59_000,
}
"""Bytes of the reference models' weights, each read once at least: where reads were not counted."""
MEMORIES: Mapping[tuple[str, str], TimingCard] = {
    ("M4", "120"): TimingCard(120, 5, 16, LINE_BYTES, 32, 8, "STM32L4R5: ST RM0432"),
    ("M33", "160"): TimingCard(160, 4, 16, LINE_BYTES, 0, 8, "STM32U575: ST RM0456, 8 KB of cache"),
    ("M7", "280"): TimingCard(280, 6, 16, LINE_BYTES, 0, 8, "STM32H7A3: ST RM0455, 16 KB of cache"),
    ("M0+", "64"): TimingCard(64, 2, 8, LINE_BYTES, 1, 1, "STM32G0B1: ST RM0444"),
}


SAME = (
    *("instructions", "single_loads", "load_runs", "multi_words", "stores", "taken_branches"),
    *("long_multiplies", "divides", "flash_reads"),
)
"""Columns that are classes of edgebench's under the same name."""


@dataclass(frozen=True)
class Pair:
    """A submission: what was counted, on which core and memory, and its published cycles."""

    name: str
    core: str
    timing: TimingCard
    counts: Classes
    cycles: float


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("pairs", type=Path)
    pairs = read_pairs(parser.parse_args().pairs)
    outcomes = left_out(pairs)
    print(f"{'':28} {'published':>11} {'estimated':>11} {'error':>7}  interval")
    for pair, found in zip(pairs, outcomes, strict=True):
        verdict = "holds it" if found.low <= pair.cycles <= found.high else "MISSES IT"
        print(
            f"{pair.name:28} {pair.cycles:11,.0f} {found.cycles:11,.0f} "
            f"{100 * (found.cycles / pair.cycles - 1):+6.1f}%  "
            f"{found.low:11,.0f} to {found.high:11,.0f} {verdict}"
        )
    both = zip(pairs, outcomes, strict=True)
    errors = [abs(each.cycles / pair.cycles - 1) for pair, each in both]
    print(
        f"\nleft out one by one: median {100 * median(errors):.1f} %, worst "
        f"{100 * max(errors):.1f} %, root of the mean square "
        f"{100 * float(np.sqrt(np.mean(np.square(errors)))):.1f} %\n"
    )
    for name, (value, deviation) in fitted(pairs).items():
        print(f"{name:28} {value:5.2f} +- {deviation:.2f}  (table {PRIOR[name][0]:g})")
    print(f"{len(pairs)} pairs decide {decided(fitted(pairs)):.1f} figures")


def read_pairs(path: Path) -> list[Pair]:
    """Read the rows."""
    with path.open(newline="") as file:
        return [_pair(row) for row in csv.DictReader(file)]


def left_out(pairs: Sequence[Pair]) -> list[CycleEstimate]:
    """Return the estimate of each pair by a fit to all others."""
    found = []
    for place, pair in enumerate(pairs):
        table = with_figures(fitted([*pairs[:place], *pairs[place + 1 :]]))
        found.append(estimate(pair.counts, core_named(table, pair.core), pair.timing, table.flash))
    return found


def fitted(pairs: Sequence[Pair]) -> dict[str, tuple[float, float]]:
    """Return each figure of the prior after the pairs, with its standard deviation."""
    names = list(PRIOR)
    cores = {name.partition(".")[0] for name in names}
    known = [pair for pair in pairs if pair.core in cores]
    weights = np.array([_amounts(pair, names) / pair.cycles for pair in known]).reshape(
        -1, len(names)
    )
    rest = np.array([1 - _certain(pair) / pair.cycles for pair in known])
    values, deviations = np.array(list(PRIOR.values())).T
    left = np.vstack([weights / NOISE, np.diag(1 / deviations)])
    right = np.concatenate([rest / NOISE, values / deviations])
    covariance = np.linalg.inv(left.T @ left)
    found = np.maximum(covariance @ left.T @ right, 0)
    spread = np.sqrt(np.diag(covariance))
    return {
        name: (float(value), float(deviation))
        for name, value, deviation in zip(names, found, spread, strict=True)
    }


def decided(figures: Mapping[str, tuple[float, float]]) -> float:
    """Return how many figures the pairs decide: what each deviation's square lost by them."""
    return sum(1 - (deviation / PRIOR[name][1]) ** 2 for name, (_, deviation) in figures.items())


def with_figures(figures: Mapping[str, tuple[float, float]]) -> CycleTable:
    """Return edgebench's table with other figures."""
    table = cycle_table()
    flash = replace(table.flash, data=figures[FLASH_DATA], code=figures[FLASH_CODE])
    cores = []
    for core in table.core:
        own = {
            name.partition(".")[2]: figure
            for name, figure in figures.items()
            if name.partition(".")[0] == core.name
        }
        cores.append(replace(core, cycles={**core.cycles, **own}))
    return CycleTable(flash, tuple(cores))


def core_named(table: CycleTable, name: str) -> Core:
    """Return a core of a table."""
    return next(core for core in table.core if core.name == name)


def _pair(row: Mapping[str, str]) -> Pair:
    def number(column: str) -> float:
        return float(row.get(column) or 0)

    timing = MEMORIES.get((row["core"], row["mhz"])) or TimingCard(float(row["mhz"]))
    lines = number("flash_read_lines_missed")
    if not row.get("flash_read_lines_missed"):
        lines = CONSTANTS.get(row["task"], 0) / LINE_BYTES
    return Pair(
        f"{row['software']}, {row['core']}, {row['task']}",
        f"Cortex-{row['core']}",
        timing,
        Classes(
            **{name: number(name) for name in SAME},
            data_misses=lines,
            code_misses=number("code_lines_missed") if timing.code_lines else 0,
        ),
        number("cycles"),
    )


def _amounts(pair: Pair, names: Sequence[str]) -> np.ndarray:
    wait = pair.timing.line_wait_cycles
    own = {
        FLASH_DATA: pair.counts.data_misses * wait,
        FLASH_CODE: pair.counts.code_misses * wait,
    }
    return np.array(
        [
            own.get(name, getattr(pair.counts, name.partition(".")[2], 0.0))
            if name.partition(".")[0] in ("flash", pair.core)
            else 0.0
            for name in names
        ]
    )


def _certain(pair: Pair) -> float:
    """Return the cycles that no figure of the fit has a part in."""
    core = core_named(cycle_table(), pair.core)
    return float(
        sum(
            getattr(pair.counts, name) * value
            for name, (value, _) in core.cycles.items()
            if f"{core.name}.{name}" not in PRIOR
        )
    )


if __name__ == "__main__":
    main()
