"""numpy's files: sound ones as numpy reads them, damaged ones with one kind of error."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edgebench.files.arrays import ArrayFileInvalid, read_npy, read_npz
from tests.conftest import ONE_FOLDER

ROWS = np.zeros(50, [("lane", "<i4"), ("ended_ns", "<i8")])
ARRAYS: tuple[NDArray[np.generic], ...] = (
    np.arange(12, dtype=np.int64).reshape(3, 4),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.array(3.5),
    np.zeros((0, 4), np.int8),
    np.array(["a", "bc"]),
    ROWS,
)


def npy(array: NDArray[np.generic]) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype.kind}{array.shape}")
def test_a_sound_file_is_what_numpy_reads(tmp_path: Path, array: NDArray[np.generic]) -> None:
    (tmp_path / "a.npy").write_bytes(npy(array))
    found = read_npy(tmp_path / "a.npy")
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "a.npz", one=array, two=np.ones(2))
        arrays = read_npz(tmp_path / "a.npz", ("one", "other"))
        assert list(arrays) == ["one"]
        np.testing.assert_array_equal(arrays["one"], array)


def with_header(header: str, data: bytes = b"") -> bytes:
    text = header.encode("latin1")
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "header"),
        (b"garbage", "header"),
        (b"\x93NUMPY\x07\x00", "version 7.0"),
        (b"\x93NUMPY\x01\x00\xff\xff", "header"),
        (with_header("{'descr': '<i4', 'fortran_order': False, 'shape': (2,"), "header"),
        (with_header("('unclosed"), "header"),
        (with_header("  \n\tindented: ["), "header"),
        (with_header("{'descr': 'nonsense', 'fortran_order': False, 'shape': (2,)}"), "header"),
        (with_header("{'descr': '<i4', 'fortran_order': False, 'shape': (-1,)}"), "shape of"),
        (with_header("{'descr': '|V0', 'fortran_order': False, 'shape': (2,)}"), "items of type"),
        (with_header("{'descr': '|O', 'fortran_order': False, 'shape': (2,)}"), "items of type"),
        (with_header("{'descr': '<i4', 'fortran_order': False, 'shape': (2,)}", b"1234"), "4 of 8"),
        (
            with_header("{'descr': '<i8', 'fortran_order': False, 'shape': (10**9, 10**9)}"),
            "header|limit",
        ),
        (
            with_header("{'descr': '<i8', 'fortran_order': False, 'shape': (1000000000000,)}"),
            "8,000,000,000,000 bytes when unpacked; the limit is",
        ),
        (with_header("[" * 50_000), "header"),
    ],
)
def test_a_damaged_file_ends_in_one_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(ArrayFileInvalid, match=says) as raised:
        read_npy(tmp_path / "a.npy")
    assert "\n" not in str(raised.value)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("a.npy", content)
    with pytest.raises(ArrayFileInvalid, match=rf"a: .*({says})"):
        read_npz(tmp_path / "a.npz", ["a"])


def test_what_is_no_file_or_no_archive_is_said(tmp_path: Path) -> None:
    for path in (tmp_path / "none.npy", tmp_path):
        with pytest.raises(ArrayFileInvalid):
            read_npy(path)
        with pytest.raises(ArrayFileInvalid, match="not a sound archive"):
            read_npz(path, ["a"])


def test_a_small_file_of_large_arrays_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    """A bomb: 64 MiB of zeros in 64 kB."""
    header = "{'descr': '|u1', 'fortran_order': False, 'shape': (67108864,)}"
    with (
        zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.npy", "w") as file,
    ):
        file.write(with_header(header))
        for _ in range(64):
            file.write(bytes(2**20))
    assert (tmp_path / "bomb.npz").stat().st_size < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(ArrayFileInvalid, match="a: 67,108,864 bytes when unpacked; the limit"):
            read_npz(tmp_path / "bomb.npz", ["a"], most_bytes=2**25)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
    assert read_npz(tmp_path / "bomb.npz", ["a"])["a"].size == 2**26


@settings(max_examples=500, suppress_health_check=ONE_FOLDER)
@given(st.data())
def test_any_damage_reads_or_is_an_array_file_error(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "damaged"
    if data.draw(st.booleans()):
        content = bytearray(npy(ROWS))
    else:
        file = io.BytesIO()
        save = data.draw(st.sampled_from([np.savez, np.savez_compressed]))
        save(file, lane=ROWS["lane"], other=ROWS)
        content = bytearray(file.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))] or content)
    for read in (lambda: read_npy(path), lambda: read_npz(path, ("lane", "other"))):
        try:
            read()
        except ArrayFileInvalid as error:
            assert str(error)
