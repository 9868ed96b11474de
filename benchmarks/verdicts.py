"""Whether `edgebench compare` finds a slowdown, and nothing where there is none.

Twenty times: repeats of one program against repeats of the same, in turn; and twenty times against
the same with a busy loop of a tenth of its time after each inference. What is counted are the
verdicts, of several repeats and of the first run of each alone. Run it on an idle machine:

    python benchmarks/verdicts.py [--trials 20] [--repeats 5] [--seconds 0.5]
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import run_request
from edgebench.host.state import cpu_times, others_share
from edgebench.models.resolve import Model
from edgebench.results.comparison.compare_runs import compare_runs
from edgebench.runtime_settings import RuntimeSettings
from edgebench.statistics.change import Change
from edgebench.sut.contract import Inference, Lane
from edgebench.sut.host.system import HostSut
from edgebench.sut.runtimes.litert import LITERT


class SlowedLane:
    """A lane with a busy loop after each inference, as long as a share of it."""

    def __init__(self, lane: Lane, share: float) -> None:
        self._lane, self._share = lane, share

    def infer(self, indices: Sequence[int]) -> Inference:
        """Run samples, and waste time."""
        inference = self._lane.infer(indices)
        end = time.perf_counter_ns() + round(inference.invoke_ns * self._share)
        while time.perf_counter_ns() < end:
            pass
        return inference


class Slowed(HostSut):
    """LiteRT with slowed lanes."""

    share = 0.0

    @property
    def lanes(self) -> Sequence[Lane]:
        return [SlowedLane(lane, self.share) for lane in super().lanes]


def slowed(share: float) -> Any:
    """Return what opens LiteRT slowed by a share."""

    def opened(model: Model, options: RuntimeSettings) -> HostSut:
        sut = LITERT.open(model, options)
        sut.__class__ = Slowed
        sut.share = share  # type: ignore[attr-defined]
        return sut

    return opened


@dataclass(frozen=True)
class Found:
    """What compare made of a trial: of repeats, of their best stretches, of the first run each."""

    repeats: Change
    undisturbed: Change
    alone: Change

    @property
    def verdict(self) -> str:
        """What a user takes from all three of the table."""
        said = {self.repeats.verdict, self.undisturbed.verdict} - {"can't tell"}
        return " and ".join(sorted(said)) or "can't tell"


def trial(arguments: argparse.Namespace, share: float) -> Found:
    """Return what is found of repeats of one program, and of a slowed one."""
    with TemporaryDirectory() as folder:
        for number in range(arguments.repeats):
            # Which one is first changes, so that what the first leaves behind is shared.
            sides = (("before", 0.0), ("after", share))
            for name, slower in sides if number % 2 else reversed(sides):
                request = RunRequest(
                    model=arguments.model,
                    scenarios=(arguments.scenario,),
                    modes=("performance",),
                    duration_s=arguments.seconds,
                    warmup_s=0.1,
                )
                out = Path(folder) / name / str(number)
                run_request(request, out, factory=slowed(slower))
        sides_of = Path(folder) / "before", Path(folder) / "after"
        many, best = compare_runs(*sides_of)
        (one,) = compare_runs(*(side / "0" for side in sides_of))
        return Found(many.change, best.change, one.change)


def _counts(verdicts: Iterable[str]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in Counter(verdicts).items())


def main() -> None:
    """Run the trials and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="kws-ds-cnn")
    parser.add_argument("--scenario", default="singlestream")
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--share", type=float, default=0.1)
    arguments = parser.parse_args()
    before = cpu_times()
    for title, share in (
        ("nothing changed", 0.0),
        (f"{arguments.share:.0%} slower", arguments.share),
    ):
        found = [trial(arguments, share) for _ in range(arguments.trials)]
        print(f"{title}: {arguments.repeats} repeats: {_counts(each.verdict for each in found)}")
        for name in ("repeats", "undisturbed", "alone"):
            changes = [getattr(each, name) for each in found]
            ratios = sorted(change.ratio for change in changes)
            print(
                f"  {name}: {_counts(change.verdict for change in changes)}; ratios "
                f"{ratios[0]:.3f} to {ratios[-1]:.3f}, median {median(ratios):.3f}",
                flush=True,
            )
    print(f"others used {others_share(before, cpu_times()) or 0:.1%} of the processor")


if __name__ == "__main__":
    main()
