"""Runs that converge sooner than the references allow are flagged, and honest ones are not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from edgebench.card_file import read_card
from edgebench.errors import CardInvalid
from edgebench.models.card import model_cards
from edgebench.statistics.sooner import FALSE_ALARMS, sooner_than, student_quantile
from edgebench.training.to_quality.goal import goal_of
from edgebench.training.to_quality.reference import (
    Convergence,
    ConvergencePoint,
    check_convergence,
    convergence_of,
)

Runs = Sequence[Sequence[float]]
WITH_REFERENCES = [name for name in sorted(model_cards()) if convergence_of(name) is not None]
SESSION = 5


def _references(model: str) -> Convergence:
    found = convergence_of(model)
    if found is None:
        raise LookupError(model)
    return found


def _twenty_alike() -> ConvergencePoint:
    return ConvergencePoint(100, tuple(range(20)), ((0.5, 0.8),) * 20)


def _half(runs: Runs) -> Runs:
    """Return the runs with every other epoch left out of the log."""
    return [[*run[1:-1:2], run[-1]] for run in runs]


def test_there_are_references_of_twenty_seeds_to_the_cards_own_target() -> None:
    assert len(WITH_REFERENCES) >= 2
    for model in WITH_REFERENCES:
        references = _references(model)
        assert references.target == goal_of(model).target
        for point in references.points:
            assert len(point.qualities) == 20
            assert point.seeds == tuple(range(1, 21))


@pytest.mark.parametrize("model", WITH_REFERENCES)
def test_honest_sessions_pass_and_those_that_count_fewer_epochs_are_flagged(model: str) -> None:
    references = _references(model)
    for point in references.points:
        session, seeds = point.qualities[:SESSION], point.seeds[:SESSION]
        at_once = [[references.target]] * SESSION
        honest, *cheating = (
            check_convergence(references, point.batch, references.target, runs, seeds)
            for runs in (session, _half(session), at_once)
        )
        assert honest.batches == (point.batch,)
        assert not honest.flagged
        assert all(each.flagged for each in cheating)


def test_a_sessions_own_seeds_are_no_references_for_it() -> None:
    """Five runs that need 2 evaluations, where references of other seeds need 8 to 10."""
    soon = ((0.4, 0.8),) * SESSION
    late = tuple(tuple(np.linspace(0.3, 0.8, 8 + number % 3)) for number in range(15))
    seeds = tuple(range(1, 21))
    known = Convergence(Path(), 0.8, "", (ConvergencePoint(100, seeds, soon + late),))
    rest = Convergence(Path(), 0.8, "", (ConvergencePoint(100, seeds[SESSION:], late),))
    found = check_convergence(known, 100, 0.8, soon, seeds[:SESSION])
    assert found == check_convergence(rest, 100, 0.8, soon)
    assert found.flagged
    # As runs of unknown seeds they would be compared with themselves.
    assert found.found != check_convergence(known, 100, 0.8, soon).found
    for own, reason in ((range(1, 12), "only 9 references have other seeds"), (seeds, "only 0 ")):
        few = check_convergence(known, 100, 0.8, soon, own)
        assert not few.flagged
        assert few.reason.startswith(reason)


def test_between_two_batch_sizes_both_references_count() -> None:
    def point(batch: int, epochs: int) -> ConvergencePoint:
        """Twenty runs to 0.8 in about so many epochs."""
        lengths = [epochs + number % 3 for number in range(20)]
        runs = tuple(tuple(np.linspace(0.3, 0.8, length)) for length in lengths)
        return ConvergencePoint(batch, tuple(range(20)), runs)

    known = Convergence(Path(), 0.8, "", (point(100, 20), point(400, 80)))
    for epochs, flagged in ((40, False), (22, True)):
        found = check_convergence(known, 200, 0.8, point(200, epochs).qualities[:SESSION])
        assert (found.batches, found.flagged) == ((100, 400), flagged)
    # Twice as many epochs as at 100 and half as many as at 400: the middle, in logarithms.
    middle = check_convergence(known, 200, 0.8, point(200, 40).qualities)
    assert middle.found is not None
    assert middle.found.ratio == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(
    ("batch", "target", "runs", "says"),
    [
        (64, 0.8, [[0.8]], "no reference for a batch of 64; there are 100"),
        (100, 0.7, [[0.7]], "the references were trained to 0.8, these to 0.7"),
        (100, 0.8, [], "no run reached the target"),
    ],
)
def test_what_can_not_be_compared_is_said(batch: int, target: float, runs: Runs, says: str) -> None:
    known = Convergence(Path(), 0.8, "", (_twenty_alike(),))
    found = check_convergence(known, batch, target, runs)
    assert not found.flagged
    assert found.found is None
    assert found.reason == says
    without = check_convergence(None, batch, target, runs)
    assert without.reason == "no reference convergence points of this model"


def test_a_damaged_file_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "convergence.toml"
    path.write_text(
        'target = 0.8\nmade_by = "me"\n[[points]]\nbatch = 100\nseeds = []\n'
        "qualities = [[0.5, 0.7]]\n"
    )
    with pytest.raises(CardInvalid) as caught:
        read_card(path, Convergence, {"path": path}, Convergence.faults)
    assert "must have 10 runs at least" in str(caught.value)
    assert "must all reach the target" in str(caught.value)
    assert "must have a seed for each run" in str(caught.value)
    assert "line 5" in str(caught.value)


def test_students_quantiles_are_those_of_tables() -> None:
    found = [student_quantile(0.995, freedom) for freedom in (9, 19, 200)]
    assert found == pytest.approx([3.2498, 2.8609, 2.6006], abs=1e-4)


def test_chance_alone_is_flagged_as_rarely_as_is_said() -> None:
    rng = np.random.default_rng(4)
    draws = 4000
    flagged = sum(
        sooner_than(rng.normal(size=SESSION), references, references, 0.0).is_sooner
        for references in rng.normal(size=(draws, 20))
    )
    assert 0.2 * FALSE_ALARMS < flagged / draws < 2 * FALSE_ALARMS
