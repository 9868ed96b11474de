"""Which of several names was meant by one that is not among them."""

from __future__ import annotations

from collections.abc import Iterable

LEAST_PART = 3
"""Letters of a part of a name that is taken for the whole."""


def nearest_name(given: str, names: Iterable[str]) -> str | None:
    """Return the name that looks most like the given one, in upper or lower case, if one does.

    Examples
    --------
    >>> nearest_name("Oflfine", ["singlestream", "offline"])
    'offline'
    """
    import difflib

    by_lower = {name.lower(): name for name in names}
    closest = difflib.get_close_matches(given.lower(), by_lower, n=1)
    # What is part of a single name, such as `mps2` or `kws`, was meant for it.
    holders = [name for name in by_lower if len(given) >= LEAST_PART and given.lower() in name]
    closest = closest or (holders if len(holders) == 1 else [])
    return by_lower[closest[0]] if closest else None
