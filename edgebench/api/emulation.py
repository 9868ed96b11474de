"""Devices without hardware, for other programs to talk to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from edgebench.api.arguments import given, public
from edgebench.mlperf.tiny.inputs import TinyBenchmark

if TYPE_CHECKING:
    from edgebench.harness.devices.emulated import Emulated
    from edgebench.harness.rehearsal.rehearsal import Rehearsal


@public
def emulate(
    model: str | Path,
    *,
    board: str | None = None,
    benchmark: TinyBenchmark | None = None,
    baud: int | None = None,
    inject: Iterable[str] | None = None,
    extensions: bool | None = None,
    port_link: str | Path | None = None,
    audio: str | Path | None = None,
    engine: str | None = None,
) -> Emulated:
    """Start an emulated device and leave its port open for any program.

    Parameters
    ----------
    model
        A card's name, a .tflite, or MLPerf Tiny's short name (``kws``).
    board
        Boots its image in the emulator that its card names; without one the firmware is a program
        of this machine, behind a line that keeps the rate's byte times.
    benchmark
        MLPerf Tiny's, such as ``"ic01"``: the firmware takes what MLCommons' runner sends for it,
        and is called by its name.
    baud, inject, extensions
        As `run` takes them for ``emulated:MODEL``.
    port_link
        A second name for the port, which is a pseudo-terminal with another number each time.
    audio
        What a device that listens (``benchmark="sww01"``) hears: a file of 16-bit samples, played
        from its beginning at each ``start%``, or a socket of an interface board.
    engine
        What computes the network: as `deploy` takes it.

    Returns
    -------
    A context manager with the ``port``, on which the device has answered; ``wait()`` stays until
    the emulator ends.

    Raises
    ------
    UsageError, BoardNotFound, ToolchainMissing
        If there is no such model or board, or what builds it is not installed.
    ModelNotSupported, BuildFailed
        If the model can't be compiled.
    DeviceError
        If the firmware does not answer.

    Examples
    --------
    >>> import edgebench
    >>> with edgebench.emulate("kws") as device:
    ...     device.port.startswith("/dev/")
    True
    """
    from edgebench.harness.devices.emulated import Emulated, EmulationOptions

    faults = None if inject is None else tuple(inject)
    options = EmulationOptions(
        audio=None if audio is None else Path(audio),
        **given(
            board=board,
            benchmark=benchmark,
            baud=baud,
            inject=faults,
            extensions=extensions,
            engine=engine,
        ),
    )
    return Emulated(str(model), options, None if port_link is None else Path(port_link))


@public
def rehearse_tiny(
    benchmarks: Iterable[str] | None = None,
    *,
    out: str | Path | None = None,
    models: Mapping[str, str] | None = None,
    datasets: Mapping[str, str] | None = None,
    inputs: int | None = None,
    window_s: float | None = None,
    baud: int | None = None,
    fast_audio: bool = False,
    tiny_dir: str | Path | None = None,
    on_event: Callable[[str], None] | None = None,
) -> Rehearsal:
    """Start everything that MLCommons' runner for MLPerf Tiny talks to, without hardware.

    For each benchmark a device and an interface board in front of it, one LPM01A for all, and the
    data, device list and test scripts that the runner reads. What comes out is no measurement: the
    devices' speed is this machine's, and the meter's power is made up.

    Parameters
    ----------
    benchmarks
        Short names such as ``"kws"``; ``"all"``, the default, are those that have a model and data.
    out
        The folder for the runner's files, ``edgebench-rehearsal`` by default.
    models, datasets
        By the benchmark's short name, in place of the packaged ones. ``sww`` needs both: its
        dataset is the file that defines the streaming test, next to its recording.
    inputs
        How many the accuracy is over, of each class in turn; 0 for all. 25 by default.
    window_s
        How long a window of inferences is to last; 12 s by default, and the rules ask for 10.
    baud
        Of the lines to the devices, 921600 by default.
    fast_audio
        Play recordings as fast as the device takes them; the board's clock goes with them.
    tiny_dir
        The checkout of github.com/mlcommons/tiny that the commands name.
    on_event
        Called with a line of text for each step.

    Returns
    -------
    A context manager with the ``folder``, the ``benchmarks`` (their ports and ``commands``) and the
    ``meter``; ``wait()`` stays until something ends.

    Raises
    ------
    UsageError
        If a benchmark is unknown, or has no model or data.
    ToolchainMissing, BuildFailed, DeviceError
        As `emulate`.
    MeterNotFound
        If the meter can't be started.
    """
    from edgebench.harness.rehearsal.rehearsal import Rehearsal
    from edgebench.harness.rehearsal.request import RehearsalRequest

    named = None if benchmarks is None else tuple(benchmarks)
    asked = RehearsalRequest(
        is_fast=fast_audio,
        **given(
            benchmarks=named,
            out=None if out is None else Path(out),
            models=models,
            datasets=datasets,
            inputs=inputs,
            window_s=window_s,
            baud=baud,
        ),
    )
    where = None if tiny_dir is None else str(tiny_dir)
    return Rehearsal(asked, **given(tiny=where, on_event=on_event))
