"""Data that are damaged, too large or of another kind are refused in a sentence."""

from __future__ import annotations

import os
import re
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgebench.datasets.load import load_dataset
from edgebench.errors import DatasetInvalid, DatasetNotFound, EdgebenchError
from tests.conftest import ONE_FOLDER
from tests.datasets.kept_data import kws01

FUZZ = settings(max_examples=150, suppress_health_check=ONE_FOLDER)


def test_an_npz_may_hold_members_that_are_no_arrays(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    for arrays in ({"inputs": np.ones((2, 3))}, {"ids": np.ones((2, 3)), "mask": np.ones((2, 3))}):
        np.savez(path, **arrays)  # type: ignore[arg-type]
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("README.txt", "how it was made")
            archive.writestr("notes/", "")
            archive.writestr("inputs_1", "no array")
        data = load_dataset(str(path))
        assert (data.count, len(data.sample(0))) == (2, len(arrays))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("README.txt", "how it was made")
    with pytest.raises(DatasetInvalid, match="no array is called `inputs`; it has none"):
        load_dataset(str(path))


@pytest.mark.parametrize("first", ["inputs", "inputs_0"])
@pytest.mark.parametrize(
    "other", [np.zeros((3, 2**23), np.uint8), np.zeros((2, 2**24), "S1"), np.zeros(2**24, np.uint8)]
)
def test_values_that_are_no_inputs_are_not_read(
    tmp_path: Path, first: str, other: np.ndarray
) -> None:
    path = tmp_path / "data.npz"
    np.savez_compressed(path, **{first: np.ones((2, 3)), "other": other})  # type: ignore[arg-type]
    tracemalloc.start()
    try:
        data = load_dataset(str(path))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(data.sample(0)) == 1
    assert most < 2**22


def test_values_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, inputs=np.full((2, 4), np.nan, np.float32), labels=[0, 1])
    with pytest.raises(
        DatasetInvalid, match=r"data\.npz: all of its values are no numbers \(NaN\)"
    ):
        load_dataset(str(path))
    folder = tmp_path / "d" / "0"
    folder.mkdir(parents=True)
    np.save(folder / "a.npy", np.array([1.0, np.nan, 3.0, 4.0]))
    with pytest.raises(DatasetInvalid, match=r"a\.npy: 25\.00% of its values are no numbers"):
        load_dataset(str(tmp_path / "d")).sample(0)
    values = np.full((5, 128), np.nan, "<f4").tobytes()
    tiny = kws01(tmp_path / "ad01", ["a.bin,2,0,2560,512"], {"a.bin": values})
    with pytest.raises(DatasetInvalid, match=r"a\.bin, byte 0: all of its values"):
        load_dataset(str(tiny)).sample(0)


def test_infinite_values_are_kept_as_masks_have_them(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, inputs=np.array([[0.0, -np.inf]], np.float32))
    assert load_dataset(str(path)).sample(0)[0].tolist() == [0.0, -np.inf]


@pytest.mark.parametrize("target", ["/dev/zero", "/etc/hostname", "../outside.npy"])
def test_a_link_out_of_a_folder_is_not_followed(tmp_path: Path, target: str) -> None:
    np.save(tmp_path / "outside.npy", np.ones(3))
    folder = tmp_path / "d" / "0"
    folder.mkdir(parents=True)
    (folder / "a.npy").symlink_to(target if target.startswith("/") else tmp_path / "outside.npy")
    with pytest.raises(DatasetInvalid, match=r"a\.npy: a link that leads out of the dataset's"):
        load_dataset(str(tmp_path / "d"))


def test_a_folder_behind_a_link_is_not_followed_out(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    np.save(tmp_path / "elsewhere" / "a.npy", np.ones(3))
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "0").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DatasetInvalid, match="leads out of the dataset's folder"):
        load_dataset(str(tmp_path / "d"))
    (tmp_path / "link").symlink_to(tmp_path / "d")
    (tmp_path / "d" / "0").unlink()
    (tmp_path / "elsewhere").rename(tmp_path / "d" / "0")
    assert load_dataset(str(tmp_path / "link")).count == 1  # the dataset itself may be one


def test_devices_and_pipes_are_no_datasets(tmp_path: Path) -> None:
    (tmp_path / "zero.npz").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.csv")
    for name in ("zero.npz", "pipe.csv"):
        with pytest.raises(DatasetInvalid, match="not a plain file"):
            load_dataset(str(tmp_path / name))
        with pytest.raises(DatasetInvalid, match="not a plain file"):
            load_dataset(f"digits@{tmp_path / name}")
    folder = tmp_path / "d" / "0"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "a.npy")
    with pytest.raises(DatasetInvalid, match="not a plain file"):
        load_dataset(str(tmp_path / "d"))
    tiny = kws01(tmp_path / "kws01", ["a.bin,12,0"], {})
    (tiny / "a.bin").symlink_to("/dev/zero")
    with pytest.raises(DatasetInvalid, match="leads out of the dataset's folder"):
        load_dataset(str(tiny))


def test_a_stride_that_makes_millions_of_windows_is_refused(tmp_path: Path) -> None:
    folder = kws01(tmp_path / "ad01", ["a.bin,2,0,2560,1"], {})
    with (folder / "a.bin").open("wb") as file:
        file.truncate(2**21)
    with pytest.raises(DatasetInvalid, match=r"line 1: more than 1,000,000 windows.*stride of 1"):
        load_dataset(str(folder))


