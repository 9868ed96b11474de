"""Combine uncertainties as the Guide to the Expression of Uncertainty in Measurement says.

Source: JCGM 100:2008. Each source of uncertainty is a standard uncertainty (a standard deviation);
independent ones are added in squares (section 5.1.2), and the result is expanded by a coverage
factor (6.2.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt

COVERAGE = 2.0
"""The coverage factor k for 95 of 100 cases."""
STUDENT = 1.4
"""Student's factor for 95.45 % is about 2 (1 + 1.4 / degrees of freedom), from 9 of them on."""


def of_limit(limit: float) -> float:
    """Return the standard uncertainty of a value within +- a limit (4.3.7: rectangular)."""
    return abs(limit) / sqrt(3.0)


def of_mean(deviation: float, count: int) -> float:
    """Return the standard uncertainty of a mean of independent values (4.2.3).

    Parameters
    ----------
    deviation
        The values' standard deviation.
    count
        How many there are; two or more. The deviation of a few is itself not well known: Student's
        factor over `COVERAGE` (annex G) is applied, so that `expanded` holds.
    """
    return deviation / sqrt(count) * (1 + STUDENT / (count - 1))


def combined(parts: Iterable[float]) -> float:
    """Return the standard uncertainty of a sum of independent parts (5.1.2)."""
    return sqrt(sum(part**2 for part in parts))


def expanded(parts: Iterable[float]) -> float:
    """Return the expanded uncertainty of a sum of independent parts (6.2.1)."""
    return COVERAGE * combined(parts)
