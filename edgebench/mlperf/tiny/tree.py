"""Submission trees of MLPerf Tiny: folders, files, fields, limits.

Sources: mlcommons/tiny, tools/submission (the checker of v1.3 and v1.4), and its rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edgebench.metrics import AUC, TOP1

VERSIONS = ("v1.3", "v1.4")
"""Rounds that a tree can be made for."""
Division = Literal["closed", "open"]
DIVISIONS: tuple[Division, ...] = ("closed", "open")
STATUSES = ("available", "preview", "rdi")
FILES = ("log.txt", "results.txt", "results.json")
EEMBC_MARK = "EEMBC_RUNNER"
"""A file next to results of EEMBC's runner, which leaves a script.async for a results.json."""
EEMBC_FILES = ("log.txt", "results.txt", "script.async")
REQUIRED_MODES = ("performance", "accuracy")
OPTIONAL_MODES = ("energy",)
STREAM_PLOT = "energy_inf_000.png"
"""What the official checker wants next to a stream's energy: the runner's plot of it."""
OPTIONAL_FILES = r"energy_inf_\d+\.png|trace1-energy\.bin|trace1-timestamps\.json|EEMBC_RUNNER"
"""What the runners leave as well: a plot per energy trial, and EEMBC's traces."""
MOST_FILE_BYTES = 500 * 2**20
"""The official checker's limit, though its comment says 50 MB."""
ENERGY_TRIALS = 5
LEAST_TRIAL_S = 10.0
MOST_FALSE_DETECTIONS = 8
DETECTIONS = "detections"
"""In the place of a metric: misses and false alarms are counted."""
STREAM_WORDS = 50
"""The wake words in the stream of the streaming benchmark."""


@dataclass(frozen=True)
class TinyBenchmark:
    """A benchmark: its metric, what closed must reach, and how many inputs its set has.

    ``detections`` may have at most ``target`` misses and as many false alarms. ``needs`` is another
    benchmark that a system must have results of. ``fewer_inputs`` is the size of a smaller set that
    the rules take as well since v1.2 (y_labels_alt.csv).
    """

    metric: str
    target: float
    inputs: int
    needs: str = ""
    fewer_inputs: int | None = None

    def takes(self, inputs: int) -> bool:
        """Return whether accuracy on so many inputs is by the rules."""
        return inputs in (self.inputs, self.fewer_inputs)

    @property
    def is_streamed(self) -> bool:
        """Whether accuracy, speed and energy come from one run over a stream."""
        return self.metric == DETECTIONS


BENCHMARKS: dict[str, TinyBenchmark] = {
    "ad": TinyBenchmark(AUC.name, 0.85, 248, fewer_inputs=72),
    "ic": TinyBenchmark(TOP1.name, 85.0, 200),
    "ic2": TinyBenchmark(TOP1.name, 91.0, 200, needs="ic"),
    "kws": TinyBenchmark(TOP1.name, 90.0, 1000),
    "vww": TinyBenchmark(TOP1.name, 80.0, 1000),
    "sww": TinyBenchmark(DETECTIONS, MOST_FALSE_DETECTIONS, 1),
}


@dataclass(frozen=True)
class TinyRound:
    """The contents of a round's trees.

    Attributes
    ----------
    benchmarks
        Those that it knows.
    long_names
        Whether folders may have the benchmarks' long names.
    marks_eembc
        Whether results of EEMBC's runner are marked by a file; before, all were its.
    is_decided
        Whether its results are published.
    """

    benchmarks: tuple[str, ...]
    long_names: bool = False
    marks_eembc: bool = True
    is_decided: bool = False


_FOUR = ("ad", "ic", "kws", "vww")
ROUNDS: dict[str, TinyRound] = {
    "v1.0": TinyRound(_FOUR, long_names=True, marks_eembc=False, is_decided=True),
    "v1.1": TinyRound(_FOUR, marks_eembc=False, is_decided=True),
    "v1.2": TinyRound(_FOUR, marks_eembc=False, is_decided=True),
    "v1.3": TinyRound((*_FOUR, "sww"), is_decided=True),
    "v1.4": TinyRound((*_FOUR, "ic2", "sww")),
}
"""Rounds whose trees can be checked."""

SYSTEM_FIELDS: dict[str, bool] = {
    "Submitter": True,
    "Division": True,
    "Status": True,
    "Board Name": True,
    "Board Memory capacity (not including SoC, processor, or accelerator)": False,
    "Board Memory type": False,
    "Board storage capacity": False,
    "Board storage type": False,
    "SoC Name": False,
    "SoC Memory capacity (not including processor or accelerator)": False,
    "SoC Memory type": False,
    "SoC storage capacity": False,
    "SoC storage type": False,
    "Processor(s) Name": True,
    "Processor(s) Frequencies": True,
    "Processor memory type and capacity": False,
    "Processor storage type and capacity": False,
    "Accelerator": False,
    "Accelerator(s) Frequencies": False,
    "Accelerator memory type and capacity": False,
    "Accelerator storage type and capacity": False,
    "Hardware Notes": False,
    "Inference Framework": True,
    "Software Libraries": False,
    "Operating System": False,
    "Other Software Stack": False,
    "Software Notes": False,
    "Quantization Method": False,
    "Training framework (open division)": False,
    "ML Model Compiler(s)": False,
    "General Compiler(s)": False,
    "Other Software": False,
    "Training and Quantization Notes": False,
}
"""The fields of systems/SYS.json as published, and whether each must say something."""
