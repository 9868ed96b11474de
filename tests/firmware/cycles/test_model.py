"""The cycle model: what its table says, and how far published results are from it."""

from __future__ import annotations

import importlib.util
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median
from types import ModuleType

import pytest
from filelock import FileLock

from edgebench.boards.card import (
    MOST_LINES,
    TimingCard,
    board_card,
    board_cards,
    load_board_card,
)
from edgebench.errors import CardInvalid, EdgebenchError
from edgebench.firmware.building.image import firmware_of
from edgebench.firmware.c_files import sources
from edgebench.firmware.cycles import corrections
from edgebench.firmware.cycles.classes import Classes
from edgebench.firmware.cycles.cores import core_of, cycle_table
from edgebench.firmware.cycles.corrections import Correction, correction_for, keep_ratio
from edgebench.firmware.cycles.emulated_board import emulated_board_of
from edgebench.firmware.cycles.estimate import bound_of, estimate
from edgebench.results.formatting import estimate_text
from tests.conftest import ROOT

PAIRS = ROOT.parent / "shared" / "mcu_cycles.csv"
COUNTS = Classes(
    instructions=1_000_000,
    single_loads=200_000,
    load_runs=100_000,
    multi_words=50_000,
    multiples=20_000,
    stores=30_000,
    taken_branches=40_000,
    blocks=80_000,
    simd_macs=300_000,
)
M4 = next(core for core in cycle_table().core if core.name == "Cortex-M4")
IDEAL = TimingCard(100)


@pytest.fixture(scope="module")
def fit() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "cycle_model", ROOT / "benchmarks" / "cycle_model.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["cycle_model"] = module
    spec.loader.exec_module(module)
    return module


needs_pairs = pytest.mark.skipif(
    not PAIRS.is_file(), reason=f"{PAIRS} with published results is not there"
)


@needs_pairs
def test_each_published_result_is_foretold_by_the_others(fit: ModuleType) -> None:
    pairs = fit.read_pairs(PAIRS)
    found = fit.left_out(pairs)
    errors = [abs(each.cycles / pair.cycles - 1) for pair, each in zip(pairs, found, strict=True)]
    assert len(pairs) >= 13
    assert median(errors) < 0.05
    assert max(errors) < 0.12
    held = sum(
        each.low <= pair.cycles <= each.high for pair, each in zip(pairs, found, strict=True)
    )
    assert held >= 0.95 * len(pairs)


@needs_pairs
def test_the_table_holds_what_the_fit_gives(fit: ModuleType) -> None:
    table = cycle_table()
    for name, figure in fit.fitted(fit.read_pairs(PAIRS)).items():
        owner, _, part = name.partition(".")
        kept = (
            getattr(table.flash, part)
            if owner == "flash"
            else fit.core_named(table, owner).cycles[part]
        )
        assert kept == pytest.approx(figure, abs=0.006), name


@needs_pairs
def test_the_table_says_how_many_figures_the_pairs_decide(fit: ModuleType) -> None:
    flash, pairs = cycle_table().flash, fit.read_pairs(PAIRS)
    assert flash.pairs == len(pairs)
    assert flash.figures == pytest.approx(fit.decided(fit.fitted(pairs)), abs=0.05)
    both = zip(pairs, fit.left_out(pairs), strict=True)
    squares = [(found.cycles / pair.cycles - 1) ** 2 for pair, found in both]
    assert flash.relative_error == pytest.approx(fmean(squares) ** 0.5, abs=0.005)


def test_no_pair_decides_nothing(fit: ModuleType) -> None:
    assert fit.decided(fit.fitted([])) == pytest.approx(0, abs=1e-9)


def test_a_fit_to_nothing_is_the_timing_tables(fit: ModuleType) -> None:
    for name, (value, deviation) in fit.fitted([]).items():
        assert (value, deviation) == pytest.approx(fit.PRIOR[name]), name


def test_a_fit_finds_the_figures_that_made_its_pairs(fit: ModuleType) -> None:
    true = {**{name: value for name, (value, _) in fit.PRIOR.items()}, "Cortex-M4.load_runs": 1.8}
    pairs = []
    for runs in range(20, 400, 20):
        counts = replace(COUNTS, load_runs=1_000 * runs, taken_branches=90_000 - 150 * runs)
        cycles = 1_000_000 + 50_000 + 1.8 * counts.load_runs + 2 * counts.taken_branches
        pairs.append(fit.Pair(f"{runs}", "Cortex-M4", IDEAL, counts, cycles))
    found = fit.fitted(pairs)
    for name in ("Cortex-M4.load_runs", "Cortex-M4.taken_branches"):
        assert found[name][0] == pytest.approx(true[name], abs=0.1), name


def test_every_board_with_firmware_has_a_core_a_clock_and_a_twin() -> None:
    for board in board_cards().values():
        if board.firmware is None:
            continue
        core = core_of(board.firmware)
        assert core is not None, board.name
        assert board.timing is not None, board.name
        assert board.timing.source, board.name
        twin = emulated_board_of(board)
        assert twin.emulator is not None
        assert firmware_of(twin).flags == board.firmware.flags
        assert firmware_of(twin).kernels == board.firmware.kernels
    emulated = {each.emulated_by for each in cycle_table().core}
    assert all(board_card(name).emulator is not None for name in emulated)


