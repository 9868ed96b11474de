"""The runs that are disturbed: with a device, a meter and instances, each as short as it can be."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from edgebench.datasets.load import load_dataset

SAMPLES = 6
"""An emulated device answers some 50 a second."""
COMMON = ("--duration", "0.2", "--warmup", "0.05", "--idle", "0.1")
JOBS: Mapping[str, tuple[str, ...]] = {
    "device": (
        *("--device", "emulated:kws", "--baud", "921600", "--power", "virtual:lpm01a"),
        *("--mode", "performance", "--mode", "accuracy", "--mode", "energy"),
    ),
    "instances": (
        *("--scenario", "singlestream", "--scenario", "offline", "--instances", "2"),
        *("--mode", "performance", "--mode", "accuracy", "--power", "virtual:rapl"),
    ),
}
STAGES: Mapping[str, tuple[str, ...]] = {
    "device": ("opening", "warming up", "SingleStream performance", "MLPerf Tiny energy"),
    "instances": ("warming up", "SingleStream performance", "Offline performance"),
}
"""What each prints on its way, in this order, some of it."""


def edgebench(*words: str | Path) -> list[str]:
    """Return a command line."""
    return [sys.executable, "-m", "edgebench", *map(str, words)]


def begin(job: str, out: Path, data: Path) -> list[str]:
    """Return the command that begins a run."""
    return edgebench("run", *JOBS[job], *COMMON, "--dataset", data, "--out", out)


def resume(out: Path) -> list[str]:
    """Return the command that goes on with it."""
    return edgebench("run", "--resume", "--out", out)


def few_samples(folder: Path) -> Path:
    """Write a dataset of a few keywords and return its path."""
    data = load_dataset("kws")
    assert data.labels is not None
    path = folder / "few.npz"
    np.savez(
        path,
        inputs=np.stack([data.sample(index)[0] for index in range(SAMPLES)]),
        labels=data.labels[:SAMPLES],
    )
    return path
