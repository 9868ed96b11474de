"""Draw the energy of a streaming test, which the official checker wants as a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgebench.errors import RuntimeMissing
from edgebench.logs import hushed
from edgebench.mlperf.tiny.energy import SAMPLE_S, EnergyTrace

MOST_POINTS = 4000
"""A plot is not wider: of more samples, the largest of each stretch is drawn."""


@hushed("matplotlib")
def draw_energy(trace: EnergyTrace, path: Path) -> None:
    """Write a .png of a trace, with its marks.

    Raises
    ------
    RuntimeMissing
        If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise RuntimeMissing(
            "the official checker wants a plot of a stream's energy, which takes matplotlib: "
            "`pip install 'edgebench[report]'`"
        ) from error
    samples = np.asarray(trace.samples_j)
    step = -(-len(samples) // MOST_POINTS)
    drawn = np.maximum.reduceat(samples, np.arange(0, len(samples), step))
    figure = Figure(figsize=(9.0, 4.0), layout="constrained")
    axes = figure.subplots()
    axes.plot(np.arange(len(drawn)) * step * SAMPLE_S, drawn * 1e6, linewidth=0.6)
    for mark in trace.marks:
        axes.axvline(mark * SAMPLE_S, color="tab:red", linewidth=0.8)
    axes.set_xlabel("s")
    axes.set_ylabel("uJ per ms")
    figure.savefig(path, format="png", metadata={"Software": "edgebench"})
