from __future__ import annotations

import gzip
import io
import re
import time
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from edgebench.datasets.card import dataset_cards
from edgebench.datasets.load import load_dataset
from edgebench.errors import DatasetInvalid
from edgebench.host.available_memory import AvailableMemory
from edgebench.models.resolve import resolve_model
from tests.datasets.kept_data import kws01


def test_the_packaged_sets_are_as_large_as_their_cards_say() -> None:
    cards = dataset_cards()
    assert load_dataset("kws").count >= 1000
    assert load_dataset("digits").count >= 500
    main_job = (cards["kws"], cards["digits"])
    shipped = [part.file for card in main_job for part in card.parts.values()]
    assert sum(path.stat().st_size for path in shipped) < 3e6
    for name in ("kws", "digits"):
        data = load_dataset(name)
        assert data.labels is not None
        counts = np.bincount(data.labels)
        assert counts.min() == counts.max()  # every class alike


def test_digits_become_images_of_the_models_shape() -> None:
    (image,) = load_dataset("digits").sample(0)
    assert image.shape == (32, 32, 3)
    assert np.array_equal(image[::4, ::4, 0], image[1::4, 2::4, 2])


def test_official_keyword_samples_are_known_by_their_size(tiny: Path) -> None:
    folder = next(path.parent for path in tiny.rglob("y_labels.csv"))
    data = load_dataset(str(folder))
    assert (data.name, data.count) == ("mlperf-tiny-kws01", 200)
    assert data.sample(0)[0].shape == (49, 10, 1)


def test_anomaly_files_are_cut_into_sliding_windows(tmp_path: Path) -> None:
    values = np.arange(10 * 128, dtype="<f4")
    folder = kws01(
        tmp_path / "ad01",
        ["a.bin,2,0,2560,512", "b.bin,2,1,2560,512"],
        {"a.bin": values.tobytes(), "b.bin": (values + 1).tobytes()},
    )
    data = load_dataset(str(folder))
    assert (data.name, data.count) == ("mlperf-tiny-ad01", 12)
    assert data.groups is not None
    assert data.groups.tolist() == [0] * 6 + [1] * 6
    assert data.labels is not None
    assert data.labels.tolist() == [0, 1]
    assert data.sample(7)[0][0] == 128 + 1  # the second window of the second file
    # The autoencoder takes a window's frames in one row.
    (tensor,) = resolve_model("machine-autoencoder").facts.inputs
    assert data.sample(7)[0].shape == tensor.shape[1:]
    assert data.files == ("a.bin", "b.bin")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("a.bin,12", "line 2: 2 fields"),
        ("a.bin,12,twelve", "line 2: 'twelve' is not a whole number"),
        ("a.bin,12,12", "line 2: the label 12 is not one of 12 classes"),
        ("missing.bin,12,1", "line 2: there is no file missing.bin"),
        ("../a.bin,12,1", "line 2: '../a.bin' is not the name of a file"),
        ("a.bin,12,1,490,0", "line 2: a window and its stride"),
    ],
)
def test_a_bad_label_line_is_named_by_its_number(tmp_path: Path, line: str, says: str) -> None:
    folder = kws01(tmp_path / "kws01", ["a.bin,12,0", line], {"a.bin": bytes(490)})
    with pytest.raises(DatasetInvalid, match=says):
        load_dataset(str(folder))


def test_samples_of_an_unknown_size_say_which_sizes_are_known(tmp_path: Path) -> None:
    folder = kws01(tmp_path / "x", ["a.bin,12,0"], {"a.bin": bytes(491)})
    with pytest.raises(DatasetInvalid, match=r"491 bytes.*mlperf-tiny-kws01 490"):
        load_dataset(str(folder))


def test_an_empty_list_of_samples_is_refused(tmp_path: Path) -> None:
    folder = kws01(tmp_path / "x", [], {})
    with pytest.raises(DatasetInvalid, match="names no samples"):
        load_dataset(str(folder))


