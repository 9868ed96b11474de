"""The random seeds of MLPerf Inference's rounds; a submission must use its round's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Seeds:
    """The three seeds that LoadGen takes."""

    qsl: int
    sample_index: int
    schedule: int


ROUND_SEEDS: dict[str, Seeds] = {
    "v5.1": Seeds(1780908523862526354, 14771362308971278857, 18209322760996052031),
    "v6.0": Seeds(2465351861681999779, 14276810075590677512, 3936089224930324775),
    "v6.1": Seeds(2085463073848966840, 2747215439041700203, 16159082839903944936),
}
"""From mlperf.conf of each round (mlcommons/inference)."""


def latest_round(rounds: Iterable[str]) -> str:
    """Return the newest of rounds or versions: v10.0 is later than v6.1."""
    return max(rounds, key=lambda name: [int(part) for part in re.findall(r"\d+", name)])


def round_of(seeds: Seeds) -> str | None:
    """Return the round that seeds belong to."""
    return next((name for name, known in ROUND_SEEDS.items() if known == seeds), None)
