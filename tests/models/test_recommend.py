"""Recommendation models: the graph computes DLRM, in every format, at any batch."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from math import gcd
from pathlib import Path

import numpy as np
import pytest

from edgebench.datasets.card import load_dataset_card
from edgebench.datasets.clicks.make import make_log
from edgebench.datasets.load import load_dataset
from edgebench.errors import CardInvalid, ModelNotSupported, SutFailed, UsageError
from edgebench.host.caches import last_level_cache_bytes
from edgebench.models.card import load_model_card
from edgebench.models.geometry import Geometry
from edgebench.models.interpret import Interpreted, outputs_of
from edgebench.models.recommend.footprint import size_beyond
from edgebench.models.recommend.graph import (
    FORMATS,
    TABLE_BITS,
    Format,
    Layer,
    Weights,
    recommendation_model,
)
from edgebench.models.recommend.grow import Larger, geometry_of, grow
from edgebench.models.recommend.read import read_weights
from edgebench.models.resolve import Model, resolve_model
from edgebench.registry import card_files
from edgebench.runtime_settings import RuntimeSettings
from edgebench.sut.host.system import HostSut
from edgebench.sut.runtimes.litert import LITERT
from tests.conftest import RUNTIME_NAMES

DOT = Geometry(13, 5, 40, 8, 1, (16, 8), (12, 1), "dot")
CONCAT = Geometry(6, 3, 50, 4, 7, (4,), (8, 1), "concat")
ZOO = ("dlrm-edge", "rm1-edge", "rm2-edge", "rm3-edge")


def weights_for(geometry: Geometry, seed: int = 1) -> Weights:
    rng = np.random.default_rng(seed)

    def mlp(size: int, widths: tuple[int, ...]) -> tuple[Layer, ...]:
        made = []
        for width in widths:
            made.append(
                Layer(
                    rng.normal(0, size**-0.5, (width, size)).astype(np.float32),
                    rng.normal(0, 0.1, width).astype(np.float32),
                )
            )
            size = width
        return tuple(made)

    tables = tuple(
        rng.normal(0, geometry.lookups**-0.5, (geometry.rows, geometry.dim)).astype(np.float32)
        for _ in range(geometry.tables)
    )
    bottom = mlp(geometry.dense, geometry.bottom)
    return Weights(tables, bottom, mlp(geometry.interaction_width, geometry.top))


def reference(geometry: Geometry, weights: Weights, dense: object, rows: object) -> object:
    """DLRM in numpy, from the paper: float64."""
    x = np.asarray(dense, np.float64)
    for layer in weights.bottom:
        x = np.maximum(x @ layer.weights.T + layer.bias, 0)
    indices = np.asarray(rows)
    pooled = [table[indices[:, t]].sum(axis=1) for t, table in enumerate(weights.tables)]
    features = np.stack([x, *pooled], axis=1)
    if geometry.interaction == "dot":
        count = geometry.tables + 1
        dots = [(features[:, i] * features[:, j]).sum(1) for i in range(count) for j in range(i)]
        y = np.concatenate([x, np.stack(dots, axis=1)], axis=1)
    else:
        y = features.reshape(len(x), -1)
    for number, layer in enumerate(weights.top):
        y = y @ layer.weights.T + layer.bias
        y = y if number == len(weights.top) - 1 else np.maximum(y, 0)
    return 1 / (1 + np.exp(-y))


def as_model(geometry: Geometry, weights: Weights, form: str) -> Model:
    content = recommendation_model(geometry, weights, form).to_bytes()  # type: ignore[arg-type]
    return Model("made", form, Path("made.tflite"), "", content, None)


@pytest.mark.parametrize("geometry", [DOT, CONCAT])
@pytest.mark.parametrize(("form", "near"), list(zip(FORMATS, (1e-5, 0.02, 0.12), strict=True)))
@pytest.mark.parametrize("runtime", RUNTIME_NAMES)
def test_the_graph_is_dlrm(geometry: Geometry, form: str, near: float, runtime: str) -> None:
    weights = weights_for(geometry)
    rng = np.random.default_rng(2)
    dense = rng.random((20, geometry.dense), np.float32)
    rows = rng.integers(0, geometry.rows, (20, geometry.tables, geometry.lookups), np.int32)
    model = as_model(geometry, weights, form)
    if form == "int4-tables" and runtime == "tflite-runtime":
        with pytest.raises(ModelNotSupported, match="tflite-runtime can't run"):
            Interpreted(model, runtime)
        return
    found = outputs_of(model, zip(dense, rows, strict=True), runtime)
    assert np.abs(found - reference(geometry, weights, dense, rows)).max() < near


@pytest.mark.parametrize("batch", [1, 3, 8])
def test_any_batch_gives_the_same(batch: int) -> None:
    model = as_model(DOT, weights_for(DOT), "float32")
    rng = np.random.default_rng(2)
    samples = {
        index: (rng.random(13, np.float32), rng.integers(0, 40, (5, 1), np.int32))
        for index in range(8)
    }
    alone = outputs_of(model, samples.values())
    with HostSut(model, LITERT, RuntimeSettings(batch=batch)) as sut:
        sut.load(samples)
        ran = sut.infer(tuple(range(8)))
        found = ran.outputs[:8].copy().view(np.float32)
    assert np.allclose(found, alone, atol=1e-6)


def test_a_row_that_is_not_there_is_refused_and_reads_nothing() -> None:
    model = Interpreted(as_model(DOT, weights_for(DOT), "float32"))
    with pytest.raises(SutFailed, match=r"sample 0: op 5, EMBEDDING_LOOKUP, .* out of bounds"):
        model.run((np.zeros(13, np.float32), np.full((5, 1), 40, np.int32)))


def test_weights_come_back_out_of_the_file() -> None:
    weights = weights_for(CONCAT)
    back = read_weights(as_model(CONCAT, weights, "float32"), CONCAT)
    for one, other in zip(weights.tables, back.tables, strict=True):
        assert np.array_equal(one, other)
    assert np.array_equal(weights.top[-1].bias, back.top[-1].bias)
    with pytest.raises(ModelNotSupported, match="no float32 `table0`"):
        read_weights(as_model(CONCAT, weights, "int8-dynamic"), CONCAT)


def table_values(geometry: Geometry) -> int:
    """Return how many values all embedding tables have."""
    return geometry.tables * geometry.rows * geometry.dim


@pytest.mark.parametrize("name", ZOO)
def test_the_zoo_is_what_its_cards_say(name: str) -> None:
    geometry = geometry_of(name)
    data = load_dataset(resolve_model(name).card.dataset)  # type: ignore[union-attr]
    for form in FORMATS:
        model = resolve_model(f"{name}:{form}")
        assert model.card is not None
        dense, rows = model.facts.inputs
        assert dense.sample_shape == data.sample(0)[0].shape == (geometry.dense,)
        assert rows.sample_shape == data.sample(0)[1].shape == (geometry.tables, geometry.lookups)
        names = {op.name for op in model.facts.ops}
        assert ("BATCH_MATMUL" in names) == (geometry.interaction == "dot")
        assert sum(op.name == "EMBEDDING_LOOKUP" for op in model.facts.ops) == geometry.tables
        assert model.card.variants[form].accuracy > model.card.quality.target
    bits = {"float32": 32, "int8-dynamic": 8, "int4-tables": 4}
    sizes = {form: resolve_model(f"{name}:{form}").facts.weight_bytes for form in FORMATS}
    saved = (sizes["int8-dynamic"] - sizes["int4-tables"]) / table_values(geometry)
    assert saved == pytest.approx((bits["int8-dynamic"] - bits["int4-tables"]) / 8, rel=0.01)


def test_the_zoos_recommendation_models_ship_in_less_than_5_mb() -> None:
    files = [path for name in ZOO for path in card_files("models")[name].parent.iterdir()]
    assert sum(path.stat().st_size for path in files) < 5e6


def test_ratios_between_the_models_are_the_papers() -> None:
    """DeepRecSys: rows 8 : 1 : 4, lookups 4 : 6 : 1, tables 8, 32 and 10."""
    shapes = [geometry_of(name) for name in ("rm1-edge", "rm2-edge", "rm3-edge")]
    assert [shape.tables for shape in shapes] == [8, 32, 10]
    assert [shape.rows // shapes[1].rows for shape in shapes] == [8, 1, 4]
    assert [shape.lookups / shapes[2].lookups for shape in shapes] == [4, 6, 1]
    # RM3 is the one of the MLPs, RM2 the one of the lookups.
    assert shapes[2].mlp_values > table_values(shapes[2])
    assert shapes[1].tables * shapes[1].lookups == max(s.tables * s.lookups for s in shapes)


PAPERS = {
    # 1906.00091, section 5: Criteo's Kaggle set. DeepRecSys: models/configs of its code.
    "dlrm-edge": Geometry(13, 26, 10**6, 16, 1, (512, 256, 64, 16), (512, 256, 1), "dot"),
    "rm1-edge": Geometry(128, 8, 4_000_000, 32, 80, (64, 32), (256, 64, 1), "concat"),
    "rm2-edge": Geometry(256, 32, 500_000, 64, 120, (128, 64), (128, 64, 1), "concat"),
    "rm3-edge": Geometry(2560, 10, 2_000_000, 32, 20, (1024, 256, 32), (512, 256, 1), "concat"),
}


def macs(shape: Geometry) -> int:
    """Of the MLPs: the products of their layers' widths."""
    sizes = ((shape.dense, *shape.bottom), (shape.interaction_width, *shape.top))
    return sum(a * b for each in sizes for a, b in pairwise(each))


