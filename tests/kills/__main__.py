"""Disturb many runs at random moments: ``python -m tests.kills [--moments N] [--seed N]``.

Prints a row per kind of disturbance and every complaint; the exit code is 1 if there is one.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.kills.disturbances import DISTURBANCES, can_mount
from tests.kills.jobs import JOBS, few_samples
from tests.kills.trial import Moment, Trials, Undisturbed

BEYOND = 1.05
"""Moments lie between a run's begin and a little after its usual end."""


def main() -> int:
    """Disturb runs and print what came of it."""
    parser = argparse.ArgumentParser(description="Disturb runs at random moments.")
    parser.add_argument("--moments", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=list(DISTURBANCES), help="One kind of disturbance.")
    asked = parser.parse_args()
    # Its small disk is unmounted, and its folder removed, however it ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    chance = random.Random(asked.seed)
    kinds = [asked.only] if asked.only else list(DISTURBANCES)
    if not can_mount():
        print("disk full is left out: it takes root to mount a small disk")
        kinds.remove("disk full")
    started = time.monotonic()
    counts: Counter[tuple[str, str]] = Counter()
    complaints = 0
    with tempfile.TemporaryDirectory(prefix="edgebench-kills-") as name:
        folder = Path(name)
        data = few_samples(folder)
        trials = {job: Trials(folder, job, data) for job in JOBS}
        undisturbed: dict[str, Undisturbed] = {}
        for job, each in trials.items():
            each.undisturbed()  # builds the firmware, fills caches
            undisturbed[job] = each.undisturbed()
            print(f"{job}: undisturbed {undisturbed[job].seconds:.1f} s", flush=True)
        for number in range(asked.moments):
            how = kinds[number % len(kinds)]
            job = list(JOBS)[number // len(kinds) % len(JOBS)]
            wanted = undisturbed[job]
            moment = Moment(chance.uniform(0, BEYOND) * wanted.seconds)
            outcome = trials[job].disturbed(how, moment, wanted)
            counts[how, outcome.left] += 1
            complaints += bool(outcome.complaints)
            print(
                f"{number + 1}: {job}, {how} after {moment.seconds:.2f} s: {outcome.left}",
                flush=True,
            )
            for complaint in outcome.complaints:
                print(f"  {complaint}", flush=True)
            for place in folder.glob("*-*"):
                shutil.rmtree(place)
    _print_table(counts)
    minutes = (time.monotonic() - started) / 60
    print(f"{asked.moments} moments, {complaints} with complaints, {minutes:.1f} min")
    return int(complaints > 0)


def _print_table(counts: Counter[tuple[str, str]]) -> None:
    columns = ("nothing", "partial", "whole")
    print(f"{'':18}" + "".join(f"{each:>9}" for each in columns))
    for how in DISTURBANCES:
        print(f"{how:18}" + "".join(f"{counts[how, each]:>9}" for each in columns))


if __name__ == "__main__":
    sys.exit(main())
