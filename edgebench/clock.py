"""The two clocks of the host: one to measure with, one to say when."""

from __future__ import annotations

import time
from datetime import UTC, datetime

now_ns = time.perf_counter_ns
"""Integer nanoseconds of the host's monotonic clock; only differences mean anything."""

HOST_CLOCK = "host perf_counter_ns"
"""The name that records give to `now_ns`."""


def utc_now() -> datetime:
    """Return the wall-clock time, UTC, to the microsecond."""
    return datetime.now(UTC)


def utc_text(when: datetime) -> str:
    """Return a time as records write it, such as ``2026-11-24T16:05:00.123456Z``."""
    return when.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def utc_stamp(when: datetime) -> str:
    """Return a time as names of folders carry it, such as ``20261124T160500Z``."""
    return when.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
