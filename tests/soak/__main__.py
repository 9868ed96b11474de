"""Run many short tests in one process: ``python -m tests.soak [--minutes N]``.

Prints what is held after every tenth cycle and, at the end, how each of it grows, with the interval
of the slope. The exit code is 1 if anything grows beyond what chance explains.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import astuple, fields
from pathlib import Path

from tests.soak.cycle import OFFICIAL_S, soak
from tests.soak.gauges import Gauges
from tests.soak.slope import CONFIDENCE, LEAST_WARM_UP, slope_of

FEWEST_CYCLES = 3 * LEAST_WARM_UP
EVERY = 10


def main() -> int:
    """Soak, and print the slopes."""
    parser = argparse.ArgumentParser(description="Run many short tests in one process.")
    parser.add_argument("--minutes", type=float, default=25.0)
    asked = parser.parse_args()
    started = time.monotonic()
    # Numbers in a tuple are no objects of the collector's: what is kept here must not be counted.
    found: list[tuple[int, ...]] = []
    with tempfile.TemporaryDirectory(prefix="edgebench-soak-") as name, soak(Path(name)) as soaked:
        while time.monotonic() - started < 60 * asked.minutes or len(found) < FEWEST_CYCLES:
            found.append(astuple(soaked.cycle()))
            if len(found) % EVERY == 1:
                print(f"{len(found):>5} {Gauges(*found[-1])}", flush=True)
    minutes, hours = (time.monotonic() - started) / 60, len(found) * OFFICIAL_S / 3600
    print(f"{len(found)} cycles in {minutes:.0f} min: the tests of {hours:.0f} official hours")
    return int(_print_slopes([Gauges(*each) for each in found]))


def _print_slopes(found: list[Gauges]) -> bool:
    """Print how each gauge grows; return whether one does."""
    print(f"{'growth per cycle':20} {'slope':>10} {f'{CONFIDENCE:.0%} interval':>24}")
    grows = False
    for name in (each.name for each in fields(Gauges)):
        slope = slope_of([getattr(each, name) for each in found])
        grows |= slope.grows
        verdict = "GROWS" if slope.grows else ""
        interval = f"{slope.low:.3f} to {slope.high:.3f}"
        print(f"{name:20} {slope.per_cycle:>10.3f} {interval:>24} {verdict}")
    return grows


if __name__ == "__main__":
    sys.exit(main())
