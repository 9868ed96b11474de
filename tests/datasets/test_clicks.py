"""Click logs: what is made is what was asked for, and the best AUC is known."""

from __future__ import annotations

import dataclasses
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edgebench.datasets.card import load_dataset_card
from edgebench.datasets.clicks.criteo import load_criteo
from edgebench.datasets.clicks.make import make_log
from edgebench.datasets.clicks.rows import Rows, distance_weights, popular_rows
from edgebench.datasets.clicks.spec import RECIPES, ClickSpec, Locality
from edgebench.datasets.clicks.teacher import Teacher, best_auc, best_log_loss
from edgebench.datasets.load import load_dataset
from edgebench.datasets.scoring import SCORERS, auc
from edgebench.errors import CardInvalid, DatasetInvalid, DatasetMismatch, DatasetNotFound
from edgebench.registry import card_files

SPEC = ClickSpec(
    dense=4,
    tables=3,
    rows=200,
    lookups=5,
    kinds=50,
    samples=2000,
    seed=5,
    zipf=0.9,
    locality=Locality(reuse=0.4, depth=20, decay=0.9),
)
CARDS = ("clicks-dlrm", "clicks-rm1", "clicks-rm2", "clicks-rm3")


def stack_distances(lookups: Rows, depth: int) -> NDArray[np.int64]:
    """Measure a table's locality: how many distinct rows ago each row was used last.

    Returns
    -------
    Shape (n,): 1 for the row just before; 0 where it was none of the last ``depth``.
    """
    recent: list[int] = []
    found = np.zeros(lookups.size, np.int64)
    for place, row in enumerate(lookups.tolist()):
        if row in recent:
            found[place] = 1 + recent.index(row)
            recent.remove(row)
        elif len(recent) == depth:
            recent.pop()
        recent.insert(0, row)
    return found


def test_a_trace_has_the_locality_that_was_asked_for() -> None:
    log = make_log(SPEC, "trace")
    wanted = distance_weights(SPEC.locality)
    for table in range(SPEC.tables):
        found = stack_distances(log.rows[:, table].reshape(-1), SPEC.locality.depth)
        again = found[found > 0]
        # 10,000 lookups: three standard errors of a share.
        assert again.size / found.size == pytest.approx(0.4, abs=0.015)
        shares = np.bincount(again, minlength=21)[1:] / again.size
        errors = np.sqrt(wanted * (1 - wanted) / again.size)
        assert np.all(np.abs(shares - wanted) < 4 * errors)


def test_locality_is_more_than_popularity_alone_gives() -> None:
    near = {}
    for recipe in RECIPES:
        rows = make_log(SPEC, recipe).rows[:, 0].reshape(-1)
        near[recipe] = np.mean(stack_distances(rows, 3) > 0)
    assert near["random"] < near["popular"] < near["trace"]


def test_popularity_is_zipfs() -> None:
    rng = np.random.default_rng(1)
    rows = popular_rows(SPEC, (100_000, SPEC.tables, 1), rng)[:, 0, 0]
    counts = np.sort(np.bincount(rows, minlength=SPEC.rows))[::-1]
    ranks = np.arange(1, 31)
    (slope, _) = np.polyfit(np.log(ranks), np.log(counts[:30]), 1)
    assert slope == pytest.approx(-SPEC.zipf, abs=0.05)


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_row_is_one_of_its_table(recipe: str) -> None:
    log = make_log(SPEC, recipe, samples=300)  # type: ignore[arg-type]
    assert log.rows.shape == (300, 3, 5)
    assert log.rows.min() >= 0
    assert log.rows.max() < SPEC.rows
    assert log.dense.shape == (300, 4)


def test_a_seed_gives_the_same_log_and_another_seed_another() -> None:
    first, again = make_log(SPEC, "trace"), make_log(SPEC, "trace")
    assert first.sha256 == again.sha256
    assert first.sha256 != make_log(SPEC, "trace", seed=6).sha256


def test_none_is_better_than_the_teacher() -> None:
    """The AUC of one who knows the probabilities is what was reckoned, and no other's is more."""
    log = make_log(SPEC, "popular", samples=40_000)
    best = best_auc(log.probabilities)
    assert auc(log.probabilities, log.labels == 1) == pytest.approx(best, abs=0.006)
    rng = np.random.default_rng(3)
    guess = log.probabilities + rng.normal(0, 0.1, log.probabilities.size)
    assert auc(guess, log.labels == 1) < best
    p = np.array([0.2, 0.5, 0.9])
    pairs = [(a, b) for a in range(3) for b in range(3) if a != b]
    right = sum(p[a] * (1 - p[b]) for a, b in pairs if p[a] > p[b])
    assert best_auc(p) == pytest.approx(right / sum(p[a] * (1 - p[b]) for a, b in pairs))
    assert best_log_loss(np.array([0.5])) == pytest.approx(np.log(2))


def test_larger_tables_are_the_same_task() -> None:
    larger = SPEC.with_rows(1000)
    dense, rows = make_log(SPEC, "random").dense, make_log(SPEC, "random").rows
    shifted = rows + 4 * SPEC.kinds
    same = Teacher(larger).probabilities(dense, shifted)
    assert np.array_equal(same, Teacher(SPEC).probabilities(dense, rows))
    with pytest.raises(CardInvalid, match="50 kinds of row"):
        SPEC.with_rows(40)


