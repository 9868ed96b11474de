"""Plans on the real labgrid of a bench, and `edgebench farm run` in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from edgebench.farm.journal import FILE, JobFinished, Journal
from edgebench.mlperf.loadgen.accuracy import read_answers
from tests.farm.labgrid.bench import PROGRAMS, Bench


def write_plan(
    folder: Path, data: Path, places: list[str], repeats: int = 2, extra: str = ""
) -> Path:
    """Write a plan of a few accuracy runs on places."""
    targets = "".join(
        f'[[targets]]\nplace = "{place}"\nemulator_clock = {str(place.startswith("q")).lower()}\n'
        for place in places
    )
    path = folder / "plan.toml"
    path.write_text(
        f'repeats = {repeats}\n{extra}{targets}[[runs]]\nmodel = "kws-ds-cnn"\n'
        f'modes = ["accuracy"]\noptions = {{ dataset = "{data}", warmup_s = 0 }}\n'
    )
    return path


class Running:
    """`edgebench farm run` in a process of its own."""

    def __init__(
        self, farm: Bench, plan: Path, *options: str, out: str = "out", **env: str
    ) -> None:
        self.out = plan.parent / out
        host, _, user = farm.labgrid.identity.partition("/")
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "edgebench",
                "farm",
                "run",
                str(plan),
                "--out",
                str(self.out),
                "--coordinator",
                farm.address,
                *options,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={
                **os.environ,
                "EDGEBENCH_LABGRID": str(PROGRAMS),
                "LG_HOSTNAME": host,
                "LG_USERNAME": user,
                **env,
            },
        )
        self.identity = f"{host}-{self.process.pid}/{user}"

    def events(self) -> list[dict[str, Any]]:
        """Return the journal's lines as they are on the disk; the last may not be whole yet."""
        path = self.out / FILE
        text = path.read_text() if path.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def wait_for(self, event: str, count: int = 1, seconds: float = 60.0) -> None:
        """Wait until the journal has an event so often."""
        end = time.monotonic() + seconds
        while sum(each["event"] == event for each in self.events()) < count:
            assert time.monotonic() < end, f"no {event} in {seconds} s: {self.events()}"
            assert self.process.poll() is None, self.process.communicate()[0]
            time.sleep(0.05)

    def end(self, seconds: float = 150.0) -> tuple[int, str]:
        """Wait for its end; return the exit code and what it said."""
        said, _ = self.process.communicate(timeout=seconds)
        return self.process.returncode, said


def jobs_done(out: Path) -> Counter[str]:
    """Return how often each job was finished."""
    return Counter(event.job for event in Journal(out).events() if isinstance(event, JobFinished))


def answers_of(run: Path) -> dict[int, bytes]:
    """Return what each sample was answered with."""
    path = run / "accuracy" / "mlperf_log_accuracy.json"
    return {answer.sample_index: answer.data for answer in read_answers(path)}


def all_done(running: Running, farm: Bench, jobs: int) -> None:
    """Check that a plan comes to its end: every job done once, no place held."""
    code, said = running.end()
    assert code == 0, said
    done = jobs_done(running.out)
    assert sum(done.values()) == len(done) == jobs  # all of them, and none twice
    assert not farm.held()
