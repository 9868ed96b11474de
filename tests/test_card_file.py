"""Cards: what is wrong in one is said all at once, with the lines."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgebench.boards.card import load_board_card
from edgebench.card_file import CardFile, read_toml, to_toml
from edgebench.datasets.card import load_dataset_card, write_dataset_card
from edgebench.errors import CardInvalid
from edgebench.models.card import load_model_card, write_model_card
from edgebench.models.packages.catalog import CATALOG, catalog
from edgebench.registry import card_files
from edgebench.text.toml_lines import TomlLines
from tests.conftest import ONE_FOLDER, ROOT

PACKAGED = {
    kind: {path.parent.name: path for path in sorted((ROOT / kind).glob("*/card.toml"))}
    for kind in ("datasets", "models")
}
"""Not those that a user has made, which may change while tests run."""
BOARD = card_files("boards")["mps2-an386"]
MODEL = card_files("models")["dlrm-edge"]
DATASET = card_files("datasets")["clicks-rm1"]
READERS: tuple[tuple[Path, Callable[[Path], object]], ...] = (
    (BOARD, load_board_card),
    (MODEL, load_model_card),
    (DATASET, load_dataset_card),
    (card_files("datasets")["digits"], load_dataset_card),
    (CATALOG, catalog),
)


def changed(tmp_path: Path, card: Path, *changes: tuple[str, str]) -> Path:
    text = card.read_text(encoding="utf-8")
    for before, after in changes:
        assert text.count(before) >= 1, before
        text = text.replace(before, after, 1)
    path = tmp_path / card.name
    path.write_text(text, encoding="utf-8")
    return path


def test_all_faults_of_a_board_are_listed_in_order_with_their_lines(tmp_path: Path) -> None:
    path = changed(
        tmp_path,
        BOARD,
        ('processor = "Cortex-M4 with FPU"\n', ""),
        ('kernels = "dsp"', 'kernals = "dsp"'),
        ('ports = ["cortex_m", "mps2"]', 'ports = "mps2"'),
        ("flash_bytes = 0x00400000", "flash_bytes = true"),
        ("ram_bytes = 0x00400000", 'ram_bytes = 0x00400000\nslots = "8"'),
        ("instructions_per_us = 15.625", "instructions_per_us = []"),
    )
    with pytest.raises(CardInvalid) as raised:
        load_board_card(path)
    assert str(raised.value).splitlines() == [
        f"{path}: 6 faults",
        "  `processor` is missing",
        "  line 5: `firmware.kernals` is unknown; did you mean `kernels`?",
        "  line 6: `firmware.ports` must be a list, not 'mps2'",
        "  line 12: `firmware.flash_bytes` must be an integer, not True",
        "  line 15: `firmware.slots` must be an integer, not '8'",
        "  line 19: `emulator.instructions_per_us` must be a number, not []",
    ]
    assert len(raised.value.faults) == 6


def test_one_fault_is_one_line(tmp_path: Path) -> None:
    path = changed(tmp_path, BOARD, ('kernels = "dsp"', 'kernels = "neon"'))
    with pytest.raises(CardInvalid) as raised:
        load_board_card(path)
    assert str(raised.value) == (
        f"{path}, line 6: `firmware.kernels` must be one of portable, dsp, helium, not 'neon'"
    )
    (fault,) = raised.value.faults
    assert (fault.keys, fault.line) == (("firmware", "kernels"), 6)


def test_what_must_hold_between_keys_is_listed_too(tmp_path: Path) -> None:
    path = changed(
        tmp_path,
        MODEL,
        ('default_variant = "int8-dynamic"', 'default_variant = "int2"'),
        ("top = [128, 64, 1]", "top = [128, 64, 2]"),
        ("most_evaluations = 60", "most_evaluations = 0"),
        ('file = "dlrm-edge_float32.tflite"', 'file = "../../etc/passwd"'),
    )
    with pytest.raises(CardInvalid) as raised:
        load_model_card(path)
    assert [fault.line for fault in raised.value.faults] == [7, 21, 29, 32]


def test_a_card_does_not_name_itself(tmp_path: Path) -> None:
    path = changed(tmp_path, BOARD, ("summary =", 'name = "other"\nsummary ='))
    with pytest.raises(CardInvalid, match="line 1: `name` is unknown; the file's place says it"):
        load_board_card(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a = \nb = 1", "line 1, column 5"),
        ("a = 1" + "0" * 6000, "not a readable TOML card"),
        ("a = " + "[" * 10_000, "not a readable TOML card"),
        ("[[a]]\nb = [1, 0x" + "f" * 5000 + "]", "not a readable TOML card.*`b` is a whole number"),
    ],
)
def test_what_is_no_toml_is_said(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "card.toml").write_text(text)
    with pytest.raises(CardInvalid, match=says):
        read_toml(tmp_path / "card.toml")
    (tmp_path / "card.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(CardInvalid, match="not a readable TOML card"):
        read_toml(tmp_path / "card.toml")


def test_a_fault_in_a_list_of_tables_has_its_line(tmp_path: Path) -> None:
    path = changed(tmp_path, CATALOG, ("size_bytes = 43392", "syze = 43392"))
    number = next(
        number
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if "syze" in line
    )
    with pytest.raises(CardInvalid, match=rf"line {number}: .*\.files\[1\]\.syze` is unknown"):
        catalog(path)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('path = "kws_ref_model.tflite"', 'path = "../x"', "outside the package"),
        (
            'source = "tiny"',
            'source = "tin"',
            "`source`: unknown value 'tin'; choose from tiny, energyrunner (did you mean tiny?)",
        ),
        ('labels = "kws01"', 'labels = "kws"', "`labels`: unknown value 'kws'; choose from kws01"),
        ("size_bytes = 53936", "size_bytes = -1", "`size_bytes` must be at least 0, not -1"),
    ],
)
def test_what_a_catalog_must_hold(tmp_path: Path, before: str, after: str, says: str) -> None:
    with pytest.raises(CardInvalid, match=re.escape(says)):
        catalog(changed(tmp_path, CATALOG, (before, after)))


@pytest.mark.parametrize("name", PACKAGED["models"])
def test_a_model_card_reads_back_as_it_was_written(tmp_path: Path, name: str) -> None:
    card = load_model_card(PACKAGED["models"][name])
    path = tmp_path / name / "card.toml"
    write_model_card(path, card)
    again = load_model_card(path)
    assert [each.file.parent for each in again.variants.values()] == [path.parent] * len(
        card.variants
    )
    # A card that was made of another has its files with it, wherever the other's come from.
    own = replace(
        card,
        path=path,
        variants={
            key: replace(each, file=path.parent / each.file.name, package="")
            for key, each in card.variants.items()
        },
    )
    assert again == own


@pytest.mark.parametrize("name", PACKAGED["datasets"])
def test_a_dataset_card_reads_back_as_it_was_written(tmp_path: Path, name: str) -> None:
    card = load_dataset_card(PACKAGED["datasets"][name])
    path = tmp_path / name / "card.toml"
    write_dataset_card(path, card)
    # Not by their reprs, which are cut short.
    own = replace(
        card,
        path=path,
        parts={
            key: replace(each, file=path.parent / each.file.name)
            for key, each in card.parts.items()
        },
    )
    assert load_dataset_card(path) == own


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=150, suppress_health_check=ONE_FOLDER)
@given(data=st.data())
def test_no_card_ends_in_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    """Any value anywhere, or a key renamed, is read or refused with the key's name."""
    card, read = data.draw(st.sampled_from(READERS))
    text = card.read_text(encoding="utf-8")
    values: Any = tomllib.loads(text)
    lines = TomlLines(card, text)
    table = values
    while True:
        keys = list(table) if isinstance(table, dict) else list(range(len(table)))
        key = data.draw(st.sampled_from(keys))
        inner = table[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            break
        table = inner
    if isinstance(table, dict) and data.draw(st.booleans()):
        table["renamed"] = table.pop(key)
    else:
        table[key] = data.draw(VALUES)
    with monkeypatch.context() as patch:
        for module in ("edgebench.card_file", "edgebench.datasets.card"):
            patch.setattr(f"{module}.read_toml", lambda path: CardFile(path, values, lines))
        try:
            read(card)
        except CardInvalid as error:
            assert error.faults
            assert str(card) in str(error)


def test_values_are_written_as_toml() -> None:
    values = {
        "text": 'quoted "so" \\ and\nlines',
        "whole": 3,
        "share": 0.5,
        "on": False,
        "none": None,
        "list": [[1, 2], [3, 4]],
        "table": {"deep": {"key": "ü"}, "at": 1},
    }
    read = tomllib.loads(to_toml(values))
    del values["none"]
    assert read == values
