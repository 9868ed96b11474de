"""Datasets that are made of folders with images and sounds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

import edgebench
from edgebench.datasets.load import load_dataset
from edgebench.datasets.making.pixels import PixelValues
from edgebench.errors import DatasetInvalid, DatasetMismatch, DatasetNotFound, UsageError
from edgebench.models.resolve import resolve_model
from edgebench.models.tflite.image_input import image_form, pixel_values
from edgebench.models.tflite.tensors import Quantization, Tensor
from tests.cli.call import call
from tests.models.made_models import dense_model

Image = pytest.importorskip("PIL.Image", reason="images are read by Pillow")
RED, GREEN = (255, 0, 0), (0, 255, 0)


def save(path: Path, pixels: NDArray[np.uint8] | tuple[int, int, int], side: int = 8) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(pixels, tuple):
        pixels = np.full((side, side, 3), pixels, np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    """Two classes; one of them has a hidden file and a text as well."""
    folder = tmp_path / "colours"
    save(folder / "red" / "1.png", RED)
    save(folder / "red" / "deeper" / "2.PNG", RED)
    save(folder / "green" / "1.bmp", GREEN)
    (folder / "green" / ".hidden.png").write_bytes(b"no image")
    (folder / "green" / "notes.txt").write_text("all of them are green")
    return folder


def test_a_folder_of_images_is_a_dataset(colours: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "colours.npz"
    made = edgebench.dataset_from_images(colours, out=out, size=(4, 6), values=(-1, 1))
    assert (made.classes, made.counts) == (("green", "red"), (1, 2))
    assert made.notes == ("files with other endings, left out: 1",)
    data = load_dataset(str(out))
    assert (data.count, data.classes) == (3, ("green", "red"))
    assert data.labels is not None
    assert data.labels.tolist() == [0, 1, 1]
    for index, colour in enumerate(((-1, 1, -1), (1, -1, -1), (1, -1, -1))):
        (image,) = data.sample(index)
        assert image.shape == (4, 6, 3)
        assert np.array_equal(image, np.broadcast_to(np.float32(colour), (4, 6, 3)))


def test_classes_keep_their_numbers_if_one_has_no_files(colours: Path, tmp_path: Path) -> None:
    (colours / "blue").mkdir()
    made = edgebench.dataset_from_images(
        colours, out=tmp_path / "a.npz", size=(4, 4), values=(0, 1)
    )
    assert (made.classes, made.counts) == (("blue", "green", "red"), (0, 1, 2))
    assert made.notes[0] == "1 of 3 classes have no files: blue"
    (colours / "classes.txt").write_text("red\nblue\ngreen\n")
    made = edgebench.dataset_from_images(
        colours, out=tmp_path / "a.npz", size=(4, 4), values=(0, 1)
    )
    assert (made.classes, made.counts) == (("red", "blue", "green"), (2, 0, 1))


@pytest.mark.parametrize("fit", ["crop", "stretch", "pad"])
def test_an_image_of_another_shape_is_made_to_fit(
    fit: Literal["crop", "stretch", "pad"], tmp_path: Path
) -> None:
    """A wide image: its outer quarters are white, the middle is black and grey."""
    left, right = 0, 200
    pixels = np.full((8, 16, 3), 255, np.uint8)
    pixels[:, 4:8], pixels[:, 8:12] = left, right
    save(tmp_path / "wide" / "1.png", pixels)
    out = tmp_path / "wide.npz"
    edgebench.dataset_from_images(tmp_path / "wide", out=out, size=(8, 8), values=(0, 255), fit=fit)
    (image,) = load_dataset(str(out)).sample(0)
    row, column = image[4, :, 0], image[:, 4, 0]
    if fit == "crop":
        assert row.tolist() == [left] * 4 + [right] * 4
    elif fit == "stretch":
        assert (row[0], row[-1]) == (255, 255)
        assert row[2] < row[5]
    else:
        assert column[:2].tolist() == column[-2:].tolist() == [0, 0]
        assert row[0] == 255


def test_an_image_is_turned_as_its_exif_data_say(tmp_path: Path) -> None:
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[0] = 255
    path = tmp_path / "turned" / "1.png"
    path.parent.mkdir()
    image = Image.fromarray(pixels)
    exif = image.getexif()
    exif[0x0112] = 3  # upside down
    image.save(path, exif=exif)
    out = tmp_path / "a.npz"
    made = edgebench.dataset_from_images(path.parent, out=out, size=(4, 4), values=(0, 1))
    assert made.notes == (
        "no labels: the files lie in the folder itself, not in one sub-folder per class",
    )
    data = load_dataset(str(out))
    assert data.labels is None
    assert data.sample(0)[0][:, 0, 0].tolist() == [0, 0, 0, 1]


def test_a_models_input_says_what_it_takes(colours: Path, tmp_path: Path) -> None:
    model = resolve_model("scene-mobilenet:int8")
    form = image_form(model.facts)
    assert (form.height, form.width, form.channels, form.layout) == (96, 96, 3, "nhwc")
    out = tmp_path / "a.npz"
    (colours / "blue").mkdir()
    made = edgebench.dataset_from_images(
        colours, out=out, model="scene-mobilenet:int8", values=(0, 1)
    )
    assert made.shape == (96, 96, 3)
    assert made.notes[-1] == "the model has 2 outputs, the folder 3 classes"
    with pytest.raises(UsageError, match="the model's input does not state its range"):
        edgebench.dataset_from_images(colours, out=out, model="scene-mobilenet:float32")


@pytest.mark.parametrize(
    ("type_name", "scale", "zero_point", "wanted"),
    [
        ("INT8", 1 / 255, -128, (0, 1)),
        ("UINT8", 1 / 127.5, 127, (-1, 1)),
        ("INT8", 1 / 127.5, -1, (-1, 1)),
        ("INT8", 1.0, -128, (0, 255)),
        ("INT8", 1.0, 0, (-128, 127)),
        ("INT8", 0.0038, -128, None),  # up to 0.97: the range of data
        ("INT16", 1 / 255, 0, None),
    ],
)
def test_a_quantized_input_says_which_values_pixels_have(
    type_name: str, scale: float, zero_point: int, wanted: tuple[float, float] | None
) -> None:
    quantization = Quantization((scale,), (zero_point,))
    tensor = Tensor(0, "x", (1, 4, 4, 3), (1, 4, 4, 3), type_name, quantization)
    assert pixel_values(tensor) == (wanted and PixelValues.between(*wanted))
    assert pixel_values(replace(tensor, quantization=None)) is None


def test_what_takes_no_images_is_named(colours: Path, tmp_path: Path) -> None:
    path = tmp_path / "dense.tflite"
    path.write_bytes(dense_model((10, 4)).to_bytes())
    out = tmp_path / "a.npz"
    with pytest.raises(DatasetMismatch, match="not an image of a fixed size"):
        edgebench.dataset_from_images(colours, out=out, model=path, values=(0, 1))


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({}, "Give `model` or `size`"),
        ({"size": (4,), "values": (0, 1)}, "`size` must be a height and a width"),
        ({"size": (4, 0), "values": (0, 1)}, "`size` must be a height and a width"),
        ({"size": (10**6, 10**6), "values": (0, 1)}, "1,000,000 x 1,000,000 pixels; the limit"),
        ({"size": (4, 4)}, "Which real values are pixels of 0 to 255"),
        ({"size": (4, 4), "values": (1, 1)}, "from a lower to a higher number"),
        ({"size": (4, 4), "values": (0, 1), "mean": (0.5,)}, "Give `values`, or `mean` and"),
        ({"size": (4, 4), "mean": (0.5, 0.5)}, "`mean` has 2 numbers"),
        ({"size": (4, 4), "values": (0, np.inf)}, "from a lower to a higher number"),
        ({"size": (4, 4), "mean": (np.nan,)}, "each of `mean` must be a finite number"),
        ({"size": (4, 4), "std": (0,)}, "each of `std` must be above 0"),
        ({"size": (4, 4), "values": (0, 1), "channels": 4}, "`channels` must be 1 or 3"),
    ],
)
def test_what_is_not_said_is_not_guessed(
    how: dict[str, tuple[float, ...]], said: str, colours: Path, tmp_path: Path
) -> None:
    out = tmp_path / "a.npz"
    with pytest.raises(UsageError, match=said):
        edgebench.dataset_from_images(colours, out=out, **how)  # type: ignore[arg-type]
    assert not out.exists()


def test_channels_first_and_standardized(colours: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.npz"
    made = edgebench.dataset_from_images(
        colours, out=out, size=(4, 5), layout="nchw", mean=(0.5, 0, 0), std=(0.5, 1, 2)
    )
    assert made.shape == (3, 4, 5)
    (green,) = load_dataset(str(out)).sample(0)
    assert green[:, 0, 0].tolist() == [-1, 1, 0]


def test_grey_images_have_one_channel(colours: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.npz"
    edgebench.dataset_from_images(colours, out=out, size=(4, 4), channels=1, values=(0, 255))
    (green,), (red,) = map(load_dataset(str(out)).sample, (0, 1))
    assert green.shape == (4, 4, 1)
    assert green[0, 0, 0] > red[0, 0, 0] > 0


def test_all_unreadable_images_are_named_and_nothing_is_written(
    colours: Path, tmp_path: Path
) -> None:
    cut = save(colours / "red" / "cut.jpg", RED, side=64)
    cut.write_bytes(cut.read_bytes()[:-40])
    (colours / "red" / "text.jpg").write_text("not an image")
    deep = np.full((4, 4), 40_000, np.uint16)
    Image.fromarray(deep).save(colours / "red" / "deep.png")
    frames = [Image.new("L", (4, 4), value) for value in (0, 255)]
    frames[0].save(colours / "red" / "moving.gif", save_all=True, append_images=frames[1:])
    out = tmp_path / "a.npz"
    with pytest.raises(DatasetInvalid) as raised:
        edgebench.dataset_from_images(colours, out=out, size=(4, 4), values=(0, 1))
    message = str(raised.value)
    assert "4 of 7 files can't be read; nothing was written" in message
    assert "deep.png: pixels of Pillow's mode I;16, not of 8 bits" in message
    assert "moving.gif: 2 frames" in message
    assert list(tmp_path.glob("*.npz")) == list(tmp_path.glob(".*draft*")) == []


def test_what_is_no_folder_of_classes_is_refused(colours: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.npz"
    with pytest.raises(DatasetNotFound, match="there is no such folder"):
        edgebench.dataset_from_images(tmp_path / "x", out=out, size=(4, 4), values=(0, 1))
    with pytest.raises(UsageError, match=r"`out` must be the path of an \.npz file"):
        edgebench.dataset_from_images(colours, out=tmp_path / "a", size=(4, 4), values=(0, 1))
    with pytest.raises(DatasetInvalid, match=r"no file in it ends with \.wav, \.wave"):
        edgebench.dataset_from_wav(colours, out=out, length_s=1)
    save(colours / "3.png", RED)
    with pytest.raises(DatasetInvalid, match=r"files of its own \(3\.png\) and sub-folders"):
        edgebench.dataset_from_images(colours, out=out, size=(4, 4), values=(0, 1))
    (colours / "3.png").unlink()
    secret = save(tmp_path / "secret.png", RED)
    (colours / "red" / "link.png").symlink_to(secret)
    with pytest.raises(DatasetInvalid, match="leads out of the dataset's folder"):
        edgebench.dataset_from_images(colours, out=out, size=(4, 4), values=(0, 1))
    (colours / "red" / "link.png").unlink()
    save(tmp_path / "elsewhere" / "1.png", RED)
    (colours / "blue").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DatasetInvalid, match="leads out of the dataset's folder"):
        edgebench.dataset_from_images(colours, out=out, size=(4, 4), values=(0, 1))


@pytest.mark.parametrize(
    ("lines", "said"),
    [("red\ngreen\nred\n", "'red' is in it twice"), ("red\ngreen\n../x\n", "no name of a folder")],
)
def test_odd_names_of_classes_are_refused(
    lines: str, said: str, colours: Path, tmp_path: Path
) -> None:
    (colours / "classes.txt").write_text(lines)
    with pytest.raises(DatasetInvalid, match=said):
        edgebench.dataset_from_images(colours, out=tmp_path / "a.npz", size=(4, 4), values=(0, 1))
    np.save(colours / "red" / "1.npy", np.zeros(3))
    with pytest.raises(DatasetInvalid, match=said):
        load_dataset(str(colours))


def test_a_phones_picture_with_a_second_frame_is_read(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in (RED, GREEN)]
    (tmp_path / "x").mkdir()
    path = tmp_path / "x" / "1.jpg"
    frames[0].save(path, "MPO", save_all=True, append_images=frames[1:])
    out = tmp_path / "a.npz"
    edgebench.dataset_from_images(path.parent, out=out, size=(4, 4), values=(0, 255))
    (image,) = load_dataset(str(out)).sample(0)
    assert image[0, 0, 0] > 200


def test_the_commands_make_what_run_reads(colours: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.npz"
    images = ["dataset", "from-images", str(colours), "--out", str(out)]
    done = call(*images, "--size", "4x4", "--values=-1..1")
    assert done.returncode == 0, done.stderr
    assert "3 samples of 4 x 4 x 3, values -1 to 1" in done.stdout
    assert "1  red  2" in done.stdout
    done = call(*images, "--size", "4x4")
    assert done.returncode == 2
    assert "Give --values" in done.stderr
    done = call(*images, "--size", "4by4")
    assert done.returncode == 2
    assert "'4by4' is not HEIGHTxWIDTH" in done.stderr


def test_labels_that_are_one_hot_are_called_so(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, inputs=np.zeros((3, 2)), labels=np.eye(3))
    with pytest.raises(DatasetInvalid, match=r"one-hot, of shape \[3, 3\].*argmax"):
        load_dataset(str(path))


@pytest.mark.parametrize("kind", ["U", "S"])
def test_names_of_classes_are_as_many_as_labels_need(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    names = np.array(["a", "b"], kind)
    np.savez(path, inputs=np.zeros((3, 2)), labels=[0, 1, 1], classes=names)
    assert load_dataset(str(path)).classes == ("a", "b")
    np.savez(path, inputs=np.zeros((3, 2)), labels=[0, 1, 2], classes=names)
    with pytest.raises(DatasetInvalid, match="a label is 2, but `classes` has 2 names"):
        load_dataset(str(path))
