"""Run directories without a measurement: of a real quick run, with other figures written in."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from edgebench.rundir.contents.times import Times, write_times

Change = Callable[[dict[str, Any]], None]


def copied(
    run: Path,
    out: Path,
    change: Change = lambda record: None,
    system: Mapping[str, Any] | None = None,
) -> Path:
    """Copy a run directory, with run.json changed and other facts of the host."""
    out.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(run, out)
    path = out / "run.json"
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))
    if system:
        facts = json.loads((out / "system.json").read_text())
        facts["host"] |= system
        (out / "system.json").write_text(json.dumps(facts))
    return out


def with_latency(run: Path, out: Path, ns: float, spread: float, seed: int, **system: Any) -> Path:
    """Copy a run with other latencies: a median, and how far they scatter."""
    values = np.random.default_rng(seed).normal(ns, ns * spread, 2000).astype(np.int64)

    def change(record: dict[str, Any]) -> None:
        record["performance"]["latency_ns"]["p50"] = int(np.median(values))
        record["performance"]["others_cpu_share"] = 0.0
        record["started"] = f"2026-01-01T00:00:{seed:02d}.000000Z"

    copied(run, out, change, system)
    zeros = np.zeros(values.size, np.int64)
    write_times(
        out / "performance",
        Times(zeros, np.cumsum(values), values, zeros, np.ones(values.size, np.int64)),
    )
    return out


def as_official(run: Path, out: Path) -> Path:
    """Copy a quick run with its logs saying what those of an official one say.

    A real one takes 600 s per scenario: those are tried by hand.
    """

    def change(record: dict[str, Any]) -> None:
        record["quick"] = False
        record["request"]["official"] = True

    copied(run, out, change)
    for mode in ("performance", "accuracy"):
        path = out / mode / "mlperf_log_detail.txt"
        begin, end = "11-26-2026 10:00:00.000", "11-26-2026 10:10:00.100"
        path.write_text(
            with_values(
                path.read_text(),
                effective_min_duration_ms=600_000,
                power_begin=begin,
                power_end=end,
                generated_samples_per_query=30_000,
            )
        )
    return out


def with_values(log: str, **values: Any) -> str:
    """Return a detail log with other values of some keys."""
    lines = []
    for line in log.splitlines():
        entry = json.loads(line.removeprefix(":::MLLOG "))
        entry["value"] = values.get(entry["key"], entry["value"])
        lines.append(f":::MLLOG {json.dumps(entry)}\n")
    return "".join(lines)
