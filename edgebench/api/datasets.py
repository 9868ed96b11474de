"""Make datasets of folders with images or sounds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from edgebench.api.arguments import public
from edgebench.datasets.making.pixels import MOST_PIXELS, ImageForm, PixelValues
from edgebench.errors import DatasetMismatch, UsageError

if TYPE_CHECKING:
    from edgebench.datasets.making.make_dataset import MadeDataset
    from edgebench.models.resolve import Model

ENDS = ("low", "high")
SIDES = ("height", "width")


@public
def dataset_from_images(
    folder: str | Path,
    *,
    out: str | Path,
    model: str | Path | None = None,
    size: Sequence[int] | None = None,
    channels: int | None = None,
    layout: Literal["nhwc", "nchw"] | None = None,
    values: Sequence[float] | None = None,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    fit: Literal["crop", "stretch", "pad"] = "crop",
) -> MadeDataset:
    """Make a dataset of a folder of images: ``FOLDER/CLASS/NAME.jpg``.

    Classes are numbered in the order of a ``classes.txt``, else of their names. Images that lie in
    the folder itself make a dataset without labels. Needs Pillow.

    Parameters
    ----------
    out
        The .npz to write: ``inputs`` (float32), ``labels`` and ``classes``.
    model
        Take the size, the channels and the layout from this model's input and, where it is
        quantized to one of the usual ranges, the values.
    size
        Height and width, in pixels; without ``model``.
    channels
        3 (the default: red, green, blue) or 1 (grey).
    layout
        ``nhwc`` (the default): channels last, or ``nchw``.
    values
        What pixels of 0 and of 255 become, such as ``(-1, 1)``.
    mean, std
        Instead of ``values``: (pixel / 255 - mean) / std, one number or one per channel.
    fit
        What happens to an image of another shape: ``crop`` takes its middle, ``stretch`` distorts
        it, ``pad`` adds black borders.

    Raises
    ------
    UsageError
        If it is not clear how large images are or which values pixels have.
    DatasetNotFound, DatasetInvalid, DatasetMismatch
        If there are no images, files can't be read, or the model takes no images.
    RuntimeMissing
        If Pillow is not installed.
    DiskFull, EdgebenchError
        If the file can't be written.
    """
    from edgebench.datasets.making.make_dataset import from_images
    from edgebench.models.resolve import resolve_model

    known = None if model is None else resolve_model(str(model))
    form = _form(known, size, channels, layout)
    scaling = _values(known, values, mean, std, form.channels)
    made = from_images(Path(folder), Path(out), form, scaling, fit)
    return made if known is None else _with_outputs(made, known)


@public
def dataset_from_wav(
    folder: str | Path,
    *,
    out: str | Path,
    length_s: float,
    features: Literal["raw", "log-mel"] = "raw",
    rate_hz: int | None = None,
) -> MadeDataset:
    """Make a dataset of a folder of WAV files (16-bit PCM): ``FOLDER/CLASS/NAME.wav``.

    Classes are numbered as by `dataset_from_images`. Of several channels the first is taken.

    Parameters
    ----------
    out
        The .npz to write: ``inputs`` (float32), ``labels`` and ``classes``.
    length_s
        The length of a sample in seconds. Longer files lose their end, silence is added to
        shorter ones; the result says how many.
    features
        ``raw``: samples of -1 to 1. ``log-mel``: the features of MLPerf Tiny's streaming wake word,
        40 energies per 32 ms of 16 kHz audio.
    rate_hz
        The rate that files must have; by default that of the first one, or 16 kHz for ``log-mel``.
        Files are not resampled.

    Raises
    ------
    UsageError
        If the length is too short or too long.
    DatasetNotFound, DatasetInvalid
        If there are no such files, or some can't be read or have another rate.
    DiskFull, EdgebenchError
        If the file can't be written.
    """
    from edgebench.datasets.making.make_dataset import from_sounds

    if not length_s > 0:
        raise UsageError(f"`length_s` must be above 0, not {length_s:g}", field="length_s")
    return from_sounds(Path(folder), Path(out), length_s, features, rate_hz)


def _form(
    model: Model | None,
    size: Sequence[int] | None,
    channels: int | None,
    layout: Literal["nhwc", "nchw"] | None,
) -> ImageForm:
    """Return the form of the images, from the model or as given."""
    from edgebench.models.tflite.image_input import image_form

    if (model is None) == (size is None):
        both = "" if model is None else ", not both"
        raise UsageError(f"Give `model` or `size`{both}", field="size")
    if model is not None:
        form = image_form(model.facts, layout)
        if channels not in (None, form.channels):
            raise DatasetMismatch(
                f"the model takes images of {form.channels} channels, not {channels}",
                field="channels",
            )
        return form
    if size is None or len(size) != len(SIDES) or min(size) < 1:
        raise UsageError(f"`size` must be a height and a width, not {size!r}", field="size")
    if channels not in (None, 1, 3):
        raise UsageError(f"`channels` must be 1 or 3, not {channels}", field="channels")
    height, width = size
    if height * width > MOST_PIXELS:
        raise UsageError(
            f"`size` is {height:,} x {width:,} pixels; the limit is {MOST_PIXELS:,}", field="size"
        )
    return ImageForm(height, width, channels or 3, layout or "nhwc")


def _values(
    model: Model | None,
    values: Sequence[float] | None,
    mean: Sequence[float] | None,
    std: Sequence[float] | None,
    channels: int,
) -> PixelValues:
    """Return the values of pixels, as given or from the model; they are never guessed."""
    from edgebench.models.tflite.image_input import pixel_values

    if values is not None and (mean is not None or std is not None):
        raise UsageError("Give `values`, or `mean` and `std`, not both", field="values")
    if values is not None:
        if len(values) != len(ENDS):
            raise UsageError("`values` must be two numbers: of pixels 0 and 255", field="values")
        return PixelValues.between(*values)
    if mean is not None or std is not None:
        return PixelValues.standardized(mean or (0.0,), std or (1.0,), channels)
    found = None if model is None else pixel_values(model.facts.inputs[0])
    if found is None:
        where = "" if model is None else ": the model's input does not state its range"
        raise UsageError(
            f"Which real values are pixels of 0 to 255{where}? Give `values`, such as 0..1, -1..1 "
            "or 0..255, as the model was trained with",
            field="values",
        )
    return found


def _with_outputs(made: MadeDataset, model: Model) -> MadeDataset:
    """Add a note if the model has another number of outputs than there are classes."""
    from dataclasses import replace

    outputs = model.facts.outputs[0].sample_elements
    if not made.classes or outputs == len(made.classes):
        return made
    note = f"the model has {outputs} outputs, the folder {len(made.classes)} classes"
    return replace(made, notes=(*made.notes, note))
