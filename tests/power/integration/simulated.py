"""Sessions with meters whose samples are simulated: hundreds a minute, for coverage.

Each meter is opened once, as it is played, for its driver's own description; then its samples are
made as the meter would have them, with the errors of the kit's own `Instrument`, and go through the
same code as those of a real one: alignment of clocks, energy, uncertainty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from edgebench.power.acquisition.reader import JITTER
from edgebench.power.acquisition.trace_assembly import joined
from edgebench.power.description import MeterDescription, stated_by_user
from edgebench.power.energy import Energy, energy_between
from edgebench.power.open import open_meter
from edgebench.power.samples import Exchange, PowerSamples
from edgebench.virtual.meters.faults import UNIFORM, Faults
from edgebench.virtual.meters.instrument import Instrument
from edgebench.virtual.meters.kinds import kind_of, kinds
from edgebench.virtual.meters.waveform import Load

S = 1_000_000_000
MILLI = 1_000_000
STATED = 0.02
"""The accuracy that is stated for a meter that has none."""
CLOCK_NS = 0.5e6
"""LoadGen writes its window to the millisecond."""
MARGIN_S = 2.5
LEAST_PERIODS = 60
SKEW_PPM = 100.0


@dataclass(frozen=True)
class Simulated:
    """How a meter that can be played is simulated.

    Attributes
    ----------
    options
        Behind its name, as a user would write them.
    window_s
        How long is measured.
    answer_s
        How long a reading takes, of a meter that is asked for each.
    aperture_s
        How long a reading is the mean of; None where nobody knows: between nothing and the whole of
        its period, another one in each session.
    says_count
        Whether each answer says how many samples there are, so that the next one came later.
    is_free_running
        Whether it converts without being asked, so that a reading is of before.
    """

    options: str = ""
    window_s: float = 10.0
    answer_s: float = 0.0
    aperture_s: float | None = None
    says_count: bool = False
    is_free_running: bool = False


METERS: Mapping[str, Simulated] = {
    "otii": Simulated(window_s=4.0),
    "ptdaemon": Simulated(window_s=60.0, says_count=True),
    "scpi": Simulated(answer_s=0.02, aperture_s=0.002),
    "scpi-pty": Simulated(answer_s=0.02, aperture_s=0.002),
    "hwmon": Simulated(answer_s=0.0002, aperture_s=0.02, is_free_running=True),
    "hwmon-ina3221": Simulated(answer_s=0.0005, aperture_s=0.02, is_free_running=True),
    **dict.fromkeys(
        ("shelly", "shelly-gen1", "tasmota"),
        Simulated(answer_s=0.02, aperture_s=1.0, is_free_running=True),
    ),
    "rpi5-pmic": Simulated(answer_s=0.006, aperture_s=0.001),
}


@dataclass(frozen=True)
class Coverage:
    """How well the intervals of a meter and a load hold.

    Attributes
    ----------
    held
        The share of intervals that hold the true energy.
    width
        By how much intervals are wider than the ones that would just hold 95 of 100.
    share
        The median uncertainty, as a part of the energy.
    """

    held: float
    width: float
    share: float


@cache
def described(name: str) -> MeterDescription:
    """Return what the driver says of a meter that is played, with an accuracy."""
    with open_meter(f"virtual:{name}{METERS.get(name, Simulated()).options}") as meter:
        meter.start()
        meter.stop()
        about = meter.description
    # Some know their limits only after a measurement: the instrument's own are those of its range.
    limits = kind_of(name).limits or about.accuracy or stated_by_user(STATED)
    return replace(about, accuracy=limits)


def simulated(name: str, load: Load, seed: int, error: str = UNIFORM) -> tuple[Energy, float]:
    """Return the energy of a window by a meter, and the true one."""
    about, how = described(name), METERS.get(name, Simulated())
    kind = kind_of(name)
    window_s = max(how.window_s, LEAST_PERIODS * about.period_s)
    faults = Faults(
        seed=seed,
        skew=SKEW_PPM if seed % 2 else -SKEW_PPM,
        load=load.value,
        step=window_s,
        error=error,
    )
    limits = kind.limits or about.accuracy
    instrument = Instrument(faults, kind.scale_w, about.period_s, limits)
    rng = np.random.default_rng([seed, 7])
    # Of a load that steps, the window is where it works.
    step_ns = round(window_s * S)
    begin = int(rng.integers(10, 1000)) * 2 * step_ns
    if load is not Load.STEP:
        begin += int(rng.uniform(0, 2 * step_ns))
    end = begin + step_ns
    sampled = _streamed if about.clock == "meter" else _counted if about.counts_energy else _polled
    trace = joined(about, [sampled(instrument, about, how, begin, end, rng)])
    window = (round(each / MILLI) * MILLI for each in (begin, end))
    found = energy_between(trace, *window, clock_ns=CLOCK_NS)
    return found, instrument.waveform.energy_j(begin, end)


def coverage(name: str, load: Load, seeds: int, error: str = UNIFORM) -> Coverage:
    """Return how well a meter's intervals hold."""
    pairs = [simulated(name, load, seed, error) for seed in range(seeds)]
    limits = np.array([energy.uncertainty_j for energy, _ in pairs], float)
    wrong = np.array([abs(energy.energy_j - true) for energy, true in pairs])
    shares = limits / [true for _, true in pairs]
    return Coverage(
        float(np.mean(wrong <= limits)),
        float(1 / np.quantile(wrong / limits, 0.95)),
        float(np.median(shares)),
    )


