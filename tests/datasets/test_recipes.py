"""MLPerf Tiny's data from archives of the same form as the real ones, with made content."""

from __future__ import annotations

import hashlib
import io
import pickle
import tarfile
import wave
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edgebench.datasets.load import load_dataset
from edgebench.datasets.recipes import cifar10, coco, toyadmos
from edgebench.datasets.recipes.recipe import make_data
from edgebench.errors import DatasetInvalid, DatasetNotFound

IMAGES = 50
WANTED = {"emu_s_000009.bin": 7, "taxi_s_000001.bin": 31, "mongrel_s_000006.bin": 2}
"""Files of ic01, and where in the test batch their images are."""


def put_list(folder: Path, name: str, lines: list[str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


# -- CIFAR-10 --------------------------------------------------------------------------------------


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


# -- ToyADMOS --------------------------------------------------------------------------------------

RATE_HZ = 16_000
RECORDINGS = {"normal_id_01_00000003": 0, "anomaly_id_04_00000250": 1}


def recording(seed: int, seconds: float = 10.0, channels: int = 1) -> bytes:
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE_HZ)
    tone = np.sin(np.arange(count) * 2 * np.pi * (300 + 400 * seed) / RATE_HZ)
    values = (8000 * tone + 500 * rng.standard_normal(count)).astype("<i2").repeat(channels)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(values.tobytes())
    return buffer.getvalue()


@pytest.fixture
def cars(tmp_path: Path) -> Path:
    lines = [f"{name}_hist_librosa.bin,2,{label},2560,512" for name, label in RECORDINGS.items()]
    return put_list(tmp_path / "lists", "ad01", lines)


@pytest.mark.parametrize("kind", ["zip", "unpacked", "flat"])
def test_recordings_for_tests_become_windows(kind: str, cars: Path, tmp_path: Path) -> None:
    files = {name: recording(seed) for seed, name in enumerate(RECORDINGS)}
    # Training has recordings of the same names.
    everything = {f"ToyCar/test/{name}.wav": content for name, content in files.items()}
    everything |= {f"ToyCar/train/{name}.wav": recording(9) for name in files}
    source = tmp_path / "source"
    if kind == "zip":
        with zipfile.ZipFile(source, "w") as archive:
            for name, content in everything.items():
                archive.writestr(name, content)
    else:
        flat = {f"{name}.wav": content for name, content in files.items()}
        for name, content in (flat if kind == "flat" else everything).items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes(content)
    assert make_data("ad01", source, cars, tmp_path / "ad01") == 2
    dataset = load_dataset(str(tmp_path / "ad01"))
    assert dataset.name == "mlperf-tiny-ad01"
    assert dataset.count == 2 * 196
    assert dataset.groups is not None
    assert list(dataset.groups[[0, 195, 196]]) == [0, 0, 1]
    assert (dataset.sample(1)[0][:128] == dataset.sample(0)[0][128:256]).all()
    # The tone is the loudest band: 300 and 700 Hz are at 4.5 and 10.5 mel, bands 0.351 mel apart.
    assert [int(dataset.sample(at)[0][:128].argmax()) for at in (0, 196)] == [12, 29]


def test_a_spectrogram_is_the_official_one() -> None:
    """Values that librosa 0.10 gave for the same samples."""
    at = np.arange(10 * RATE_HZ)
    samples = (0.25 * np.sin(at * 0.05) + 0.1 * np.sin(at * at * 1e-5)).astype(np.float32)
    found = toyadmos.spectrogram(samples, RATE_HZ)
    assert found.shape == (200, 128)
    for place, expected in SPECTROGRAM.items():
        assert found[place] == pytest.approx(expected, abs=1e-3), place


SPECTROGRAM: dict[tuple[int, int], float] = {
    (0, 0): -39.7039,
    (0, 5): 20.9186,
    (17, 14): -61.4005,
    (60, 40): -99.1057,
    (111, 77): -125.3183,
    (150, 100): -108.6078,
    (199, 127): -106.6845,
    (199, 64): -108.9157,
}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (recording(1, seconds=5.0), "80,000 samples; expected one of 16 bits"),
        (recording(1, channels=2), "2 channels of 16 bits"),
        (b"RIFF", "not a readable .wav"),
    ],
)
def test_a_recording_of_another_kind_is_refused(
    content: bytes, says: str, cars: Path, tmp_path: Path
) -> None:
    (tmp_path / "source").mkdir()
    for name in RECORDINGS:
        (tmp_path / "source" / f"{name}.wav").write_bytes(content)
    with pytest.raises(DatasetInvalid, match=says):
        make_data("ad01", tmp_path / "source", cars, tmp_path / "ad01")
    assert not list(tmp_path.glob("ad01*"))


