"""``edgebench rehearse``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from edgebench.cli.command_group import Group
from edgebench.cli.output import echo


def by_benchmark(
    ctx: click.Context, param: click.Parameter, values: Sequence[str]
) -> dict[str, str]:
    """Turn ``kws=model.tflite`` into a mapping."""
    pairs = [each.partition("=") for each in values]
    if any(not (name and sign and value) for name, sign, value in pairs):
        raise click.BadParameter(f"{' '.join(values)!r}: each must be BENCHMARK=VALUE")
    named = {name: value for name, _, value in pairs}
    if len(named) < len(pairs):
        raise click.BadParameter(f"{' '.join(values)!r}: each BENCHMARK may be there once")
    return named


@click.group("rehearse", cls=Group, short_help="A submission's hardware, emulated.")
def command() -> None:
    """Start what an official benchmark runner talks to, without hardware."""


@command.command("tiny", short_help="What MLCommons' runner for MLPerf Tiny talks to.")
@click.option("--benchmarks", default="all", show_default=True, metavar="kws,ic,...")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the runner's files go.  [default: edgebench-rehearsal]",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    callback=by_benchmark,
    metavar="BENCHMARK=MODEL",
    help="In place of the packaged model.",
)
@click.option(
    "--dataset",
    "datasets",
    multiple=True,
    callback=by_benchmark,
    metavar="BENCHMARK=DATA",
    help="In place of the packaged data; for sww, the .json of a streaming test.",
)
@click.option("--inputs", type=int, default=25, show_default=True, help="For accuracy; 0 for all.")
@click.option(
    "--window",
    "window_s",
    type=float,
    default=12.0,
    show_default=True,
    metavar="S",
    help="How long a window of inferences lasts.",
)
@click.option("--baud", type=int, default=921600, show_default=True, help="The devices' rate.")
@click.option("--fast-audio", is_flag=True, help="Play recordings faster than they sound.")
@click.option(
    "--tiny-dir",
    envvar="TINY_DIR",
    type=click.Path(path_type=Path),
    help="Your checkout of github.com/mlcommons/tiny, for what is printed.  [env: TINY_DIR]",
)
def tiny(
    benchmarks: str,
    out: Path | None,
    models: dict[str, str],
    datasets: dict[str, str],
    inputs: int,
    window_s: float,
    baud: int,
    fast_audio: bool,
    tiny_dir: Path | None,
) -> None:
    """Start devices, interface boards and an LPM01A, print what to type, and stay until Ctrl-C.

    MLCommons' runner then goes through accuracy, performance and energy mode as on a table with
    boards. Its figures are no measurements: the speed is this machine's, the power is made up.
    """
    from edgebench import api
    from edgebench.cli.tables.hardware.rehearsal import print_rehearsal
    from edgebench.processes.interruptions import interruptible

    with (
        interruptible(lambda: "Everything has been stopped; the runner's files stay"),
        api.rehearse_tiny(
            [each.strip() for each in benchmarks.split(",")],
            out=out,
            models=models,
            datasets=datasets,
            inputs=inputs,
            window_s=window_s,
            baud=baud,
            fast_audio=fast_audio,
            tiny_dir=None if tiny_dir is None else tiny_dir.absolute(),
            on_event=lambda text: echo(text, err=True),
        ) as rehearsal,
    ):
        print_rehearsal(rehearsal, has_tiny=tiny_dir is not None)
        rehearsal.wait()
