"""The last comparison keeps its budget, and what is chosen has its reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from edgebench.harness.progress import Silent
from edgebench.runtime_settings import RuntimeSettings
from edgebench.statistics.change import ENOUGH_REPEATS, Change
from edgebench.tuning.budget import Budget
from edgebench.tuning.comparison import LENGTHS_S, REPEATS, Compared, Finalist, compare
from edgebench.tuning.decision import decide
from edgebench.tuning.objective import OBJECTIVES
from tests.tuning.made_trials import Clock, Machine

ONE, TWO, FOUR, TWICE = (
    RuntimeSettings("litert", *shape) for shape in ((1, 1), (2, 1), (4, 1), (1, 2))
)
NAMED = {"default": ONE, "vendor": TWO, "guideline": FOUR, "search": TWICE}
RATE = OBJECTIVES["throughput"]


class Heard:
    """A progress that keeps what it is called with."""

    def __init__(self) -> None:
        self.shares: list[float] = []

    def stage(self, title: str, seconds: float | None) -> None:
        """Not called."""

    def advance(self, share: float) -> None:
        self.shares.append(share)


def compared(
    budget_s: float,
    around_s: float,
    busy: float = 0.0,
    progress: Any = None,
    named: Mapping[str, RuntimeSettings] = NAMED,
) -> tuple[Compared, float]:
    """Compare on a machine that is contended so often; return it, and the seconds it took."""
    clock, rng = Clock(), np.random.default_rng(1)
    budget = Budget(budget_s, clock)
    budget.learn(0.2, 0.2 + around_s)
    machine = Machine(clock, budget, around_s, lambda: bool(rng.random() < busy), lambda _: 1.0)
    return compare(named, machine.attempt, budget, progress or Silent()), clock.passed_s


@pytest.mark.parametrize("busy", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("around_s", [0.05, 0.4, 2.0])
@pytest.mark.parametrize("budget_s", [2.0, 5.0, 10.0, 30.0])
def test_a_budget_is_kept_however_contended(budget_s: float, around_s: float, busy: float) -> None:
    found, took_s = compared(budget_s, around_s, busy)
    each_s = LENGTHS_S[-1] + around_s
    # A trial of the default and one of the find are made however late it is.
    assert took_s <= max(budget_s, 2 * each_s) + 1e-9
    repeats = [len(figures) for figures in found.figures.values()]
    if budget_s >= 2 * ENOUGH_REPEATS * each_s:
        assert min(repeats) >= ENOUGH_REPEATS
    assert min(len(found.figures[each]) for each in (ONE, TWICE)) >= 1


def test_what_can_not_be_decided_in_time_is_not_compared() -> None:
    assert compared(30.0, 0.4)[0].left_out == ()
    assert compared(6.0, 0.4)[0].left_out == ("vendor",)
    assert compared(4.0, 0.4)[0].left_out == ("vendor", "guideline")
    # Shorter trials come before fewer settings.
    assert {trial.seconds for trial in compared(7.5, 0.4)[0].trials} == {LENGTHS_S[-1]}


def test_settings_that_are_compared_under_another_name_are_not_left_out() -> None:
    """The find is threads = cores, say: the table's row has both names."""
    assert compared(2.0, 0.4, named={**NAMED, "search": TWO})[0].left_out == ("guideline",)
    assert compared(2.0, 0.4, named={**NAMED, "guideline": TWO})[0].left_out == (
        "vendor",
        "guideline",
    )
    same = {**NAMED, "vendor": TWICE, "guideline": ONE}
    assert compared(2.0, 0.4, named=same)[0].left_out == ()


def test_the_comparison_has_a_bar_of_its_own() -> None:
    heard = Heard()
    found, _ = compared(100.0, 0.1, progress=heard)
    assert [len(each) for each in found.figures.values()] == [REPEATS] * len(NAMED)
    made = len(found.trials)
    assert heard.shares == [number / made for number in range(1, made + 1)]


def change(ratio: float, verdict: Any) -> Change:
    return Change(1.0, ratio, ratio, ratio - 0.1, ratio + 0.1, verdict, "")


def finalist(name: str, ratio: float, verdict: Any, repeats: int = 5) -> Finalist:
    figures = (100.0 / ratio,) * repeats
    return Finalist((name,), NAMED[name], figures, change(ratio, verdict))


DEFAULT = Finalist(("default",), ONE, (100.0,) * 5, None)


def test_the_default_stays_unless_another_is_certainly_better() -> None:
    unsure = finalist("vendor", 0.6, "can't tell")
    worse = finalist("guideline", 2.0, "slower")
    better = finalist("search", 0.5, "faster")
    assert decide([DEFAULT, unsure, worse], RATE, 1.0).settings == ONE
    found = decide([DEFAULT, unsure, worse, better], RATE, 1.0)
    assert found.settings == TWICE
    assert found.reason.startswith("it has 2.00 x the default's samples/s, certainly (95 %")


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ([], "nothing that was compared with it is better"),
        ([finalist("vendor", 1.2, "can't tell")], "nothing that was compared with it is better"),
        (
            [finalist("vendor", 0.5, "can't tell")],
            "has 2.00 x the default's samples/s, but the 95 % interval is 1.67 to 2.50: not "
            "certainly better. A longer `budget_s` or an idle machine may decide it",
        ),
        # As when a search is late: an interval of two repeats decides nothing.
        (
            [finalist("vendor", 0.5, "can't tell", repeats=2)],
            "but was measured 2 x in the time given, and a verdict needs 3 repeats. A `budget_s` "
            "of 50 is about enough",
        ),
    ],
)
def test_why_the_default_stays_is_said(others: list[Finalist], says: str) -> None:
    found = decide([DEFAULT, *others], RATE, 41.0)
    assert found.settings == ONE
    assert says in found.reason


def test_without_a_figure_of_the_default_another_is_taken() -> None:
    alone = Finalist(("search",), TWICE, (1.0,), None)
    found = decide([alone], RATE, 1.0)
    assert found.settings == TWICE
    assert found.reason == "the default itself gave no figure"
