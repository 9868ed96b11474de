"""Files that a meter is played by: they are of when they are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgebench.clock import now_ns
from edgebench.errors import MeterLost
from edgebench.virtual.meters.player_process import Played
from edgebench.virtual.meters.tree import Conversions, Tree


def test_files_are_written_when_they_are_asked_for_and_not_before() -> None:
    with Played("rapl", ["seed=1"]) as played:
        counter = Path(played.place) / "sys/class/powercap/intel-rapl:0/energy_uj"
        before = int(counter.read_text())
        soon = now_ns() + 20_000_000
        while now_ns() < soon:
            assert int(counter.read_text()) == before
        played.write_files()
        assert int(counter.read_text()) > before
    with pytest.raises(MeterLost, match="the process that plays the meter has ended"):
        played.write_files()


def test_a_converter_s_last_value_is_of_a_whole_conversion(tmp_path: Path) -> None:
    conversions = Conversions(now_ns() - 1_000_000_000, 300_000_000)
    number = conversions.last()
    start, end = conversions.span_ns(number)
    assert end - start == 300_000_000
    assert end <= now_ns()
    written = iter(("1", "2", "3"))
    with Tree({}, lambda: {tmp_path / "value": next(written)}) as tree:
        assert (tmp_path / "value").read_text() == "2\n"
        tree.write()
        assert (tmp_path / "value").read_text() == "3\n"
