"""Energies and averages of published traces are computed to the digit; see the benchmark."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "published_energy.py"


def compared(folder: Path) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, BENCHMARK, folder], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout.splitlines()


def test_every_published_energy_is_computed_to_the_digit(published: Path) -> None:
    assert compared(published) == (
        0,
        ["5 of 5 MLPerf Tiny windows to the digit", "2 of 2 MLPerf averages to the digit"],
    )


def test_a_figure_that_differs_in_its_last_digit_is_listed(published: Path, tmp_path: Path) -> None:
    folder = tmp_path / "energy"
    shutil.copytree(published / "tiny_v1.3/NUCLEO_L4R5ZI-P/kws/energy", folder)
    results = folder / "results.txt"
    lines = results.read_text().splitlines()
    place = next(number for number, line in enumerate(lines) if "Total Energy" in line)
    value = lines[place].split()[-2]
    other = value[:-1] + ("1" if value[-1] == "9" else "9")
    lines[place] = lines[place].replace(value, other)
    results.write_text("\n".join(lines))
    # The log, which has the true figures, is not asked where results.txt has them.
    (folder / "log.txt").unlink()
    code, (listed, summary) = compared(folder.parent)
    assert code == 1
    assert listed.startswith(f"{folder / 'results.json'}, window 0: ")
    assert listed.endswith(f" for {other}")
    assert summary == "4 of 5 MLPerf Tiny windows to the digit"


def test_samples_that_are_all_invalid_have_no_mean_to_compare(tmp_path: Path) -> None:
    rows = [f"Time,11-30-2026 10:00:0{n}.000,Watts,-1.000000,Volts,230.0,Amps,0.1" for n in (1, 2)]
    log = tmp_path / "server.log"
    replies = ("\n".join(rows), "Watts,0.000000,0.000000,0.000000,2,0,2")
    log.write_text("".join(f"Reply from ptd: {each!r}\n" for each in replies))
    assert compared(tmp_path) == (
        1,
        [f"nothing to compare: {log}, line 2: all its samples are marked as invalid"],
    )
