"""MLPerf Tiny's benchmarks, as they are rehearsed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edgebench.mlperf.tiny.inputs import TinyBenchmark


@dataclass(frozen=True)
class Rehearsed:
    """A benchmark.

    Attributes
    ----------
    name
        What its device calls the model, and the runner its test.
    model
        The packaged model that stands in for the official one; empty where there is none.
    performance_warmups, energy_warmups
        In front of a window, as the runner's own scripts have them.
    is_streamed
        Whether it is measured on a recording.
    packages
        What `edgebench.pull` has of a benchmark without a packaged model: model and data.
    """

    name: TinyBenchmark
    model: str = ""
    performance_warmups: int = 0
    energy_warmups: int = 0
    is_streamed: bool = False
    packages: tuple[str, ...] = ()


REHEARSED: Mapping[str, Rehearsed] = {
    "ad": Rehearsed("ad01", "machine-autoencoder", 10, 0),
    "ic": Rehearsed("ic01", "digits-resnet8", 5, 0),
    "ic2": Rehearsed("ic02", "digits-resnet8", 5, 0),
    "kws": Rehearsed("kws01", "kws-ds-cnn", 10, 10),
    "vww": Rehearsed("vww01", "scene-mobilenet", 5, 5),
    "sww": Rehearsed("sww01", is_streamed=True, packages=("mlperf-tiny/sww", "made/sww")),
}
