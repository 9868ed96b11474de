"""Combine uncertainties as the Guide to the Expression of Uncertainty in Measurement says.

Sources: JCGM 100:2008 (the Guide) and JCGM 101:2008 (its supplement on distributions). Each source
of uncertainty is a standard uncertainty with the distribution that is known of it: limits of error
are rectangular (JCGM 100, 4.3.7), what comes of many values is normal. Their sum's distribution
gives the interval that holds 95 of 100 values (JCGM 101, 7.7): where one rectangular part
dominates, that is less than its limit, which two standard uncertainties are not.

JCGM 101 draws the sum's distribution at random or computes it (5.2): here its Fourier series is
summed, which gives the same figures each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import sqrt

import numpy as np
from numpy.typing import NDArray

COVERAGE = 0.95
"""How much of the distribution an interval holds."""
NORMAL_COVERAGE = 1.96
"""Standard deviations of a normal distribution for `COVERAGE`."""
STUDENT = 1.4
"""Student's factor for 95 % is about 1.96 (1 + 1.4 / degrees of freedom), from 9 of them on."""
TERMS = 1024
TAIL = 7.0
"""A normal part is left out beyond so many standard deviations."""
STEPS = 60
PRECISION = 1e-6
NEGLIGIBLE = 1e-4
"""A part that is less than this of the largest one changes no digit that is shown."""


class Shape(StrEnum):
    """The distribution of a part."""

    NORMAL = "normal"
    RECTANGULAR = "rectangular"


@dataclass(frozen=True)
class Part:
    """One source of uncertainty, independent of the others.

    Attributes
    ----------
    standard
        Its standard uncertainty, in the unit of the result.
    """

    name: str
    standard: float
    shape: Shape = Shape.NORMAL

    def scaled(self, factor: float) -> Part:
        """Return it in another unit, or of a multiple of the result."""
        return replace(self, standard=self.standard * abs(factor))


@dataclass(frozen=True)
class Expanded:
    """An interval's half width, and by which factor it is more than the standard uncertainty."""

    half_width: float
    factor: float


def limited(name: str, limit: float) -> Part:
    """Return a part of which only limits are known (4.3.7)."""
    return Part(name, abs(limit) / sqrt(3.0), Shape.RECTANGULAR)


def student(freedom: float) -> float:
    """Return by how much an uncertainty of few degrees of freedom is to be widened (annex G)."""
    return 1 + STUDENT / max(freedom, 1)


def combined(parts: Iterable[Part]) -> float:
    """Return the standard uncertainty of a sum of independent parts (5.1.2)."""
    return sqrt(sum(part.standard**2 for part in parts))


def by_source(parts: Iterable[Part]) -> dict[str, float]:
    """Return the standard uncertainties by the parts' names."""
    named: dict[str, list[Part]] = {}
    for part in parts:
        named.setdefault(part.name, []).append(part)
    return {name: combined(each) for name, each in named.items()}


def expanded(parts: Sequence[Part]) -> Expanded:
    """Return the interval that holds 95 of 100 values of a sum of independent parts."""
    standard = combined(parts)
    if standard == 0:
        return Expanded(0.0, NORMAL_COVERAGE)
    shares = [replace(part, standard=part.standard / standard) for part in parts]
    limits = [
        each.standard * sqrt(3.0)
        for each in shares
        if each.shape is Shape.RECTANGULAR and each.standard > NEGLIGIBLE
    ]
    deviation = combined(each for each in shares if each.shape is Shape.NORMAL)
    factor = _factor(np.array(limits), deviation)
    return Expanded(factor * standard, factor)


def drawn(parts: Sequence[Part], count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return draws of a sum of independent parts (JCGM 101, section 7)."""
    found = np.zeros(count)
    for part in parts:
        if part.shape is Shape.NORMAL:
            found += rng.normal(0, part.standard, count)
        else:
            found += rng.uniform(-1, 1, count) * part.standard * sqrt(3.0)
    return found


def _factor(limits: NDArray[np.float64], deviation: float) -> float:
    """Return the half width for `COVERAGE` of rectangular parts and a normal one.

    Within +- L, beyond which nothing lies, the sum's probability of +- u is
    ``u / L + 2 / pi sum of phi(k pi / L) sin(k pi u / L) / k``: the Fourier series of its density,
    whose coefficients are the characteristic function phi, integrated.
    """
    if not len(limits):
        return NORMAL_COVERAGE * deviation
    if len(limits) == 1 and deviation < NEGLIGIBLE:
        return float(COVERAGE * limits[0])
    most = float(limits.sum()) + TAIL * deviation
    numbers = np.arange(1, TERMS + 1)
    at = numbers * np.pi / most
    phi = np.exp(-((at * deviation) ** 2) / 2)
    for limit in limits:
        phi *= np.sinc(at * limit / np.pi)
    weights = 2 / np.pi * phi / numbers
    low, high, width = 0.0, most, min(most, NORMAL_COVERAGE)
    for _ in range(STEPS):
        angles = at * width
        short = COVERAGE - width / most - float(weights @ np.sin(angles))
        if abs(short) < PRECISION:
            break
        low, high = (width, high) if short > 0 else (low, width)
        # Newton's step, where it stays between the bounds.
        density = 1 / most + float((weights * at) @ np.cos(angles))
        width += short / density if density > 0 else most
        if not low < width < high:
            width = (low + high) / 2
    return width
