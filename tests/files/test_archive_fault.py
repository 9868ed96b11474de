"""What is wrong with an archive, in our own words."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

import pytest

from edgebench.datasets.recipes.recipe import RECIPES
from edgebench.datasets.recipes.samples import ListedSample
from edgebench.errors import DatasetInvalid
from edgebench.files.archive_fault import archive_fault
from tests.fuzzing.mutations import mutated
from tests.pythons_words import PYTHONS_WORDS

PACKINGS = (bytes, partial(gzip.compress, mtime=0), bz2.compress, lzma.compress)
CAR, IMAGE = "normal_id_01_00000000", "000000000042"


def zipped(packing: int) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", packing) as archive:
        entry = zipfile.ZipInfo(f"ToyCar/test/{CAR}.wav")  # of 1980, so that all runs have the same
        archive.writestr(entry, b"RIFF" + bytes(range(256)) * 20, packing)
    return content.getvalue()


def tarred(packed: Callable[[bytes], bytes] = bytes) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        entry = tarfile.TarInfo(f"val/COCO_val2014_{IMAGE}.png")
        entry.size = 5000
        archive.addfile(entry, io.BytesIO(bytes(range(250)) * 20))
    return packed(content.getvalue())


@pytest.mark.parametrize(
    ("recipe", "seeds", "sample"),
    [
        ("ad01", [zipped(each) for each in (0, 8, 12, 14)], f"{CAR}_hist_librosa.bin"),
        ("vww01", [tarred(each) for each in PACKINGS], f"{IMAGE}.bin"),
    ],
)
def test_an_archive_of_the_users_with_any_damage(
    recipe: str, seeds: list[bytes], sample: str, tmp_path: Path
) -> None:
    path = tmp_path / "source"
    for number in range(150):
        draw = Random(number)
        path.write_bytes(mutated(draw.choice(seeds), draw, seeds))
        with pytest.raises(DatasetInvalid) as raised:
            list(RECIPES[recipe].make(path, [ListedSample(sample, 0)], tmp_path))
        text = str(raised.value)
        assert not PYTHONS_WORDS.search(text), text
        assert "\n" not in text and "object at 0x" not in text, text


def test_words_of_what_zipfile_calls_are_not_repeated() -> None:
    assert archive_fault(KeyError("x")) == "its list of files is damaged"
    assert archive_fault(EOFError()) == "it is cut short"
    assert archive_fault(zipfile.BadZipFile("File is not a zip file")) == "File is not a zip file"
    assert archive_fault(TypeError("'x' is no list")) == "it is damaged"


def test_an_error_without_text_says_that_it_is_damaged() -> None:
    assert archive_fault(tarfile.ReadError()) == "it is damaged"