def test_an_npz_of_inputs_and_labels(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, inputs=np.ones((3, 2, 2)), labels=[0, 1, 2])
    data = load_dataset(str(path))
    assert (data.count, data.metric) == (3, "top1")
    np.savez(path, inputs_0=np.ones((3, 2)), inputs_1=np.zeros((3, 4)))
    data = load_dataset(str(path))
    assert [each.shape for each in data.sample(0)] == [(2,), (4,)]
    assert data.metric is None


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"inputs": np.ones((0, 4))}, "has no samples"),
        ({"pictures": np.ones((2, 4))}, "no array is called `inputs`; it has pictures"),
        ({"inputs": np.ones((2, 4)), "labels": np.array([0])}, "1 labels for 2 samples"),
        ({"inputs": np.ones((2, 4)), "labels": np.array([0.5, 1])}, "label 0 is 0.5"),
        ({"inputs": np.array(["a", "b"])}, "arrays of numbers"),
        ({"inputs_0": np.ones((2, 4)), "inputs_1": np.ones((3, 4))}, r"\[2, 3\] samples"),
    ],
)
def test_a_bad_npz_says_what_is_wrong(
    tmp_path: Path, arrays: dict[str, np.ndarray], says: str
) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type]
    with pytest.raises(DatasetInvalid, match=says):
        load_dataset(str(path))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "an empty file"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of git-lfs"),
        (b"<!DOCTYPE html>", "a web page"),
        (b"Entry not found", "a text ('Entry not found')"),
        (gzip.compress(b"x" * 100, mtime=0), "compressed by gzip"),
        (bytes(1000), "a file of zeros"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_npz_is_called_what_it_is(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "data.npz"
    path.write_bytes(content)
    with pytest.raises(DatasetInvalid, match=re.escape(f"not an .npz: it is {says}")):
        load_dataset(str(path))


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_values_that_are_all_infinite_are_refused(tmp_path: Path, value: float) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, inputs=np.full((4, 3), value))
    with pytest.raises(DatasetInvalid, match="all of its values are infinite"):
        load_dataset(str(path))


def test_an_npz_is_never_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, inputs=np.array([{"a": 1}], dtype=object))
    with pytest.raises(DatasetInvalid, match="items of type object are not read"):
        load_dataset(str(path))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1,2,0\n1,x,0\n", "line 2: field 2 is 'x', not a number"),
        ("1,2,0\n1,0\n", "line 2: 2 fields, the first sample has 3"),
        ("a,b,label\n", "it has no samples"),
        ("1,2,0\n3,4,-1\n", "label 1 is -1"),
        ("1\n2\n", "have a label and no values"),
        ("1,nan,0\n", "line 1: field 2 is 'nan'"),
        ("1,2,0\n1e999,2,0\n", "line 2: field 1 is '1e999', not a number that a float32 can"),
        ("1,1e39,0\n", "line 1: field 2 is '1e39'"),
        ("nan,2,0\n", "line 1: field 1 is 'nan'"),  # not a name of a column
        ("1_0,2,0\n", "line 1: field 1 is '1_0'"),
        ("1,2,0\n5,\N{ARABIC-INDIC DIGIT ONE},0", "line 2: field 2"),
        ("0x10,2,0\n", "line 1: field 1 is '0x10'"),
        ("\0\0\0001,2,0\n1,2,0\n", "line 1: NUL bytes in it"),
        ("1,2,0\n1\0,2,0\n", "line 2: NUL bytes in it"),
        ("1," + "9" * 5000 + ",0\n", "line 1: field 2 is '9999"),
        ("1," + "9" * 200_000 + ",0\n", "field larger than field limit"),
    ],
    ids=lambda value: ascii(value)[:24],
)
def test_a_bad_csv_line_is_named_by_its_number(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "data.csv"
    path.write_text(text)
    with pytest.raises(DatasetInvalid, match=says):
        load_dataset(str(path))


def test_a_byte_order_mark_is_no_part_of_the_first_number(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"\xef\xbb\xbf1.5,2,0\r\n3,4,1\r\n")
    data = load_dataset(str(path))
    assert data.count == 2
    assert data.sample(0)[0].tolist() == [1.5, 2.0]
    path.write_bytes(b"\xef\xbb\xbflabel,a\n1,2\n")
    labels = load_dataset(str(path)).labels
    assert labels is not None
    assert labels.tolist() == [1]


def test_a_csv_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    with path.open("wb") as file:
        file.truncate(300 * 2**20)  # takes no space
    with pytest.raises(
        DatasetInvalid, match=r"more than 268,435,456 is not read: save it as \.npz"
    ):
        load_dataset(str(path))


class Repeated:
    """A compressor for zipfile that compresses equal blocks once."""

    def __init__(self) -> None:
        self._compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        self._done: dict[bytes, bytes] = {}

    def compress(self, block: bytes) -> bytes:
        """Return what stands for a block wherever it is: it refers to nothing before it."""
        if block not in self._done:
            whole = self._compressor.compress(block) + self._compressor.flush(zlib.Z_FULL_FLUSH)
            self._done[block] = whole
        return self._done[block]

    def flush(self) -> bytes:
        """Return the end."""
        return self._compressor.flush()


def bomb(path: Path, values: int) -> int:
    """Write an .npz that is a thousandth of what it unpacks to; return its size."""
    header = io.BytesIO()
    shape = {"descr": "<f4", "fortran_order": False, "shape": (values // 1024, 1024)}
    np.lib.format.write_array_header_1_0(header, shape)  # type: ignore[no-untyped-call]
    block = bytes(2**20)
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("inputs.npy", "w", force_zip64=True) as file,
    ):
        file._compressor = Repeated()  # type: ignore[attr-defined]
        file.write(header.getvalue())
        for _ in range(values * 4 // len(block)):
            file.write(block)
    return path.stat().st_size


@pytest.mark.slow
def test_an_npz_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.npz"
    assert bomb(path, 2**30) < 2**23
    started = time.thread_time()
    with pytest.raises(DatasetInvalid, match=r"4,294,967,296 bytes when unpacked; the limit is"):
        load_dataset(str(path))
    assert time.thread_time() - started < 2


def test_what_the_bomb_is_made_of_can_be_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "small.npz"
    bomb(path, 2**20)
    values = np.load(path)["inputs"]
    assert values.shape == (1024, 1024) and not values.any()


def test_together_arrays_may_not_take_more_memory_than_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data.npz"
    np.savez_compressed(path, inputs_0=np.zeros((4, 4096)), inputs_1=np.zeros((4, 4096)))
    less, more = AvailableMemory(200_000), AvailableMemory(300_000)
    monkeypatch.setattr("edgebench.datasets.loaders.npz.available_memory", lambda: less)
    with pytest.raises(DatasetInvalid, match=r"inputs_1: 131,072 bytes when unpacked; the limit"):
        load_dataset(str(path))
    monkeypatch.setattr("edgebench.datasets.loaders.npz.available_memory", lambda: more)
    assert load_dataset(str(path)).count == 4


def test_what_else_an_npz_holds_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, inputs=np.ones((2, 3)), notes=np.array([{"a": 1}], dtype=object))
    assert load_dataset(str(path)).count == 2
