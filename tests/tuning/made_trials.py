"""A clock that stands still but for trials, and trials whose lengths and figures are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edgebench.runtime_settings import RuntimeSettings
from edgebench.tuning.budget import Budget
from edgebench.tuning.trial import TRIES, MayRepeat, Trial


class Clock:
    """A clock that only a test moves."""

    passed_s = 0.0

    def __call__(self) -> int:
        return round(self.passed_s * 1e9)


@dataclass
class Machine:
    """Trials that take so long around what is measured, on a machine that may be contended."""

    clock: Clock
    budget: Budget
    around_s: float
    contended: Callable[[], bool]
    rate: Callable[[RuntimeSettings], float]

    def attempt(self, settings: RuntimeSettings, seconds: float, may_repeat: MayRepeat) -> Trial:
        """As `edgebench.tuning.trial.try_settings`, and what `tune` does with it."""
        for _ in range(TRIES):
            self.clock.passed_s += seconds + self.around_s
            is_contended = self.contended()
            if not is_contended or not may_repeat():
                break
        took_s = seconds + self.around_s
        self.budget.learn(seconds, took_s)
        share = 0.5 if is_contended else 0.0
        return Trial(settings, seconds, self.rate(settings), share, took_s)
