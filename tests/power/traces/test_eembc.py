"""EEMBC's energy files, and the windows that its runner makes of them."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from edgebench.errors import LogInvalid, TraceInvalid, UsageError
from edgebench.power.integrate import integrate
from edgebench.power.traces.format import ReadOptions
from edgebench.power.traces.recordings import read_recording


def trial(folder: Path, microjoules: list[float], times: object = None, rate: float = 1000) -> Path:
    path = folder / "trace1-energy.bin"
    path.write_bytes(struct.pack("<Bf", 0xF1, rate) + np.array(microjoules, np.float32).tobytes())
    if times is not None:
        (folder / "trace1-timestamps.json").write_text(json.dumps(times))
    return path


def test_the_energy_is_the_sum_of_its_samples(tmp_path: Path) -> None:
    trace = read_recording(trial(tmp_path, list(range(1, 101))))
    found = integrate(trace, 0, None)
    assert found.energy_j == pytest.approx(5050e-6)
    assert found.duration_s == pytest.approx(0.1)
    assert found.peak_w == pytest.approx(0.1)
    assert trace.meter.counts_energy
    assert trace.samples.marks_ns is None
    part = integrate(read_recording(trial(tmp_path, list(range(1, 101)), rate=500)), 0.1, 0.16)
    assert part.energy_j == pytest.approx(sum(range(51, 81)) * 1e-6)
    with pytest.raises(UsageError, match="`supply_v` is of no use"):
        read_recording(tmp_path / "trace1-energy.bin", ReadOptions(supply_v=3.3))


def test_a_window_lies_between_the_last_two_times(tmp_path: Path) -> None:
    # Adding 0.001 up gives a little more than 17.282, and a little less than 17.386: by that the
    # runner decides which samples a window has. So it did for MLPerf Tiny's published windows.
    rng = np.random.default_rng(1)
    energies = rng.uniform(30, 50, 20_000).astype(np.float32)
    path = trial(tmp_path, energies.tolist(), [0.018, 9.077, 9.181, 17.282, 17.386])
    begins = np.concatenate(([0.0], np.cumsum(np.full(len(energies) - 1, 1e-3))))
    first, last = np.searchsorted(begins, [17.282, 17.386])
    assert (first, last) == (17283, 17387)
    found = integrate(read_recording(path), "marks", None)
    assert found.energy_j * 1e6 == pytest.approx(energies[first:last].astype(float).sum(), rel=1e-9)
    assert found.duration_s == pytest.approx(0.104)


@pytest.mark.parametrize(
    ("times", "says"),
    [
        ([0.01, "x"], "no list of times"),
        ({"a": 1}, "no list of times"),
        ([[1, 2]], "no list of times"),
        ([10**399], "no list of times"),
        ([0.01, 5.0], r"times outside the 0\.1 s"),
        ([-0.01], "times outside"),
    ],
)
def test_times_that_can_t_be_are_refused(tmp_path: Path, times: object, says: str) -> None:
    path = trial(tmp_path, [1.0] * 100, times)
    with pytest.raises(LogInvalid, match=says):
        read_recording(path)


def test_a_file_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = trial(tmp_path, [1.0] * 100)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(LogInvalid, match="404 bytes are no whole number of samples"):
        read_recording(path)
    path.write_bytes(struct.pack("<Bf", 0xF1, -5.0) + bytes(40))
    with pytest.raises((TraceInvalid, UsageError)):
        read_recording(path)
    path = trial(tmp_path, [1.0, float("nan"), 1.0])
    with pytest.raises(LogInvalid, match="no finite number"):
        read_recording(path)
