"""Threads or processes: which serves a scenario better, side by side in one run.

    .venv/bin/python benchmarks/instances.py [--rounds 3] [--seconds 2] [--instances 2]

For each model: Offline samples/s, MultiStream p50 and p99, Server p99 at half the rate that two
threads reach Offline. Prints medians over the rounds.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from ten_us import ten_us_model

from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import run_request
from edgebench.host.state import cpu_times, others_share
from edgebench.rundir.records.run import PerformanceRecord
from edgebench.runtime_settings import RuntimeSettings

KINDS = ("threads", "processes")


@dataclass(frozen=True)
class Setup:
    """A model on so many instances of a kind, for so many seconds a test."""

    model: str
    kind: str
    instances: int
    seconds: float

    def measure(self, scenario: str, **options: object) -> PerformanceRecord:
        """Run one performance test."""
        request = RunRequest(
            model=self.model,
            scenarios=(scenario,),
            modes=("performance",),
            warmup_s=0.2,
            settings=RuntimeSettings(instances=self.instances, instance_kind=self.kind),
            duration_s=self.seconds,
            **options,
        )  # type: ignore[arg-type]
        with tempfile.TemporaryDirectory() as out:
            record = run_request(request, Path(out)).runs[0].record.performance
        assert record is not None
        return record


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--instances", type=int, default=2)
    asked = parser.parse_args()
    before = cpu_times()
    with ten_us_model() as ten_us:
        for model in ("kws-ds-cnn", "digits-resnet8", str(ten_us)):
            found: dict[tuple[str, str], list[float]] = defaultdict(list)
            rate = 0.0
            for _ in range(asked.rounds):
                for kind in KINDS:
                    setup = Setup(model, kind, asked.instances, asked.seconds)
                    offline = setup.measure("offline").samples_per_second
                    rate = rate or min(offline / 2, 10_000)
                    streams = setup.measure("multistream").latency_ns
                    load = {"target_qps": rate, "latency_bound_ms": 10.0}
                    server = setup.measure("server", **load).latency_ns
                    for name, value in (
                        ("Offline samples/s", offline),
                        ("MultiStream p50 us", streams["p50"] / 1e3),
                        ("MultiStream p99 us", streams["p99"] / 1e3),
                        ("Server p50 us", server["p50"] / 1e3),
                        ("Server p99 us", server["p99"] / 1e3),
                    ):
                        found[name, kind].append(value)
            print(f"{Path(model).stem}, {asked.instances} instances; Server at {rate:.0f}/s")
            for name in dict.fromkeys(name for name, _ in found):
                middle = {kind: statistics.median(found[name, kind]) for kind in KINDS}
                print(f"  {name:20}", *(f"{kind} {value:10.1f}" for kind, value in middle.items()))
    others = others_share(before, cpu_times())
    print(f"others' share of the processor meanwhile: {others:.1%}" if others is not None else "")


if __name__ == "__main__":
    main()
