"""Read LoadGen's mlperf_log_detail.txt: a ``:::MLLOG {json}`` a line; before v1.0, text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from edgebench.errors import LogInvalid
from edgebench.mlperf.loadgen.old_detail import OldDetail
from edgebench.mlperf.log_text import log_json, log_lines, log_time, real, whole
from edgebench.mlperf.rounds import Seeds

PREFIX = ":::MLLOG "
SUMMARY_FILE = "mlperf_log_summary.txt"
DETAIL_FILE = "mlperf_log_detail.txt"
ACCURACY_FILE = "mlperf_log_accuracy.json"
LOG_FILES = (SUMMARY_FILE, DETAIL_FILE, ACCURACY_FILE, "mlperf_log_trace.json")
"""What LoadGen writes; the last is empty unless a trace is asked for."""
MOST_LINE_CHARACTERS = 1 << 26
"""The samples that were loaded stand in one line: millions of numbers for a large dataset."""

STATED_ONCE = ("effective_", "requested_", "result_", "early_stopping_")
"""How the names of a test's settings and of its results begin."""

# Written once per test, and as long as the dataset: of no use to a reader of results.
_SKIPPED_KEYS = frozenset({"loaded_qsl_set", "loadgen_file_sha1", "loadgen_git_log_message"})


@dataclass
class DetailLog:
    """A detail log: the last value of every key, and what LoadGen complained of.

    ``where`` is what errors call it. ``restated`` are keys of settings and results that the log has
    again with another value; LoadGen writes each once.
    """

    values: dict[str, Any] = field(default_factory=dict)
    restated: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    where: str = DETAIL_FILE

    @property
    def too_few_queries(self) -> bool:
        """Whether LoadGen made too few queries: the system was faster than was expected."""
        advice = str(self.values.get("result_invalid_reason") or "")
        ran_out = any("Ran out of generated queries" in error for error in self.errors)
        return ran_out or "pre-generates" in advice

    @property
    def seeds(self) -> Seeds:
        """The seeds that the test ran with; 0 where the log states none.

        Raises
        ------
        LogInvalid
            If one is no number.
        """
        names = ("qsl", "sample_index", "schedule")
        return Seeds(*(self.whole(f"effective_{name}_rng_seed", 0) for name in names))

    def whole(self, key: str, default: int | None = None) -> int:
        """Return a key's value as a whole number.

        Raises
        ------
        LogInvalid
            If it is none, or the key is missing and there is no default.
        """
        return whole(self._value(key, default), f"{self.where}, `{key}`")

    def real(self, key: str, default: float | None = None) -> float:
        """Return a key's value as a number; see `whole`."""
        return real(self._value(key, default), f"{self.where}, `{key}`")

    @property
    def window(self) -> tuple[datetime, datetime]:
        """When the test began and ended, by the local time of its machine.

        Raises
        ------
        LogInvalid
            If the log does not say.
        """
        begin, end = (
            log_time(self.values.get(key), f"{self.where}, `{key}`")
            for key in ("power_begin", "power_end")
        )
        return begin, end

    def _value(self, key: str, default: float | None) -> Any:
        value = self.values.get(key, default)
        if value is None:
            raise LogInvalid(f"{self.where}: `{key}` is missing")
        return value


def read_detail(path: Path) -> DetailLog:
    """Read a detail log line by line.

    Raises
    ------
    LogInvalid
        If it can't be read or a line is damaged (the message says which).
    """
    log = DetailLog(where=str(path))
    for entry in _entries(path):
        key, value = entry["key"], entry.get("value")
        metadata = entry.get("metadata")
        flags = metadata if isinstance(metadata, dict) else {}
        if flags.get("is_error"):
            log.errors.append(str(value))
        elif flags.get("is_warning"):
            log.warnings.append(str(value))
        if key in _SKIPPED_KEYS:
            continue
        if key.startswith(STATED_ONCE) and log.values.get(key, value) != value:
            log.restated.add(key)
        log.values[key] = value
    return log


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    old = OldDetail()
    for number, line in log_lines(path, MOST_LINE_CHARACTERS):
        if not line.startswith(PREFIX):
            found = old.entry(line)
            if found is not None:
                yield found
            continue
        entry = log_json(line.removeprefix(PREFIX), f"{path}, line {number}")
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str):
            raise LogInvalid(f"{path}, line {number}: no key in it")
        yield entry
