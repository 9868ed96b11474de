"""Read timed runs from their logs, and score several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from statistics import fmean, stdev

from edgebench.errors import LogInvalid
from edgebench.mlperf.log_text import log_json, log_lines, real, whole
from edgebench.training.to_quality.worker import NANOSECONDS_KEY, STARTED_KEY

PREFIX = ":::MLLOG "
BATCH_KEY = "global_batch_size"
NUMBERS = ("seed", "quality_target", BATCH_KEY, NANOSECONDS_KEY, STARTED_KEY)
FEWEST = 3
MOST_FAILED = 1
"""Of the runs that are dropped, this many may be ones that did not converge."""
CLOCKS_APART = 0.01
"""The log has the time of day; a step of that clock shows against our own."""


@dataclass(frozen=True)
class TimedRun:
    """A run, read from its log.

    Attributes
    ----------
    seconds
        From the first touch of data to the end, by the log's time stamps.
    qualities
        Of every evaluation.
    reached
        Whether the last one reached the target, and the log says success: both.
    clock_moved
        Whether the time of day jumped meanwhile, by our own clock.
    window_ns
        Its start and its end by the host's monotonic clock; None where the log does not say.
    batch
        Samples of an update; 0 where the log does not say.
    """

    path: Path
    seed: int
    target: float
    seconds: float
    qualities: tuple[float, ...]
    reached: bool
    clock_moved: bool
    window_ns: tuple[int, int] | None = None
    batch: int = 0

    @property
    def epochs(self) -> int:
        """How many intervals were trained."""
        return len(self.qualities)


def read_timed_run(path: Path) -> TimedRun:
    """Read a result file.

    Raises
    ------
    LogInvalid
        If it is cut short, or a line is damaged (the message says which).
    """
    moments: dict[str, int] = {}
    values: dict[str, float] = {}
    qualities: list[float] = []
    status = ""
    for number, line in log_lines(path):
        if not line.startswith(PREFIX):
            continue
        where = f"{path}, line {number}"
        entry = log_json(line.removeprefix(PREFIX), where)
        if not isinstance(entry, dict) or "key" not in entry:
            raise LogInvalid(f"{where}: not a line of MLLOG: no key in it")
        key = str(entry["key"])
        moments.setdefault(key, whole(entry.get("time_ms"), f"{where}, time_ms"))
        if key == "eval_accuracy":
            qualities.append(real(entry.get("value"), f"{where}, {key}"))
        elif key in NUMBERS:
            values[key] = real(entry.get("value"), f"{where}, {key}")
        elif key == "run_stop":
            metadata = entry.get("metadata")
            status = str(metadata.get("status")) if isinstance(metadata, dict) else ""
    _refuse_short(path, moments, values, qualities)
    seconds = (moments["run_stop"] - moments["run_start"]) / 1e3
    own = values.get(NANOSECONDS_KEY, seconds * 1e9) / 1e9
    return TimedRun(
        path=path,
        seed=int(values["seed"]),
        target=values["quality_target"],
        seconds=seconds,
        qualities=tuple(qualities),
        reached=status == "success" and qualities[-1] >= values["quality_target"],
        clock_moved=abs(seconds - own) > max(0.1, CLOCKS_APART * own),
        window_ns=_window(values),
        batch=int(values.get(BATCH_KEY, 0)),
    )


def _window(values: Mapping[str, float]) -> tuple[int, int] | None:
    if STARTED_KEY not in values or NANOSECONDS_KEY not in values:
        return None
    started = int(values[STARTED_KEY])
    return started, started + int(values[NANOSECONDS_KEY])


def _refuse_short(
    path: Path,
    moments: Mapping[str, int],
    values: Mapping[str, float],
    qualities: Sequence[float],
) -> None:
    """Raise if a line that every whole result file has is not there."""
    missing = [key for key in ("run_start", "run_stop") if key not in moments]
    missing += [key for key in ("seed", "quality_target") if key not in values]
    if not qualities:
        missing.append("eval_accuracy")
    if missing:
        raise LogInvalid(f"{path}: cut short: no {missing[0]}")


@dataclass(frozen=True)
class TimeToQuality:
    """The score of several runs.

    Attributes
    ----------
    seconds
        The mean without the fastest and the slowest; None if too many did not converge.
    dropped
        The places of the runs that were left out.
    spread
        Standard deviation of the runs that converged, as a part of their mean; None of one.
    by_the_rules
        Whether there were enough runs for the fastest and the slowest to be left out.
    """

    runs: tuple[TimedRun, ...]
    seconds: float | None
    dropped: tuple[int, ...]
    spread: float | None
    by_the_rules: bool

    @property
    def converged(self) -> int:
        """How many runs reached the target."""
        return sum(run.reached for run in self.runs)


def time_to_quality(runs: Sequence[TimedRun]) -> TimeToQuality:
    """Score runs as MLPerf Training does (1910.01500, section 3.2.2; training rules, "Results").

    The fastest and the slowest are left out and the rest averaged. A run that did not converge
    took for ever: it is the slowest. Of two such runs only one can be left out, and there is no
    score.
    """
    times = [run.seconds if run.reached else inf for run in runs]
    converged = [seconds for seconds in times if seconds < inf]
    spread = stdev(converged) / fmean(converged) if len(converged) > 1 else None
    if len(runs) < FEWEST:
        seconds = fmean(times) if len(converged) == len(runs) and times else None
        return TimeToQuality(tuple(runs), seconds, (), spread, by_the_rules=False)
    order = sorted(range(len(times)), key=times.__getitem__)
    kept = [times[place] for place in order[1:-1]]
    failed = len(times) - len(converged)
    score = fmean(kept) if failed <= MOST_FAILED else None
    return TimeToQuality(tuple(runs), score, (order[0], order[-1]), spread, by_the_rules=True)