def macs_per_byte(shape: Geometry) -> str:
    return f"{macs(shape) / (4 * shape.dim * shape.tables * shape.lookups):.3g}"


def proportion(*values: int) -> str:
    return " : ".join(str(value // gcd(*values)) for value in values)


def test_the_proportions_that_the_docs_state_are_true() -> None:
    text = (Path(__file__).parents[2] / "docs" / "recommendation.md").read_text()
    found = {
        cells[0]: cells[1:3]
        for line in text.splitlines()
        if line.startswith("| ") and len(cells := [c.strip() for c in line.split("|")[1:-1]]) == 4
    }
    here = {name: geometry_of(name) for name in PAPERS}
    names = {"RM1": "rm1-edge", "RM2": "rm2-edge", "RM3": "rm3-edge", "DLRM": "dlrm-edge"}
    for short, name in names.items():
        stated = found[f"MACs per looked-up byte (float32), {short}"]
        assert [macs_per_byte(each[name]) for each in (here, PAPERS)] == stated
    for column, shapes in enumerate((here, PAPERS)):
        three = [shapes[name] for name in ("rm1-edge", "rm2-edge", "rm3-edge")]
        of = ", RM1 : RM2 : RM3"
        assert found[f"rows per table{of}"][column] == proportion(*(s.rows for s in three))
        assert found[f"lookups per table{of}"][column] == proportion(*(s.lookups for s in three))
        assert found[f"width of a row{of}"][column] == proportion(*(s.dim for s in three))
        tables = ", ".join(str(shape.tables) for shape in three)
        assert found["tables, RM1, RM2, RM3"][column] == tables
        ratio = macs(three[2]) / macs(three[0])
        assert found["MACs of the MLPs, RM3 : RM1"][column] == f"{ratio:.1f}"


def test_a_larger_one_has_the_same_auc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = grow("rm3-edge", Larger(2000, formats=("int8-dynamic",)), tmp_path)
    monkeypatch.setenv("EDGEBENCH_PATH", str(tmp_path))
    assert made.name == "rm3-edge-r2000"
    model = resolve_model(made.name)
    assert model.card is not None
    assert model.card.dataset == "clicks-rm3-r2000"
    (found,) = made.variants
    form, auc = found.variant, found.auc
    assert form == "int8-dynamic"
    assert found.size_bytes == len(model.content) > 10 * 2000 * 8
    assert found.touched_bytes == 64 * found.touched_lines <= 10 * 2000 * 8
    small = resolve_model("rm3-edge:int8-dynamic").card
    assert small is not None
    assert auc == pytest.approx(small.variants[form].accuracy, abs=0.04)
    assert load_dataset(model.card.dataset).count == 2000
    assert geometry_of(made.name).rows == 2000


def test_variants_that_are_made_one_by_one_share_a_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEBENCH_PATH", str(tmp_path))
    for form in ("int8-dynamic", "float32", "int8-dynamic"):
        made = grow("rm3-edge", Larger(512, samples=50, formats=(form,)), tmp_path)
        assert [each.variant for each in made.variants] == [form]
        assert resolve_model(f"{made.name}:{form}").variant == form
    card = load_model_card(made.folder / "card.toml")
    assert list(card.variants) == ["float32", "int8-dynamic"]
    assert card.default_variant == "int8-dynamic"
    # A file that was removed is not named any more, and a damaged card is written again.
    card.variants["float32"].file.unlink()
    grow("rm3-edge", Larger(512, samples=50, formats=("int8-dynamic",)), tmp_path)
    assert list(load_model_card(made.folder / "card.toml").variants) == ["int8-dynamic"]
    (made.folder / "card.toml").write_text("name = ")
    again = grow("rm3-edge", Larger(512, samples=50, formats=("int8-dynamic",)), tmp_path)
    assert resolve_model(f"{again.name}:int8-dynamic").variant == "int8-dynamic"


def test_what_can_not_be_made_is_said(tmp_path: Path) -> None:
    for model, rows, says in (
        ("kws-ds-cnn", 1000, "those are dlrm-edge, rm1-edge, rm2-edge, rm3-edge"),
        ("rm3-edge", 100, "itself has 512 rows"),
        ("rm2-edge", 10_000_000, "2 GB: at most"),
    ):
        with pytest.raises(UsageError, match=says):
            grow(model, Larger(rows), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", ["dlrm-edge", "rm2-edge"])
def test_beyond_a_cache_twice_as_much_is_touched(name: str, form: Format) -> None:
    """Counted by hand: tables that are large alone are touched in few places."""
    geometry, cache = geometry_of(name), 2**17
    card = resolve_model(name).card
    assert card is not None
    clicks = load_dataset_card(card_files("datasets")[card.dataset]).clicks
    assert clicks is not None
    clicks = dataclasses.replace(clicks, samples=10)
    found = size_beyond(geometry, clicks, form, cache, 10**9)
    spec = dataclasses.replace(clicks, rows=found.rows, samples=found.samples)
    row_bytes = geometry.dim * TABLE_BITS[form] // 8
    lines = {
        (table, byte // 64)
        for sample in make_log(spec, "trace").rows.tolist()
        for table, rows in enumerate(sample)
        for row in rows
        for byte in (row * row_bytes, (row + 1) * row_bytes - 1)
    }
    assert len(lines) == found.lines
    assert 2 * cache <= 64 * found.lines < 6 * cache
    # A sample of dlrm-edge looks up one row per table: hundreds are needed.
    assert name == "rm2-edge" or found.samples > 100


def test_caches_are_read_as_the_kernel_lists_them(tmp_path: Path) -> None:
    for index, size in enumerate(("48K", "2048K", "32M", "junk")):
        (tmp_path / f"index{index}").mkdir()
        (tmp_path / f"index{index}" / "size").write_text(size + "\n")
    assert last_level_cache_bytes(tmp_path) == 32 * 2**20
    assert last_level_cache_bytes(tmp_path / "none") is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("top = [128, 64, 1]", "top = [128, 64, 2]"), "line 21: .*top` must end in 1, not in 2"),
        (("bottom = [128, 64, 16]", "bottom = []"), r"line 20: .*bottom` must be sizes of .* \[\]"),
        (
            ('interaction = "dot"', 'interaction = "sum"'),
            "line 22: .*one of concat, dot",
        ),
        (("rows = 256", "rows = 0"), "line 17: .*rows` must be at least 1, not 0"),
        (("dim = 16\n", ""), "line 14: `recommendation.dim` is missing"),
    ],
)
def test_a_bad_card_says_what(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    text = card_files("models")["dlrm-edge"].read_text()
    assert change[0] in text
    (tmp_path / "card.toml").write_text(text.replace(*change))
    with pytest.raises(CardInvalid, match=says):
        load_model_card(tmp_path / "card.toml")
