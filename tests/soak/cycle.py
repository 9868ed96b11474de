"""One cycle of a soak: short runs in turn, whose results are read and removed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.request import RunRequest, request_of
from edgebench.harness.run.session import run_request
from edgebench.results.summary.summarize import summarize
from tests.kills.jobs import few_samples
from tests.kills.leftovers import MARK, Surroundings
from tests.soak.gauges import Gauges, read_gauges

OFFICIAL_S = 6 * 600 + 10 * 10
"""What a cycle's tests take at their official length: LoadGen's performance and accuracy of three
scenarios, and ten windows of MLPerf Tiny."""


def requests(data: Path) -> Iterator[RunRequest]:
    """Yield what is run in a cycle: on this machine with instances, and on a device."""
    short = {"duration_s": 0.1, "warmup_s": 0.05, "idle_s": 0.1, "dataset": str(data)}
    both = ("performance", "accuracy")
    yield request_of(
        scenarios=("singlestream", "offline"),
        modes=both,
        instances=2,
        power="virtual:rapl",
        **short,
    )
    yield request_of(
        device=DeviceRequest("emulated:kws", baud=921_600),
        modes=(*both, "energy"),
        power="virtual:lpm01a",
        **short,
    )


@dataclass(frozen=True)
class Soak:
    """What cycles work on."""

    folder: Path
    data: Path
    surroundings: Surroundings

    def cycle(self) -> Gauges:
        """Run all, read and remove the results; return what is held then."""
        out = self.folder / "runs"
        for request in requests(self.data):
            run_request(request, out)
        summarize([out])
        shutil.rmtree(out)
        assert not self.surroundings.left_processes()
        return read_gauges(self.surroundings)


@contextmanager
def soak(folder: Path) -> Iterator[Soak]:
    """Watch this process's temporary files and what it starts while the block runs."""
    surroundings = Surroundings.below(folder)
    data = few_samples(folder)
    before = {name: os.environ.get(name) for name in (MARK, "TMPDIR")}
    os.environ[MARK] = surroundings.mark
    os.environ["TMPDIR"] = tempfile.tempdir = str(surroundings.temporary)
    try:
        yield Soak(folder, data, surroundings)
    finally:
        tempfile.tempdir = None
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
