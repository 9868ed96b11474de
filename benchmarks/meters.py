"""What reading a meter costs, and whether its energy is right: with meters that are played.

    .venv/bin/python benchmarks/meters.py [--seconds 8] [--rounds 7] [--seeds 0]
    .venv/bin/python benchmarks/meters.py --coverage [--seeds 400] [--error normal]

First the share of one core that each meter takes while it is read (another process plays it), and
what ppk2-api's own conversion would take for a PPK2. Then SingleStream's median with a meter and
without, in turn. With --seeds N, N sessions of each meter with a clock
that is 100 ppm wrong: how many energies lie within their own uncertainty of the true one, by the
host's clock and by marks.

With --coverage only that, of samples that are simulated, for every meter and load: how many of 100
intervals hold the true energy, and by how much they are wider than the ones that would just hold
95. Instruments have errors from the whole of their data sheets' limits.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from overhead import spread

sys.path.insert(0, str(Path(__file__).parent.parent))
from ppk2_api.ppk2_api import PPK2_API

from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import run_request
from edgebench.host.state import cpu_times, others_share
from edgebench.power.acquisition.reader import MeterReader
from edgebench.power.open import open_meter
from edgebench.virtual.meters.waveform import Load
from tests.power.integration.simulated import Coverage, coverage, meters
from tests.power.sessions import MARK_S, Session, session

LIMIT = 0.10
READ = (
    "ppk2",
    "lpm01a,rate=100k,format=binary",
    "lpm01a",
    "otii",
    "joulescope",
    "hwmon",
    "scpi",
    "ptdaemon",
)
SESSIONS = {
    "lpm01a": f",skew=%d,marks={MARK_S}",
    "ppk2": f",skew=%d,marks={MARK_S}",
    "joulescope": f",skew=%d,marks={MARK_S}",
    "otii": f",skew=%d,marks={MARK_S}",
    "ptdaemon": ",skew=%d,period=0.05",
    "scpi": ",rate=50",
    "hwmon": "",
    "rapl": ",wrap=5",
    "rpi5-pmic": "",
}
AT_ONCE = 5


def cpu_s() -> float:
    """Return the processor time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def reading(name: str, seconds: float) -> None:
    """Print what reading a meter takes."""
    with open_meter(f"virtual:{name}") as meter, MeterReader(meter) as reader:
        time.sleep(0.5)
        before, began = cpu_s(), time.monotonic()
        time.sleep(seconds)
        share = (cpu_s() - before) / (time.monotonic() - began)
    count = len(reader.trace().samples)
    # The Joulescope that is played lives in this process: its own work is in the figure.
    verdict = "" if share < LIMIT else f"  MORE THAN {LIMIT:.0%}"
    print(f"{name:32} {share:6.2%} of a core, {count / seconds:9.0f} samples/s kept{verdict}")


def nordic_s_own(samples: int = 100_000) -> None:
    """Print what ppk2-api's conversion of a second's samples takes."""
    api = PPK2_API(None)
    api.current_vdd = 3300
    words = (np.arange(samples) % 64 << 18 | 2 << 14 | 3000).astype("<u4").tobytes()
    before = time.process_time()
    api.get_samples(words)
    print(f"{'ppk2-api.get_samples, for comparison':32} {time.process_time() - before:6.2%}")


def median_us(model: str, power: str | None, seconds: float) -> float:
    """Return SingleStream's median in us, with a meter or without."""
    request = RunRequest(
        model=model,
        scenarios=("singlestream",),
        modes=("performance",),
        duration_s=seconds,
        warmup_s=0.2,
        power=power,
    )
    with tempfile.TemporaryDirectory() as out:
        record = run_request(request, Path(out)).runs[0].record
    assert record.performance is not None
    return record.performance.latency_ns["p50"] / 1e3


def right(name: str, seeds: int) -> None:
    """Print how many sessions' energies are right."""

    def one(seed: int) -> Session:
        options = SESSIONS[name]
        return session(
            name, seed, 2.0, options % (100 if seed % 2 else -100) if "%d" in options else options
        )

    with ThreadPoolExecutor(AT_ONCE) as pool:
        held = list(pool.map(one, range(seeds)))
    by_host = [each.windows(1)[0] for each in held]
    inside = sum(abs(energy.energy_j - true) <= energy.uncertainty_j for energy, true in by_host)
    text = f"{name:12} {inside} of {seeds} by the host's clock"
    if "marks" in SESSIONS[name]:
        marked = [found[-1] for each in held if (found := each.windows_by_marks())]
        inside = sum(abs(energy.energy_j - true) <= energy.uncertainty_j for energy, true in marked)
        text += f", {inside} of {len(marked)} by marks"
    share = statistics.median(energy.uncertainty_j / true for energy, true in by_host)
    print(f"{text}; uncertainty {share:.1%} of the energy")


LEAST_HELD, MOST_HELD, MOST_WIDTH = 0.93, 0.98, 1.5


def covered(name: str, seeds: int, error: str) -> list[Coverage]:
    """Return a meter's coverage, load by load."""
    return [coverage(name, load, seeds, error) for load in Load]


def is_right(found: Coverage) -> bool:
    """Whether 95 of 100 intervals hold, about, and are not wide."""
    return LEAST_HELD <= found.held <= MOST_HELD and found.width <= MOST_WIDTH


def print_coverage(seeds: int, error: str) -> int:
    """Print the table of all meters and loads as Markdown; return how many cells are not right."""
    print(f"| meter | +- | {' | '.join(Load)} |")
    print(f"|---|---|{'---|' * len(Load)}")
    wrong = 0
    with ProcessPoolExecutor() as pool:
        rows = pool.map(partial(covered, seeds=seeds, error=error), meters())
        for name, row in zip(meters(), rows, strict=True):
            wrong += sum(not is_right(each) for each in row)
            cells = (
                f"{100 * each.held:.0f}, {each.width:.2f}{'' if is_right(each) else ' !'}"
                for each in row
            )
            shares = [each.share for each in row]
            span = f"{100 * min(shares):.2g} to {100 * max(shares):.2g} %"
            print(f"| {name} | {span} | {' | '.join(cells)} |", flush=True)
    return wrong


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--coverage", action="store_true")
    parser.add_argument("--error", choices=("rectangular", "normal"), default="rectangular")
    asked = parser.parse_args()
    if asked.coverage:
        sys.exit(print_coverage(asked.seeds or 400, asked.error) > 0)
    before = cpu_times()
    for name in READ:
        reading(name, asked.seconds)
    nordic_s_own()
    for model in ("kws-ds-cnn",):
        for power in ("virtual:hwmon", "virtual:lpm01a", "virtual:ppk2"):
            added = []
            for _ in range(asked.rounds):
                first = median_us(model, None, 1.0)
                with_meter = median_us(model, power, 1.0)
                added.append(with_meter - (first + median_us(model, None, 1.0)) / 2)
            print(f"{model} SingleStream p50 with {power}: {spread(added, '+.2f')} us")
    for name in SESSIONS if asked.seeds else ():
        right(name, asked.seeds)
    others = others_share(before, cpu_times())
    print(f"others' share of the processor meanwhile: {others:.1%}" if others is not None else "")


if __name__ == "__main__":
    main()
