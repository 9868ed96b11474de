"""What can go wrong on the bench, to order: ``skew=100,loss=0.01,unplug=3``."""

from __future__ import annotations

from dataclasses import dataclass, fields

from edgebench.errors import UsageError


@dataclass(frozen=True)
class Faults:
    """Everything that can be ordered.

    Attributes
    ----------
    seed
        Of the waveform, the meter's error and what is lost.
    skew
        The meter's clock, in parts per million fast.
    loss
        Share of the samples that are lost on their way.
    stall, unplug
        After so many seconds of measuring it is silent; gone.
    spike
        Share of the samples that are absurd.
    overflow
        After so many seconds its buffer overflows, or its range is left.
    wrap
        Joules after which a counter begins again.
    marks
        Seconds between marks that the bench itself makes; 0 for those of an emulated device.
    exact
        Whether the meter's error is 0, and not one within its stated accuracy.
    """

    seed: int = 0
    skew: float = 0.0
    loss: float = 0.0
    stall: float = 0.0
    unplug: float = 0.0
    spike: float = 0.0
    overflow: float = 0.0
    wrap: float = 0.0
    marks: float = 0.0
    exact: int = 0


MOST_SKEW_PPM = 200.0


def parse_faults(words: list[str]) -> tuple[Faults, list[str]]:
    """Return the faults among ``key=value`` words, and the other words.

    Raises
    ------
    UsageError
        If a value is none, or the skew is more than a meter's clock can have.
    """
    names = {each.name: each.type for each in fields(Faults)}
    found: dict[str, float] = {}
    rest = []
    for word in words:
        key, _, text = word.partition("=")
        if key not in names:
            rest.append(word)
            continue
        try:
            found[key] = int(text) if names[key] == "int" else float(text)
        except ValueError as error:
            raise UsageError(f"virtual: {word}: a number is wanted") from error
    faults = Faults(**found)  # type: ignore[arg-type]
    if abs(faults.skew) > MOST_SKEW_PPM:
        raise UsageError(f"virtual: skew is within {MOST_SKEW_PPM:g} ppm")
    return faults, rest
