"""Short runs through the session, and systems that fail to order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edgebench.harness.request import RunRequest, request_of
from edgebench.rundir.records.run import RunRecord
from tests.harness.made_suts import MadeSut

ALL = ("singlestream", "multistream", "server", "offline")
EVERY_MODE = ("performance", "accuracy", "compliance")
PATIENT_MS = 200.0
"""A Server bound for tests of something else: a shared machine may stall for more than 10 ms."""


def modes_done(record: RunRecord) -> tuple[str, ...]:
    """Return the modes whose results are in a record."""
    done = {
        "performance": record.performance,
        "accuracy": record.accuracy,
        "compliance": record.compliance,
        "energy": record.tiny_energy,
    }
    return tuple(mode for mode, result in done.items() if result)


def quick(**options: Any) -> RunRequest:
    return request_of(**{"duration_s": 0.3, "warmup_s": 0.05, **options})


class Breakable:
    """A system's time a sample that fails in Offline's test, where LoadGen loads anew."""

    def __init__(self, sut_of: Callable[[Breakable], MadeSut]) -> None:
        self.is_broken = True
        self.sut = sut_of(self)

    def takes(self, index: int, runs: int) -> float:
        # Calibration, then SingleStream, then Offline: each loads its samples.
        if self.is_broken and self.sut.loads >= 3:
            raise RuntimeError("the cable is out")
        return 0.0005


def breakable() -> Breakable:
    return Breakable(lambda each: MadeSut(each.takes))
