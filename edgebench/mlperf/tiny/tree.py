"""What a submission to MLPerf Tiny looks like: folders, files, fields, limits.

Sources: mlcommons/tiny, tools/submission (the checker of v1.3 and v1.4), and its rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

VERSIONS = ("v1.3", "v1.4")
Division = Literal["closed", "open"]
DIVISIONS: tuple[Division, ...] = ("closed", "open")
STATUSES = ("available", "preview", "rdi")
FILES = ("log.txt", "results.txt", "results.json")
EEMBC_MARK = "EEMBC_RUNNER"
"""A file next to results of EEMBC's runner, which leaves a script.async for a results.json."""
EEMBC_FILES = ("log.txt", "results.txt", "script.async")
REQUIRED_MODES = ("performance", "accuracy")
OPTIONAL_MODES = ("energy",)
MOST_FILE_BYTES = 50 * 2**20


@dataclass(frozen=True)
class TinyBenchmark:
    """A benchmark: its metric, what closed must reach, and how many inputs its set has."""

    metric: Literal["top1", "auc"]
    target: float
    inputs: int


BENCHMARKS: dict[str, TinyBenchmark] = {
    "ad": TinyBenchmark("auc", 0.85, 248),
    "ic": TinyBenchmark("top1", 85.0, 200),
    "kws": TinyBenchmark("top1", 90.0, 1000),
    "vww": TinyBenchmark("top1", 80.0, 1000),
}
"""Those that this runner drives; the streaming wake word has a protocol of its own."""

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
