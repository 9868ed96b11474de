"""A meter's self-check: a few samples, before anything is measured with it."""

from __future__ import annotations

import time

import numpy as np

from edgebench.errors import MeterLost, MeterNotFound
from edgebench.power.contract import PowerMeter

LEAST_SAMPLES = 2
LEAST_S = 0.1
MOST_PERIODS = 5
SLACK_S = 1.0
MOST_WATTS = 10_000.0


def check_meter(meter: PowerMeter) -> float:
    """Read an open meter for a moment, and return the mean watts; 0 of one that can't restart.

    Raises
    ------
    MeterNotFound
        If it gives no sample, or what can't be.
    """
    about = meter.description
    found = []
    if not about.can_restart:
        return 0.0
    try:
        meter.start()
        began = time.monotonic()
        while True:
            found.append(meter.read().power_w)
            gone = time.monotonic() - began
            count = sum(len(each) for each in found)
            # Some hand everything over at the end.
            patience_s = MOST_PERIODS * about.period_s + SLACK_S
            if (count >= LEAST_SAMPLES and gone >= LEAST_S) or gone > patience_s:
                break
            time.sleep(min(about.poll_s or about.period_s, LEAST_S))
        found.append(meter.stop().power_w)
    except MeterLost as error:
        raise MeterNotFound(f"{about.name} fails its self-check: {error}") from error
    except (ValueError, LookupError, ArithmeticError) as error:
        raise MeterNotFound(
            f"{about.name} fails its self-check: it says what can't be read "
            f"({type(error).__name__}: {error})"
        ) from error
    power = np.concatenate(found)
    if not len(power):
        raise MeterNotFound(f"{about.name} ({about.detail}) gives no sample")
    watts = float(power.mean())
    if not 0 <= watts < MOST_WATTS:
        hint = ": are its leads the wrong way round?" if watts < 0 else ""
        raise MeterNotFound(f"{about.name}: {watts:.3g} W is no plausible reading{hint}")
    return watts
