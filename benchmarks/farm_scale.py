"""What the farm's scheduler costs: CPU per job and memory, for 1 to 1000 simulated boards.

    python benchmarks/farm_scale.py

Boards are simulated (they answer at once, on a clock of their own), everything else is the real
scheduler with its journal, which is flushed to the disk at every event.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from edgebench.farm.journal import Journal
from edgebench.farm.planning.jobs import Job, jobs_of
from edgebench.farm.planning.plan import Plan, PlannedRun
from edgebench.farm.planning.targets import PlaceTarget, Target
from edgebench.farm.scheduler import Scheduler
from edgebench.farm.workers.messages import Done, Message, Ready, Stopped

BOARDS = (1, 10, 100, 1000)
JOBS_EACH = 10
WORKER_MB = 55
"""Of a worker that has imported what it needs (`ps`, resident)."""


class Simulated:
    """Boards that are ready and done at once; their run directories are empty but for run.json."""

    identity = "here/me"

    def __init__(self) -> None:
        self.waiting: deque[tuple[str, Message]] = deque()

    def start(self, target: Target) -> None:
        """Be ready."""
        self.waiting.append((target.name, Ready()))

    def assign(self, target: str, job: Job, out: Path) -> None:
        """Be done."""
        (out / "run").mkdir()
        (out / "run" / "run.json").write_text("{}")
        self.waiting.append((target, Done((str(out / "run"),))))

    def stop(self, target: str, *, power_cycle: bool = False) -> None:
        """Stop at once."""
        self.waiting.append((target, Stopped()))

    def messages(self, timeout_s: float) -> Iterator[tuple[str, Message]]:
        """Say the next thing."""
        if self.waiting:
            yield self.waiting.popleft()

    def close(self) -> None:
        """There is nothing to end."""


def measure(boards: int, folder: Path) -> tuple[float, float, float]:
    """Return CPU and wall seconds per job, and the peak memory in MB."""
    targets = tuple(PlaceTarget(name=f"board{n}", place=f"board{n}") for n in range(boards))
    plan = Plan(targets, (), (PlannedRun("kws-ds-cnn", repeats=JOBS_EACH),))
    jobs = jobs_of(plan, targets)
    cpu, wall = time.process_time(), time.perf_counter()
    outcome = Scheduler(plan, Simulated(), Journal(folder)).run(targets, jobs)
    assert outcome.finished == boards * JOBS_EACH
    count = boards * JOBS_EACH
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (time.process_time() - cpu) / count, (time.perf_counter() - wall) / count, peak_mb


def main() -> None:
    """Print one line per number of boards, each measured in a process of its own."""
    print("boards  jobs    CPU per job wall per job scheduler's peak  workers' memory")
    for boards in BOARDS:
        with tempfile.TemporaryDirectory() as folder:
            read, write = os.pipe()
            if os.fork() == 0:
                os.close(read)
                os.write(write, repr(measure(boards, Path(folder))).encode())
                os._exit(0)
            os.close(write)
            with os.fdopen(read) as pipe:
                cpu_s, wall_s, peak_mb = map(float, pipe.read().strip("()").split(","))
            os.wait()
        print(
            f"{boards:6d}  {boards * JOBS_EACH:5d}  {cpu_s * 1e6:8.0f} us  {wall_s * 1e6:8.0f} us  "
            f"{peak_mb:13.0f} MB  {boards * WORKER_MB / 1024:12.1f} GB"
        )


if __name__ == "__main__":
    main()
