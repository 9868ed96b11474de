"""``edgebench dataset``."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import click

from edgebench.cli.command_group import Group
from edgebench.cli.json_output import json_option, wrote_json
from edgebench.cli.output import echo


def numbers(separator: str, kind: type) -> Callable[..., tuple[float, ...] | None]:
    """Return a callback that turns a text such as ``96x96`` or ``-1..1`` into numbers."""

    def parsed(
        ctx: click.Context, param: click.Parameter, value: str | None
    ) -> tuple[float, ...] | None:
        if value is None:
            return None
        try:
            return tuple(kind(each) for each in value.split(separator))
        except ValueError as error:
            raise click.BadParameter(f"{value!r} is not {param.make_metavar(ctx)}") from error

    return parsed


folder_argument = click.argument(
    "folder", type=click.Path(path_type=Path, exists=True, file_okay=False)
)
out_option = click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE.npz",
    help="The dataset to write; `run --dataset FILE.npz` reads it.",
)


@click.group("dataset", cls=Group, short_help="Make a dataset of images or sounds.")
def command() -> None:
    """Make a dataset of a folder that has one sub-folder per class."""


@command.command("from-images", short_help="A folder of images.")
@folder_argument
@out_option
@click.option("--model", metavar="M", help="Take size, channels and layout from its input.")
@click.option(
    "--size",
    callback=numbers("x", int),
    metavar="HEIGHTxWIDTH",
    help="In pixels, without --model.",
)
@click.option("--grey", "channels", flag_value=1, type=int, help="One channel.  [default: three]")
@click.option(
    "--layout",
    type=click.Choice(["nhwc", "nchw"]),
    help="Channels last or first.  [default: --model's, or nhwc]",
)
@click.option(
    "--values",
    callback=numbers("..", float),
    metavar="LOW..HIGH",
    help="What pixels of 0 and 255 become, such as 0..1, -1..1, 0..255.  [default: the range of "
    "--model's quantized input, if it is one of these]",
)
@click.option("--mean", callback=numbers(",", float), metavar="R,G,B", help="Of pixels of 0 to 1.")
@click.option("--std", callback=numbers(",", float), metavar="R,G,B", help="As --mean.")
@click.option(
    "--fit",
    type=click.Choice(["crop", "stretch", "pad"]),
    default="crop",
    show_default=True,
    help="Images of another shape: take the middle, distort them, or add black borders.",
)
@json_option
def from_images(
    folder: Path,
    out: Path,
    model: str | None,
    size: tuple[int, int] | None,
    channels: int | None,
    layout: Literal["nhwc", "nchw"] | None,
    values: tuple[float, float] | None,
    mean: tuple[float, ...] | None,
    std: tuple[float, ...] | None,
    fit: Literal["crop", "stretch", "pad"],
) -> None:
    """Make a dataset of images: FOLDER/CLASS/NAME.jpg, .png and others.

    Classes are numbered by FOLDER/classes.txt, one name per line, or in the order of their names.
    Use the same preprocessing as in training: --values (or --mean and --std) and --fit decide the
    accuracy.
    """
    from edgebench import api
    from edgebench.cli.tables.models.dataset import print_made_dataset

    made = api.dataset_from_images(
        folder,
        out=out,
        model=model,
        size=size,
        channels=channels,
        layout=layout,
        values=values,
        mean=mean,
        std=std,
        fit=fit,
    )
    if wrote_json(made):
        return
    print_made_dataset(made)
    if model is not None:
        words = ["edgebench", "run", model, "--dataset", str(made.path)]
        echo(f"run it: {shlex.join(words)}")


@command.command("from-wav", short_help="A folder of WAV files.")
@folder_argument
@out_option
@click.option(
    "--length",
    "length_s",
    type=click.FloatRange(0, min_open=True),
    required=True,
    metavar="S",
    help="Of a sample, in seconds: longer files lose their end, silence is added to shorter ones.",
)
@click.option(
    "--features",
    type=click.Choice(["raw", "log-mel"]),
    default="raw",
    show_default=True,
    help="Samples of -1 to 1, or MLPerf Tiny's 40 log-mel energies per 32 ms.",
)
@click.option(
    "--rate",
    "rate_hz",
    type=click.IntRange(1),
    metavar="HZ",
    help="That files must have; they are not resampled.  [default: the first file's]",
)
@json_option
def from_wav(
    folder: Path,
    out: Path,
    length_s: float,
    features: Literal["raw", "log-mel"],
    rate_hz: int | None,
) -> None:
    """Make a dataset of sounds: FOLDER/CLASS/NAME.wav, of 16-bit PCM.

    Classes are numbered by FOLDER/classes.txt, one name per line, or in the order of their names.
    """
    from edgebench import api
    from edgebench.cli.tables.models.dataset import print_made_dataset

    made = api.dataset_from_wav(
        folder, out=out, length_s=length_s, features=features, rate_hz=rate_hz
    )
    if not wrote_json(made):
        print_made_dataset(made)
