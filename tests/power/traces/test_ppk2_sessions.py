"""Nordic's own files of a PPK2's session."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from edgebench.errors import TraceInvalid, UsageError
from edgebench.power.traces.format import ReadOptions
from edgebench.power.traces.recordings import read_recording


def session(folder: Path, about: object, raw: bytes) -> Path:
    path = folder / "s.ppk2"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", json.dumps(about))
        archive.writestr("session.raw", raw)
    return path


ABOUT = {"metadata": {"samplesPerSecond": 1000}, "formatVersion": 2}


def test_nordic_s_own_session(tmp_path: Path) -> None:
    samples = np.zeros(200, np.dtype([("ua", "<f4"), ("bits", "<u2")]))
    samples["ua"] = 10_000
    path = session(tmp_path, ABOUT, samples.tobytes())
    trace = read_recording(path, ReadOptions(supply_v=3.3))
    np.testing.assert_allclose(trace.samples.power_w, 0.033, rtol=1e-6)
    assert trace.meter.period_s == pytest.approx(1e-3)
    with pytest.raises(UsageError, match="give the board's with `supply_v`"):
        read_recording(path)


@pytest.mark.parametrize(
    ("about", "says"),
    [
        ({"formatVersion": 2}, "None samples per second"),
        ({"formatVersion": 2, "metadata": [1]}, "None samples per second"),
        ({"formatVersion": 2, "metadata": {"samplesPerSecond": "9"}}, "'9' samples per second"),
        ({"metadata": {}}, "format None, not 2"),
        ([], "format None, not 2"),
    ],
)
def test_a_session_with_other_metadata_is_refused(tmp_path: Path, about: object, says: str) -> None:
    with pytest.raises(TraceInvalid, match=f"no session of Nordic's Power Profiler: {says}$"):
        read_recording(session(tmp_path, about, b""), ReadOptions(supply_v=3.3))


def test_a_session_without_samples_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.ppk2"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps(ABOUT))
    with pytest.raises(TraceInvalid, match=r"it has no session\.raw$"):
        read_recording(path, ReadOptions(supply_v=3.3))


LOW, HIGH, BOTH = 1, 2, 3


@pytest.mark.parametrize(
    ("levels", "fell"),
    [
        ([HIGH, HIGH, LOW, LOW, HIGH, LOW], [2, 5]),
        ([HIGH, BOTH, LOW, HIGH, BOTH, HIGH], [1, 4]),
        ([LOW, BOTH, LOW, LOW, BOTH, HIGH], [1]),  # a short pulse ends in a fall, a rise doesn't
        ([0, HIGH, 0, LOW, 0, 0], [3]),
        ([LOW, LOW, LOW, LOW, LOW, HIGH], []),
        ([0] * 6, []),
    ],
)
@pytest.mark.parametrize("number", [0, 3])
def test_falls_of_a_session_s_input_are_marks(
    tmp_path: Path, levels: list[int], fell: list[int], number: int
) -> None:
    samples = np.zeros(6, np.dtype([("ua", "<f4"), ("bits", "<u2")]))
    samples["bits"] = (np.array(levels) << (2 * number)) | LOW << 14
    trace = read_recording(session(tmp_path, ABOUT, samples.tobytes()), ReadOptions(supply_v=3.3))
    marks = trace.samples.marks_ns
    assert ([] if marks is None else marks.tolist()) == [each * 1_000_000 for each in fell]


@pytest.mark.parametrize("number", [0, 5])
def test_inputs_of_a_bit_each_are_read_as_well(tmp_path: Path, number: int) -> None:
    samples = np.zeros(6, np.dtype([("ua", "<f4"), ("bits", "<u2")]))
    samples["bits"] = np.array([0, 1, 0, 1, 1, 0]) << number
    trace = read_recording(session(tmp_path, ABOUT, samples.tobytes()), ReadOptions(supply_v=3.3))
    assert trace.samples.marks_ns is not None
    assert trace.samples.marks_ns.tolist() == [2_000_000, 5_000_000]


def test_d0_comes_before_other_inputs_and_others_are_not_guessed(tmp_path: Path) -> None:
    samples = np.zeros(4, np.dtype([("ua", "<f4"), ("bits", "<u2")]))
    samples["bits"] = LOW << 14
    for number, levels in ((0, [2, 2, 2, 1]), (1, [2, 1, 2, 1]), (2, [2, 2, 1, 1])):
        samples["bits"] |= (np.array(levels) << (2 * number)).astype(np.uint16)
    path = session(tmp_path, ABOUT, samples.tobytes())
    marks = read_recording(path, ReadOptions(supply_v=3.3)).samples.marks_ns
    assert marks is not None
    assert marks.tolist() == [3_000_000]
    samples["bits"] |= 3
    samples["bits"] &= 0xFFFE  # D0 stays high
    path = session(tmp_path, ABOUT, samples.tobytes())
    assert read_recording(path, ReadOptions(supply_v=3.3)).samples.marks_ns is None


@pytest.mark.parametrize(
    ("about", "raw", "says"),
    [
        ({**ABOUT, "formatVersion": 3}, b"\0" * 12, "format 3, not 2"),
        ({"metadata": {"samplesPerSecond": 0}, "formatVersion": 2}, b"\0" * 12, "0 samples per"),
        (ABOUT, b"\0" * 7, "7 bytes of samples"),
        ([], b"", "no session of Nordic's"),
    ],
)
def test_a_damaged_session(tmp_path: Path, about: object, raw: bytes, says: str) -> None:
    with pytest.raises(TraceInvalid, match=says):
        read_recording(session(tmp_path, about, raw), ReadOptions(supply_v=3.3))