def test_a_missing_recording_is_named(cars: Path, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    with pytest.raises(DatasetInvalid, match=r"normal_id_01_00000003\.wav is not among its 0"):
        make_data("ad01", tmp_path / "source", cars, tmp_path / "ad01")
    (tmp_path / "no.zip").write_bytes(b"PK")
    with pytest.raises(DatasetInvalid, match=r"can't be read as \.zip"):
        make_data("ad01", tmp_path / "no.zip", cars, tmp_path / "ad01")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda raw: raw[:200] + bytes(90) + raw[290:], "not a readable .wav"),
        (lambda raw: raw.replace(b"PK\x03\x04\x14\0\0", b"PK\x03\x04\x14\0\1"), "encrypted"),
    ],
)
def test_a_damaged_or_encrypted_archive_is_said_to_be(
    damage: Callable[[bytes], bytes], says: str, cars: Path, tmp_path: Path
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in RECORDINGS:
            archive.writestr(f"test/{name}.wav", recording(1))
    raw = damage(buffer.getvalue())
    if says == "encrypted":
        raw = raw.replace(b"PK\x01\x02\x14\x03\x14\0\0", b"PK\x01\x02\x14\x03\x14\0\1")
    (tmp_path / "damaged.zip").write_bytes(raw)
    with pytest.raises(DatasetInvalid, match=says):
        make_data("ad01", tmp_path / "damaged.zip", cars, tmp_path / "ad01")


@pytest.mark.parametrize("rate_hz", [0, 8_000, 48_000])
def test_a_recording_of_another_rate_is_refused(rate_hz: int, cars: Path, tmp_path: Path) -> None:
    content = bytearray(recording(1))
    content[24:28] = rate_hz.to_bytes(4, "little")
    (tmp_path / "source").mkdir()
    for name in RECORDINGS:
        (tmp_path / "source" / f"{name}.wav").write_bytes(content)
    with pytest.raises(DatasetInvalid, match=f"its rate is {rate_hz:,} Hz, the data's 16,000"):
        make_data("ad01", tmp_path / "source", cars, tmp_path / "ad01")


def test_what_can_t_be_read_is_not_called_unwritable(cars: Path, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    for name in RECORDINGS:
        (tmp_path / "source" / f"{name}.wav").mkdir()
    with pytest.raises(DatasetInvalid, match=r"\.wav: not a readable \.wav"):
        make_data("ad01", tmp_path / "source", cars, tmp_path / "ad01")
    images = put_list(tmp_path / "images", "vww01", ["000000000042.bin,2,0"])
    (tmp_path / "source/COCO_val2014_000000000042.png").mkdir()
    with pytest.raises(DatasetInvalid, match=r"0042\.png: can't be read: Is a directory"):
        make_data("vww01", tmp_path / "source", images, tmp_path / "vww01")


# -- COCO ------------------------------------------------------------------------------------------

NUMBERS = {"000000343218": 1, "000000000042": 0}


def png(pixels: NDArray[np.uint8]) -> bytes:
    image = pytest.importorskip("PIL.Image")
    buffer = io.BytesIO()
    image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def people(tmp_path: Path) -> Path:
    lines = [f"{number}.bin,2,{label}" for number, label in NUMBERS.items()]
    return put_list(tmp_path / "lists", "vww01", lines)


@pytest.mark.parametrize("kind", ["archive", "folder"])
def test_images_of_the_official_size_are_decoded(kind: str, people: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    images = {each: rng.integers(0, 256, (96, 96, 3), np.uint8) for each in NUMBERS}
    files = {
        f"vw_coco2014_96/person/COCO_val2014_{each}.png": png(pixels)
        for each, pixels in images.items()
    }
    files["vw_coco2014_96/person/COCO_val2014_000000999999.png"] = b"no image"
    files["vw_coco2014_96/notes.txt"] = b"-"
    source = tmp_path / "source"
    if kind == "archive":
        packed(source, files)
    else:
        for name, content in files.items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes(content)
    assert make_data("vww01", source, people, tmp_path / "vww01") == 2
    dataset = load_dataset(str(tmp_path / "vww01"))
    assert dataset.name == "mlperf-tiny-vww01"
    for number, pixels in enumerate(images.values()):
        stored = np.round(dataset.sample(number)[0] * 255).astype(np.uint8)
        np.testing.assert_array_equal(stored, pixels)


def test_whole_images_become_smaller_by_the_official_rule() -> None:
    """Values that scikit-image 0.26's `resize` with anti-aliasing gave for the same pixels."""
    rows, columns = np.mgrid[:240, :321]
    image = np.stack([rows / 239, columns / 320, (rows * columns % 17) / 16], axis=-1)
    found = coco.resized(image)
    assert found.shape == (96, 96, 3)
    for place, expected in RESIZED.items():
        assert found[place] == pytest.approx(expected, abs=1e-6), place
    upright = np.stack([np.mgrid[:60, :300][0] / 59] * 3, axis=-1)
    for place, expected in ENLARGED.items():
        assert coco.resized(upright)[place] == pytest.approx(expected, abs=1e-6), place


RESIZED: dict[tuple[int, int, int], float] = {
    (0, 0, 0): 0.0037578,
    (95, 95, 0): 0.9962422,
    (10, 50, 1): 0.526123,
    (48, 47, 2): 0.49643,
    (95, 0, 2): 0.1626317,
    (3, 94, 2): 0.5220054,
}
ENLARGED: dict[tuple[int, int, int], float] = {
    (0, 0, 0): 0.003178,
    (1, 5, 1): 0.0074153,
    (47, 10, 2): 0.4947034,
    (94, 95, 0): 0.9925847,
    (95, 95, 0): 0.996822,
}


def test_grey_images_have_three_equal_colours_and_damage_is_said(
    people: Path, tmp_path: Path
) -> None:
    grey = np.full((96, 96), 77, np.uint8)
    assert (coco.pixels(png(grey), "here") == 77).all()
    with pytest.raises(DatasetInvalid, match="here: not an image"):
        coco.pixels(b"no image", "here")
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "COCO_val2014_000000000042.png").write_bytes(png(grey))
    with pytest.raises(DatasetInvalid, match=r"1 of 2 images are not in it, such as .*343218"):
        make_data("vww01", tmp_path / "source", people, tmp_path / "vww01")
    (tmp_path / "no.tar").write_bytes(b"no archive")
    with pytest.raises(DatasetInvalid, match=r"can't be read as \.tar"):
        make_data("vww01", tmp_path / "no.tar", people, tmp_path / "vww01")
    assert not list(tmp_path.glob("vww01*"))


def test_links_in_an_archive_are_no_images(people: Path, tmp_path: Path) -> None:
    path = tmp_path / "linked.tar"
    with tarfile.open(path, "w") as archive:
        for kind, number in zip((tarfile.SYMTYPE, tarfile.LNKTYPE), NUMBERS, strict=True):
            entry = tarfile.TarInfo(f"COCO_val2014_{number}.png")
            entry.type, entry.linkname = kind, "nowhere.png"
            archive.addfile(entry)
    with pytest.raises(DatasetInvalid, match="2 of 2 images are not in it"):
        make_data("vww01", path, people, tmp_path / "vww01")


def test_an_image_far_too_large_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(DatasetInvalid, match="60000 x 1 pixels are none of COCO's"):
        coco.pixels(png(np.zeros((1, 60_000), np.uint8)), "here")


@pytest.mark.parametrize("at", range(8, 60, 3))
def test_no_damage_of_an_image_is_a_crash(at: int) -> None:
    content = png(np.random.default_rng(1).integers(0, 256, (96, 96, 3), np.uint8))
    for size in (1, 4):
        damaged = content[:at] + b"\xff" * size + content[at + size :]
        with suppress(DatasetInvalid):
            coco.pixels(damaged, "here")
        with suppress(DatasetInvalid):
            coco.pixels(content[:at], "here")
