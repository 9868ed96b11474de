"""The names in a run directory."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import chain, count
from pathlib import Path

from edgebench.clock import utc_stamp

RUN_JSON = "run.json"
SYSTEM_JSON = "system.json"
PARTIAL_SUFFIX = ".partial"
DRAFT_SUFFIX = ".draft"
"""Of a run directory that has no run.json yet."""
PERFORMANCE = "performance"
SERIES = "series"
ACCURACY = "accuracy"
ACCURACY_TXT = "accuracy.txt"
COMPLIANCE = "compliance"
PEAK = "peak"
TRANSCRIPT = "transcript.txt"
ANSWERS = "answers.jsonl"
TINY = "tiny"
STREAMING = "streaming"
DEVICE_TIMED = "device_timed"
POWER = "power"
ENERGY = "energy"
POWER_SAMPLES = "samples.npz"
RANGING = "ranging"
LOADGEN = "loadgen"
POWER_SESSION = "session.json"
TIMELINE = "timeline.json"
SPL = "spl.txt"
SET_ASIDE = "set-aside"
LOCK_FILE = ".edgebench.lock"


def session_name(parent: Path, when: datetime) -> str:
    """Return a name for a session whose run directories go into a folder.

    It is the time; two of the same second are distinguished (``20261124T160500Z-2``).
    """
    stamp = utc_stamp(when)
    names = chain([stamp], (f"{stamp}-{number}" for number in count(2)))
    # No pattern: Python keeps hundreds of them, and each run's would be one of its own.
    there = [each.name for each in parent.iterdir()] if parent.is_dir() else []
    return next(name for name in names if not any(each.startswith(f"{name}_") for each in there))


def directory_name(stamp: str, model: str, variant: str, runtime: str, scenario: str) -> str:
    """Return a run directory's name, such as ``20261124T160500Z_kws_int8_litert_offline``."""
    parts = (model, variant, runtime, scenario)
    return "_".join((stamp, *(re.sub(r"[^A-Za-z0-9.-]+", "-", part)[:60] for part in parts)))
