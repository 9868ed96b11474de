"""MLPerf Tiny's images of people, from made archives and folders."""

from __future__ import annotations

import io
import tarfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edgebench.datasets.load import load_dataset
from edgebench.datasets.recipes import coco
from edgebench.datasets.recipes.recipe import make_data
from edgebench.errors import DatasetInvalid
from tests.datasets.recipes.made_archives import packed, put_list

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