def meters() -> list[str]:
    """Return the meters that can be played."""
    return sorted(kinds())


def _streamed(
    instrument: Instrument,
    about: MeterDescription,
    how: Simulated,
    begin: int,
    end: int,
    rng: np.random.Generator,
) -> PowerSamples:
    """Return samples at the meter's own pace: of its clock, with what the host saw of it."""
    sent = begin - round(MARGIN_S * S)
    started = sent + round(rng.exponential(0.5e-3) * S)
    host_period = about.period_s * S / (1 + instrument.faults.skew * 1e-6)
    count = int((end + MARGIN_S * S - started) / host_period)
    power = _samples(instrument, about, started, count, rng)
    times = np.round(np.arange(1, count + 1) * about.period_s * S).astype(np.int64)
    polls = np.arange(sent, end + MARGIN_S * S, max(about.poll_s or 0.1, 0.1) * S)
    exchanges = [Exchange(0, sent, None)]
    for poll in polls + rng.exponential(1e-3, len(polls)) * S:
        done = min(int((poll - started) / host_period), count)
        if done > 0:
            exchanges.append(Exchange(int(times[done - 1]), None, int(poll)))
        if how.says_count and 0 <= done < count:
            exchanges.append(Exchange(int(times[done]), int(poll - 2 * MILLI), None))
    last = started + count * host_period
    exchanges.append(Exchange(int(times[-1]), int(last - about.period_s * S), int(last + 2e6)))
    joules = np.cumsum(power) * about.period_s if about.counts_energy else None
    return PowerSamples(times, power, joules, exchanges=tuple(exchanges))


def _counted(
    instrument: Instrument,
    about: MeterDescription,
    how: Simulated,
    begin: int,
    end: int,
    rng: np.random.Generator,
) -> PowerSamples:
    """Return a counter that goes on once a millisecond, read at a pace of the host's."""
    times = _polls(about, begin, end, rng, 0.0)
    counted = times // MILLI * MILLI
    grown = instrument.means_between(counted) * np.diff(counted) / S
    power = grown / (np.diff(times) / S)
    return PowerSamples(times[1:], power, np.cumsum(grown))


def _polled(
    instrument: Instrument,
    about: MeterDescription,
    how: Simulated,
    begin: int,
    end: int,
    rng: np.random.Generator,
) -> PowerSamples:
    """Return readings of a meter that is asked for each."""
    asked = _polls(about, begin, end, rng, JITTER)
    half = rng.uniform(0.8, 1.2, len(asked)) * how.answer_s / 2 * S
    middle = (asked + half).astype(np.int64)
    known = how.aperture_s is not None
    aperture = round((how.aperture_s if known else rng.uniform(0, about.period_s)) * S) or 1
    if how.is_free_running:
        phase = int(rng.uniform(0, aperture))
        ends = (middle - phase) // aperture * aperture + phase
        return PowerSamples(
            middle - aperture,
            _means(instrument, ends - aperture, ends),
            moment_ns=half + aperture / 2,
        )
    # When in its answer's time an instrument measures is its own affair, and always the same.
    starts = (asked + rng.uniform(0, 1) * np.maximum(2 * half - aperture, 0)).astype(np.int64)
    return PowerSamples(middle, _means(instrument, starts, starts + aperture), moment_ns=half)


def _samples(
    instrument: Instrument,
    about: MeterDescription,
    started: int,
    count: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return samples at a meter's own pace: of one that is not known to average, of a part."""
    if about.averages or about.counts_energy:
        return instrument.means(started, 0, count)
    period = about.period_s * S / (1 + instrument.faults.skew * 1e-6)
    ends = started + np.round(np.arange(1, count + 1) * period).astype(np.int64)
    return _means(instrument, ends - max(round(rng.uniform(0, period)), 1), ends)


def _means(
    instrument: Instrument, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the mean power of stretches, as the meter has it."""
    edges = np.stack((starts, ends), axis=1).ravel()
    found: NDArray[np.float64] = instrument.means_between(edges)[::2]
    return found


def _polls(
    about: MeterDescription, begin: int, end: int, rng: np.random.Generator, jitter: float
) -> NDArray[np.int64]:
    """Return when a reader of the host asks, as `MeterReader` does."""
    period = about.period_s * S
    count = int((end - begin + 2 * MARGIN_S * S) / period) + 2
    pauses = period * (1 + jitter * rng.triangular(-1, 0, 1, count))
    first = begin - MARGIN_S * S - rng.uniform(0, period)
    times: NDArray[np.int64] = (first + np.cumsum(pauses)).astype(np.int64)
    return times