def test_a_csv_takes_its_label_from_the_named_column(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("label,a,b\n2,0.5,1\n0,1,2\n")
    data = load_dataset(str(path))
    assert data.labels is not None
    assert data.labels.tolist() == [2, 0]
    assert data.sample(0)[0].tolist() == [0.5, 1.0]


def test_a_folder_of_classes(tmp_path: Path) -> None:
    for name in ("10", "9"):
        (tmp_path / "d" / name).mkdir(parents=True)
        np.save(tmp_path / "d" / name / "a.npy", np.full((2, 2), int(name)))
    data = load_dataset(str(tmp_path / "d"))
    assert data.classes == ("9", "10")  # by number, not by letter
    assert data.sample(1)[0][0, 0] == 10
    (tmp_path / "d" / "classes.txt").write_text("10\n")
    with pytest.raises(DatasetInvalid, match="'9' is not in it"):
        load_dataset(str(tmp_path / "d"))


def test_a_folder_of_something_else_says_what_was_expected(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    with pytest.raises(DatasetInvalid, match=r"CLASS/NAME.npy"):
        load_dataset(str(tmp_path / "d"))


def test_an_unknown_name_lists_the_cards() -> None:
    with pytest.raises(DatasetNotFound, match="kws"):
        load_dataset("imagenet")
    with pytest.raises(DatasetNotFound, match="no samples of its own"):
        load_dataset("mlperf-tiny-kws01")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            'loader = "zip"',
            "line 6: `loader` must be one of npz, csv, folder, mlperf-tiny, clicks",
        ),
        ('[encoding]\ndtype = "int9"', "`encoding.dtype` is 'int9'"),
        ('[encoding]\nshape = ["a"]', "`encoding.shape[0]` must be an integer, not 'a'"),
        ("[encoding]\nshape = [-1]", "line 8: `encoding.shape` must be a list of sizes"),
        ("[encoding]\nrepeats = [[0]]", "`encoding.repeats` must be a list of [axis, times]"),
        ('[quality]\nmetric = "x"', "line 7: `quality` is unknown"),
        ("[encoding]\nrepeats = [[0, -1]]", "line 8: `encoding.repeats` must be a list"),
        ("[encoding]\nrepeats = [[5, 2]]", "repeats its axis 5"),
    ],
)
def test_a_bad_card_is_named_with_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, says: str
) -> None:
    folder = tmp_path / "mine" / "datasets" / "own"
    folder.mkdir(parents=True)
    keys = {"summary": "s", "source": "s", "licence": "l", "limits": "l", "loader": "npz"}
    lines = [f'{key} = "{value}"' for key, value in keys.items() if not line.startswith(key)]
    (folder / "card.toml").write_text("\n".join([*lines, 'metric = "top1"', line]))
    np.savez(tmp_path / "d.npz", inputs=np.ones((2, 4)), labels=[0, 1])
    monkeypatch.setenv("EDGEBENCH_PATH", str(tmp_path / "mine"))
    with pytest.raises(EdgebenchError, match=re.escape(says)):
        load_dataset(f"own@{tmp_path / 'd.npz'}").sample(0)


def test_windows_of_recordings_have_a_label_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, inputs=np.ones((5, 2)), groups=[0, 0, 1, 1, 1], labels=[0, 1])
    data = load_dataset(str(path))
    assert data.groups is not None
    assert data.labels is not None
    assert (data.count, data.labels.tolist()) == (5, [0, 1])
    np.savez(path, inputs=np.ones((3, 2)), groups=[0, 0, 2], labels=[0, 1, 0])
    with pytest.raises(DatasetInvalid, match="`groups` is missing"):
        load_dataset(str(path))


@FUZZ
@given(st.binary(max_size=300))
def test_any_bytes_are_data_or_a_clear_error(tmp_path: Path, content: bytes) -> None:
    for name in ("f.npz", "f.csv"):
        path = tmp_path / name
        path.write_bytes(content)
        try:
            data = load_dataset(str(path))
            data.sample(data.count - 1)
        except EdgebenchError as error:
            assert name in str(error)


@FUZZ
@given(st.data())
def test_a_damaged_npz_is_data_or_a_clear_error(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "f.npz"
    np.savez(path, inputs=np.arange(12).reshape(3, 4), labels=[0, 1, 2])
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        loaded = load_dataset(str(path))
        loaded.sample(loaded.count - 1)
    except EdgebenchError as error:
        assert "f.npz" in str(error)


@FUZZ
@given(st.text(max_size=200))
def test_any_label_file_is_read_or_a_clear_error(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "kws01"
    folder.mkdir(exist_ok=True)
    (folder / "a.bin").write_bytes(bytes(490))
    (folder / "y_labels.csv").write_text(text, encoding="utf-8")
    try:
        load_dataset(str(folder))
    except EdgebenchError as error:
        assert str(folder) in str(error)


@pytest.mark.parametrize(
    "name", ["x" * 300, "x/" * 3000 + "x", "a\0b"], ids=["name", "path", "NUL"]
)
def test_a_name_that_no_file_can_have_is_not_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(DatasetNotFound, match="there is no such file"):
        load_dataset(f"{tmp_path}/{name}.npz")
    folder = kws01(tmp_path / "kws01", [f"{name},12,1"], {})
    with pytest.raises(DatasetInvalid, match="line 1: ") as caught:
        load_dataset(str(folder))
    assert len(str(caught.value).replace(str(tmp_path), "")) < 300


def test_a_table_in_utf_16_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes("1,2,3\n".encode("utf-16"))
    with pytest.raises(DatasetInvalid, match="not text in UTF-8, from byte 0 on; save it as UTF-8"):
        load_dataset(str(path))