def test_waits_count_what_the_flash_is_slower_and_are_none_where_it_is_not() -> None:
    missing = replace(COUNTS, data_misses=10_000, code_misses=2_000)
    assert estimate(missing, M4, IDEAL).cycles == estimate(COUNTS, M4, IDEAL).cycles
    slow = TimingCard(100, flash_wait_states=5, flash_access_bytes=16, line_bytes=32)
    assert slow.line_wait_cycles == 10
    waits = estimate(missing, M4, slow).cycles - estimate(COUNTS, M4, slow).cycles
    flash = cycle_table().flash
    assert waits == pytest.approx(10 * (10_000 * flash.data[0] + 2_000 * flash.code[0]))
    assert bound_of(missing, M4, replace(slow, flash_wait_states=500)).name == "flash"
    assert bound_of(COUNTS, M4, IDEAL).name != "flash"


def test_a_core_without_published_results_has_a_wider_interval() -> None:
    widths = {}
    for core in cycle_table().core:
        found = estimate(COUNTS, core, IDEAL)
        assert found.low < found.cycles < found.high
        widths[core.name] = found.high / found.low
    fitted = {core.name for core in cycle_table().core if core.fitted}
    assert max(widths[name] for name in fitted) < min(
        width for name, width in widths.items() if name not in fitted
    )


def test_a_measured_board_corrects_later_estimates_and_they_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    board = board_card("raspberry-pi-pico")
    core = core_of(firmware_of(board))
    assert core is not None and board.timing is not None
    assert correction_for(board, "balanced") is None
    plain = estimate(COUNTS, core, board.timing)
    assert "no board was measured" in estimate_text(plain.record())
    for model, ratio in (("a", 1.2), ("b", 1.4), ("c", 1.3), ("a", 1.25)):
        assert keep_ratio(board, "balanced", model, ratio)
    assert not keep_ratio(board, "balanced", "d", 200.0)
    found = correction_for(board, "balanced")
    assert found == Correction(1.3, 3, pytest.approx(0.0576, abs=1e-4))
    other = replace(board, timing=replace(board.timing, flash_wait_states=9))
    assert correction_for(other, "balanced") is None
    assert correction_for(replace(board, timing=replace(board.timing, source="else")), "balanced")
    assert correction_for(board, "speed") is None
    assert correction_for(board_card("raspberry-pi-pico-2"), "balanced") is None
    corrected = estimate(COUNTS, core, board.timing, correction=found)
    assert corrected.cycles == pytest.approx(1.3 * plain.cycles)
    assert corrected.high / corrected.low < plain.high / plain.low
    assert "corrected by 3 measurement(s) of a board" in estimate_text(corrected.record())
    (kept,) = (tmp_path / "edgebench" / "measured-boards").glob("*.json")
    kept.write_text("{")
    assert correction_for(board, "balanced") is None


def test_one_measurement_does_not_say_how_much_models_differ() -> None:
    core = next(core for core in cycle_table().core if core.name == "Cortex-M7")

    def width(measurements: int, scatter: float = 0.0) -> float:
        found = Correction(1.2, measurements, scatter) if measurements else None
        each = estimate(COUNTS, core, IDEAL, correction=found)
        return each.high / each.low

    assert width(1) == pytest.approx(width(0))
    assert width(1) > width(2) > width(3) > width(1000)
    assert width(3, scatter=0.5) > width(1)
    fitted = estimate(COUNTS, M4, IDEAL)
    assert width(1000) >= fitted.high / fitted.low


def test_ratios_that_are_kept_at_the_same_time_are_all_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board, models = board_card("raspberry-pi-pico"), 8
    with ThreadPoolExecutor(models) as pool:
        assert all(
            pool.map(lambda name: keep_ratio(board, "balanced", str(name), 1.2), range(models))
        )
    found = correction_for(board, "balanced")
    assert found is not None and found.measurements == models
    folder = tmp_path / "xdg" / "edgebench" / "measured-boards"
    monkeypatch.setattr(corrections, "LOCK_S", 0.0)
    with FileLock(folder / corrections.LOCK), pytest.raises(EdgebenchError, match="writes there"):
        keep_ratio(board, "balanced", "another", 1.2)


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ("timing", "clock_mhz = 0"),
        ("timing", "clock_mhz = nan"),
        ("timing", "flash_access_bytes = 0"),
        ("timing", "flash_wait_states = -1"),
        ("timing", "line_bytes = 0"),
        ("timing", "code_lines = 4097"),
        ("timing", "data_lines = -1"),
        ("emulator", "instructions_per_us = 0"),
    ],
)
def test_a_card_with_figures_that_nothing_can_have_is_refused(
    table: str, line: str, tmp_path: Path
) -> None:
    key = line.partition(" ")[0]
    clock = "" if key == "clock_mhz" or table != "timing" else "clock_mhz = 100\n"
    card = tmp_path / "mine.toml"
    card.write_text(f'summary = "mine"\nprocessor = "one"\n[{table}]\n{clock}{line}\n')
    with pytest.raises(CardInvalid, match=r"line \d+: \S+ is not from"):
        load_board_card(card)


def test_the_plug_in_simulates_the_largest_cache_of_a_card() -> None:
    (source,) = sources("emulator")
    assert f"#define MOST_LINES {MOST_LINES}U" in source.read_text()
