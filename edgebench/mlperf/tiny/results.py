"""Read what MLPerf Tiny's runners leave of a benchmark: results.txt, results.json, log.txt."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from edgebench.errors import LogInvalid
from edgebench.mlperf.log_text import log_lines
from edgebench.mlperf.tiny.files import LEAST_INFERENCES
from edgebench.mlperf.tiny.find import result_files
from edgebench.mlperf.tiny.names import benchmark_of_model
from edgebench.mlperf.tiny.sentences import (
    Sentences,
    Streaming,
    read_log_windows,
    read_sentences,
)

# EEMBC's runner logs the device's own lines, MLCommons' says what it took from them.
_NAME = re.compile(
    r"(?:Device (name|profile|model) retrieved: |\bm-(?:(name)-dut|(profile)|(model))-\[)"
    r"([^\]\r\n]{1,200})"
)
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"
_LOG = re.compile(r"(?i).*log(_head)?\.txt")
MOST_HEAD_LINES = 2000
"""Lines of a log in which the device says its name: a log of accuracy mode has hundreds of MB."""


@dataclass(frozen=True)
class TinyResults:
    """The results in one benchmark's files; None where a mode was not run.

    Attributes
    ----------
    name, profile, model
        What the device said of itself, as log.txt has it (``kws01``).
    inferences_per_second
        The median; of a stream, the estimate by its duty cycle.
    top1_percent, auc, uj_per_inference, power_w
        The accuracies, the median energy, and the power of the trials' median; a stream's energy
        is of no inference, so it has power alone.
    streaming
        What a streaming run states; None of other benchmarks.
    """

    name: str = ""
    profile: str = ""
    model: str = ""
    inferences_per_second: float | None = None
    top1_percent: float | None = None
    auc: float | None = None
    uj_per_inference: float | None = None
    power_w: float | None = None
    streaming: Streaming | None = None

    @property
    def benchmark(self) -> str:
        """MLPerf Tiny's name of it, such as ``kws``; empty where the log does not tell."""
        return benchmark_of_model(self.model)


def read_tiny(folder: Path) -> TinyResults:
    """Read a benchmark's folder with a folder per mode in it, or a runner's session folder.

    What mode a file is of is known by what it states, not by its folder's name: published trees
    have ``power`` and misspelt ones.

    Raises
    ------
    LogInvalid
        If a results.txt has no result in it, or a file is damaged (the message has the line).
    """
    found = TinyResults()
    modes = set()
    for path in result_files(folder):
        said = read_sentences(path)
        if said.mode:
            modes.add(said.mode)
            found = _with(found, said)
        elif path.name.lower().endswith("results.txt"):
            raise LogInvalid(f"{path}: no line states a result: it was cut short")
        elif (rate := _rate_of_log(path)) is not None:
            modes.add("performance")
            found = replace(found, inferences_per_second=rate)
        names = _named(path.parent)
        found = replace(
            found,
            name=names.get("name", found.name),
            profile=names.get("profile", found.profile),
            model=names.get("model", found.model),
        )
    if not modes:
        raise LogInvalid(f"{folder}: no results of MLPerf Tiny in it")
    return found


def _rate_of_log(path: Path) -> float | None:
    """Return the median of a log's windows, where its runner left no results.txt."""
    rates = [
        each.per_second
        for each in read_log_windows(path)
        if each.per_second and (each.inferences or 0) >= LEAST_INFERENCES
    ]
    return median(rates) if rates else None


def _with(found: TinyResults, said: Sentences) -> TinyResults:
    """Add the figures of the mode that sentences are of."""
    power_w = median([each.power_w for each in said.trials if each.power_w] or [0.0]) or None
    mode = said.mode
    if mode == "streaming":
        # With energy, the figures are that run's: the official checker takes those, too.
        if found.power_w is not None and power_w is None:
            return found
        return replace(
            found,
            streaming=said.streaming,
            inferences_per_second=said.streaming.per_second,
            power_w=power_w or found.power_w,
        )
    if mode == "energy":
        return replace(found, uj_per_inference=said.uj_per_inference, power_w=power_w)
    if mode == "accuracy":
        return replace(found, top1_percent=said.top1_percent, auc=said.auc)
    return replace(found, inferences_per_second=said.per_second)


def model_named(folder: Path) -> str:
    """Return what a device called its model, by the log in a folder of a mode; empty if unknown.

    Raises
    ------
    LogInvalid
        If the log can't be read.
    """
    return _named(folder).get("model", "")


def _named(folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        if not _LOG.fullmatch(path.name) or path.name.startswith("."):
            continue
        for number, line in log_lines(path):
            match = _NAME.search(line)
            if match:
                key = next(filter(None, match.groups()[:4]))
                found[key] = match[5].replace(_UNREADABLE, "").strip()
            if number > MOST_HEAD_LINES or len(found) == 3:
                break
    return found
