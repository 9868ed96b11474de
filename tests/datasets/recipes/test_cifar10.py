"""MLPerf Tiny's images of CIFAR-10, from made archives of either form."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edgebench.datasets.load import load_dataset
from edgebench.datasets.recipes import cifar10
from edgebench.datasets.recipes.recipe import make_data
from edgebench.errors import DatasetInvalid, DatasetNotFound
from tests.datasets.recipes.made_archives import packed, put_list

IMAGES = 50
WANTED = {"emu_s_000009.bin": 7, "taxi_s_000001.bin": 31, "mongrel_s_000006.bin": 2}
"""Files of ic01, and where in the test batch their images are."""


@pytest.fixture
def images() -> NDArray[np.uint8]:
    """Images in planes, as CIFAR-10 stores them."""
    return np.random.default_rng(5).integers(0, 256, (IMAGES, 3072), np.uint8)


def python_batch(images: NDArray[np.uint8], **changes: Any) -> bytes:
    names = [f"other_s_{n:06d}.png".encode() for n in range(IMAGES)]
    for file, at in WANTED.items():
        names[at] = file.replace(".bin", ".png").encode()
    labels = [at % 10 for at in range(IMAGES)]
    batch = {b"data": images, b"labels": labels, b"filenames": names, **changes}
    return pickle.dumps(batch, protocol=2)


def binary_batch(images: NDArray[np.uint8]) -> bytes:
    labels = np.arange(IMAGES, dtype=np.uint8)[:, None] % 10
    return np.hstack([labels, images]).tobytes()


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    folder = put_list(
        tmp_path / "lists", "ic01", [f"{file},10,{at % 10}" for file, at in WANTED.items()]
    )
    np.save(folder / cifar10.INDICES, np.array(list(WANTED.values())))
    return folder


def published(path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let a made archive count as one of those that CIFAR-10's page has."""
    monkeypatch.setitem(cifar10.ARCHIVES, hashlib.sha256(path.read_bytes()).hexdigest(), kind)
    return path


@pytest.mark.parametrize("kind", ["python", "binary"])
def test_the_images_of_either_archive_are_the_same(
    kind: str,
    images: NDArray[np.uint8],
    lists: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inner, content = (
        ("cifar-10-batches-py/test_batch", python_batch(images))
        if kind == "python"
        else ("cifar-10-batches-bin/test_batch.bin", binary_batch(images))
    )
    archive = packed(tmp_path / "any-name.tgz", {"x/readme.html": b"-", inner: content})
    published(archive, f"cifar-10-{kind}.tar.gz", monkeypatch)
    assert make_data("ic01", archive, lists, tmp_path / "ic01") == len(WANTED)
    dataset = load_dataset(str(tmp_path / "ic01"))
    assert dataset.name == "mlperf-tiny-ic01"
    assert dataset.files == tuple(WANTED)
    assert dataset.labels is not None
    assert dataset.labels.tolist() == [at % 10 for at in WANTED.values()]
    for number, at in enumerate(WANTED.values()):
        red = images[at, :1024].reshape(32, 32)
        np.testing.assert_array_equal(dataset.sample(number)[0][..., 0], red)
        assert dataset.sample(number)[0][3, 4, 2] == images[at, 2048 + 3 * 32 + 4]


def test_another_archive_is_refused_and_nothing_is_left(
    images: NDArray[np.uint8], lists: Path, tmp_path: Path
) -> None:
    archive = packed(tmp_path / "cifar-10-python.tar.gz", {"test_batch": python_batch(images)})
    with pytest.raises(DatasetInvalid, match="not CIFAR-10's archive"):
        make_data("ic01", archive, lists, tmp_path / "ic01")
    with pytest.raises(DatasetInvalid, match="none: a folder"):
        make_data("ic01", tmp_path, lists, tmp_path / "ic01")
    with pytest.raises(DatasetNotFound, match="no such file"):
        make_data("ic01", tmp_path / "nothing", lists, tmp_path / "ic01")
    assert not list(tmp_path.glob("ic01*"))


class Evil:
    """What a pickle must not be able to do."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return Path.touch, (Path("evil"),)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({b"labels": [3] * IMAGES}, "is of class 3, emu_s_000009.bin of class 7"),
        ({b"filenames": [b"a.png"] * IMAGES}, "no image for emu_s_000009.bin"),
        ({b"more": Evil()}, "it is another file"),
    ],
)
def test_a_batch_with_other_content_is_refused(
    changes: dict[Any, Any],
    says: str,
    images: NDArray[np.uint8],
    lists: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = pickle.loads(python_batch(images)) | changes
    archive = packed(tmp_path / "a.tgz", {"test_batch": pickle.dumps(content, protocol=2)})
    published(archive, "cifar-10-python.tar.gz", monkeypatch)
    with pytest.raises(DatasetInvalid, match=says):
        make_data("ic01", archive, lists, tmp_path / "ic01")
    assert not Path("evil").exists()
    assert not list(tmp_path.glob("ic01*"))