@pytest.mark.parametrize("name", CARDS)
def test_the_packaged_logs_are_the_ones_that_their_cards_tell_of(name: str) -> None:
    card = load_dataset_card(card_files("datasets")[name])
    assert set(card.recipes) == {"trace", "random"}
    for recipe in card.recipes:
        data = load_dataset(f"{name}:{recipe}")
        assert data.name == f"{name}:{recipe}"
        assert data.best is not None
        assert 0.8 < data.best.auc < 0.9
        assert data.sha256 == card.recipes[recipe]
    assert load_dataset(name).name == f"{name}:trace"
    with pytest.raises(
        DatasetNotFound, match=r"unknown value '.*:criteo'; choose from .*:trace, .*:random"
    ):
        load_dataset(f"{name}:criteo")


def test_a_log_that_came_out_otherwise_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = card_files("datasets")["clicks-rm3"].read_text()
    folder = tmp_path / "datasets" / "mine"
    folder.mkdir(parents=True)
    (folder / "card.toml").write_text(text.replace("zipf = 0.8", "zipf = 0.9"))
    monkeypatch.setenv("EDGEBENCH_PATH", str(tmp_path))
    with pytest.raises(DatasetInvalid, match="the card says"):
        load_dataset("mine")
    (folder / "card.toml").write_text(text.replace("depth = 32", "depth = 300"))
    with pytest.raises(CardInvalid, match=r"line 25: .*depth` .*half of the 512 rows, not 300"):
        load_dataset("mine")
    (folder / "card.toml").write_text(text.replace('loader = "clicks"', 'loader = "npz"'))
    with pytest.raises(CardInvalid, match="go together"):
        load_dataset("mine")


def test_clicks_are_scored_with_the_loss_next_to_the_auc() -> None:
    data = load_dataset("clicks-rm3:random")
    spec = load_dataset_card(card_files("datasets")["clicks-rm3"]).clicks
    assert spec is not None
    assert data.best is not None
    known = make_log(spec, "random").probabilities.astype(np.float32)[:, None]
    score = SCORERS["auc-clicks"](known, data)
    assert score.metric == "auc"
    assert score.best == data.best.auc
    assert score.value == pytest.approx(data.best.auc, abs=0.02)
    (loss,) = score.secondary
    assert (loss.metric, loss.unit, loss.best) == ("log-loss", "nats", data.best.log_loss)
    assert loss.interval.low < loss.value < loss.interval.high
    assert loss.interval.low < data.best.log_loss < loss.interval.high


def _line(label: str = "1", counts: str = "3", category: str = "68fd1e64") -> str:
    return "\t".join([label, *[counts] * 13, *[category] * 26])


def test_criteos_layout_is_read(tmp_path: Path) -> None:
    path = tmp_path / "day_0.tsv"
    path.write_text("\n".join([_line(), _line("0", "", ""), _line("1", "-2", "ff")]) + "\n")
    data = load_dataset(f"clicks-dlrm@{path}")
    assert data.count == 3
    assert data.labels is not None
    assert data.labels.tolist() == [1, 0, 1]
    assert data.best is None
    assert not data.limits
    dense, rows = data.sample(0)
    assert dense.shape == (13,)
    assert dense[0] == pytest.approx(np.log(4))
    assert rows.shape == (26, 1)
    assert rows[0, 0] == 0x68FD1E64 % 256
    assert data.sample(1)[0].max() == data.sample(2)[0].max() == 0  # missing, and below 0
    assert data.sample(2)[1][0, 0] == 255


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (_line() + "\tx", "line 2: 41 fields between tabs, not 40"),
        (_line("2"), "line 2: the label is '2'"),
        (_line(counts="many"), "line 2: .* is not a"),
        (_line(category="xyz"), "line 2: .* is not a"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "day_0.tsv"
    path.write_text(f"{_line()}\n{line}\n")
    with pytest.raises(DatasetInvalid, match=says):
        load_dataset(f"clicks-dlrm@{path}")


def test_criteos_logs_fit_one_model_only_and_an_empty_one_none(tmp_path: Path) -> None:
    path = tmp_path / "day_0.tsv"
    path.write_text("")
    with pytest.raises(DatasetInvalid, match="no line"):
        load_dataset(f"clicks-dlrm@{path}")
    with pytest.raises(DatasetMismatch, match="13 counts and 26 categories"):
        load_dataset(f"clicks-rm1@{path}")


@settings(max_examples=60)
@given(content=st.binary(max_size=400))
def test_any_file_is_read_or_is_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("criteo") / "log.tsv"
    path.write_bytes(content)
    spec = dataclasses.replace(SPEC, dense=13, tables=26, lookups=1)
    with pytest.raises(DatasetInvalid):
        load_criteo(path, spec)


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        (3, "1_0", "'1_0' is not a count"),
        (20, "f" * 17, "is not a hash"),
        (20, "0x1f", "'0x1f' is not a hash"),
        (3, "9" * 99, "'9{40}' is not a count"),
        (0, "1" * 10_000, "longer than 4,096 bytes"),
    ],
)
def test_a_field_that_no_log_has_is_named(
    tmp_path: Path, place: int, value: str, says: str
) -> None:
    fields = ["1", *["3"] * 13, *["68fd1e64"] * 26]
    fields[place] = value
    path = tmp_path / "log.tsv"
    path.write_text("\t".join(["1", *["3"] * 13, *["68fd1e64"] * 26]) + "\n" + "\t".join(fields))
    with pytest.raises(DatasetInvalid, match=f"line 2: .*{says}") as raised:
        load_criteo(path, dataclasses.replace(SPEC, dense=13, tables=26, lookups=1))
    assert "Python" not in str(raised.value)


def test_a_log_without_ends_of_lines_is_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "log.tsv"
    with path.open("wb") as file:
        file.truncate(2**30)  # takes no space
    tracemalloc.start()
    with pytest.raises(DatasetInvalid, match="line 1: longer than 4,096 bytes"):
        load_criteo(path, dataclasses.replace(SPEC, dense=13, tables=26, lookups=1))
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()
