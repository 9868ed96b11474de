"""Boards: firmware for them, what it takes, and what each layer costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from edgebench.api.arguments import given, public, text_of
from edgebench.api.shape import shapes_by_name
from edgebench.boards.card import BoardCard, board_card, board_cards
from edgebench.errors import UsageError
from edgebench.firmware.external.contract import OWN
from edgebench.firmware.optimize import BALANCED, Optimize
from edgebench.mlperf.tiny.inputs import TinyBenchmark
from edgebench.models.prefix import until_op
from edgebench.models.resolve import resolve_model

if TYPE_CHECKING:
    from edgebench.firmware.building.export import Exported
    from edgebench.firmware.building.size import FirmwareSize
    from edgebench.firmware.export_kind import ExportKind
    from edgebench.harness.devices.costs.profile import Profile
    from edgebench.harness.devices.deploy import Deployed
    from edgebench.harness.progress import Progress
    from edgebench.rundir.contents.layers import Layers
    from edgebench.runtime_settings import Resolver


@public
def deploy(
    model: str | Path,
    board: str,
    *,
    flash: bool = False,
    flasher: str | None = None,
    device: str | None = None,
    optimize: Optimize = BALANCED,
    benchmark: TinyBenchmark | None = None,
    signature: str | None = None,
    until: str | None = None,
    engine: str = OWN,
    on_event: Callable[[str], None] | None = None,
) -> Deployed:
    """Compile a model into firmware for a board, boot it, and ask who it is.

    Without ``flash``, a board that its card names an emulator for is booted in that; of any other
    the image is only built.

    Parameters
    ----------
    flash
        Write the image to the real board.
    flasher
        With which of the card's programs; the first that is installed if left out.
    device
        The board's serial port; None finds it by the card's USB ids.
    optimize
        Flash against speed.
    benchmark
        MLPerf Tiny's benchmark that the model is of, such as ``"ic01"``: the firmware takes what
        MLCommons' runner sends for it, and is called by its name.
    signature
        Of a model with several: ``serving_default`` if left out, else the first.
    until
        Take the part before an op only, which is named as `edgebench.run` has it.
    engine
        What computes the network: ``edgebench``; ``c:DIR``, a folder with the sources of another
        engine that define `eb_model_invoke`; ``tflm:DIR``, your checkout of tflite-micro, with
        CMSIS-NN where that is there; ``tflm-reference:DIR``, with its reference kernels alone.
    on_event
        Called with a line of text for each step.

    Raises
    ------
    BoardNotFound, ToolchainMissing, UsageError
        If there is no such board, or what it needs is not installed.
    ModelNotSupported, BuildFailed
        If the model can't be compiled, or the image does not fit.
    FlashFailed, DeviceNotFound
        If the board can't be written, or its port is not here.
    DeviceError
        If the firmware does not answer.
    """
    from edgebench.firmware.building.image import ImageOptions
    from edgebench.harness.devices.deploy import Flashing
    from edgebench.harness.devices.deploy import deploy as deployed

    card, found = board_card(board), until_op(resolve_model(str(model), signature), until)
    if not flash and (device or flasher):
        raise UsageError(
            "`device` and `flasher` are for `flash`: without it nothing is written", field="flash"
        )
    flashing = Flashing(flasher, device) if flash else None
    options = ImageOptions(optimize, benchmark=benchmark, engine=engine)
    return deployed(found, card, options, flashing, **given(on_event=on_event))


@overload
def profile(
    model: str | Path,
    *,
    board: None = None,
    signature: str | None = None,
    until: str | None = None,
    shape: str | Mapping[str, str | Sequence[int]] | Sequence[int] | None = None,
    dataset: str | Path | None = None,
    runtime: str | None = None,
    threads: int | None = None,
    resolver: Resolver | None = None,
    rounds: int | None = None,
    into: str | Path | None = None,
    progress: Progress | None = None,
) -> Layers: ...


@overload
def profile(
    model: str | Path,
    *,
    board: str,
    until: str | None = None,
    device: str | None = None,
    inferences: int | None = None,
    optimize: Optimize | None = None,
    into: str | Path | None = None,
) -> Profile: ...


@public
def profile(
    model: str | Path,
    *,
    board: str | None = None,
    until: str | None = None,
    device: str | None = None,
    inferences: int | None = None,
    optimize: Optimize | None = None,
    signature: str | None = None,
    shape: str | Mapping[str, str | Sequence[int]] | Sequence[int] | None = None,
    dataset: str | Path | None = None,
    runtime: str | None = None,
    threads: int | None = None,
    resolver: Resolver | None = None,
    rounds: int | None = None,
    into: str | Path | None = None,
    progress: Progress | None = None,
) -> Profile | Layers:
    """Measure what each layer of a model costs, on this machine or on a board.

    Parameters
    ----------
    board
        A board's card: firmware is built with each layer timed, and run. Without one the ops are
        timed on this machine.
    until
        As `run` takes it: only the part before an op.
    device, inferences, optimize
        On a board: the port of a real one, which is flashed first; over how many inferences a
        layer's time is averaged; flash against speed.
    signature, shape, runtime, threads, resolver
        On this machine: as `run` takes them.
    dataset
        On this machine: whose first sample is run; random numbers if left out.
    rounds
        On this machine: how often each op has its turn.
    into
        A run directory of the same model that the profile is put into, for its report.
    progress
        Called with each stage and its share done, on this machine.

    Raises
    ------
    EdgebenchError
        As `deploy` on a board; `ModelNotSupported` or `RuntimeMissing` on this machine.
    RunDirectoryInvalid
        If `into` is no run directory, or is another model's.
    """
    on_board: dict[str, Any] = given(device=device, inferences=inferences, optimize=optimize)
    here: dict[str, Any] = given(
        signature=signature,
        shape=shapes_by_name(shape) or None,
        dataset=text_of(dataset),
        runtime=runtime,
        threads=threads,
        resolver=resolver,
        rounds=rounds,
        progress=progress,
    )
    unused, place = (here, "this machine") if board else (on_board, "a board: name it with `board`")
    for name in unused:
        raise UsageError(f"`{name}` is for {place}", field=name)
    found: Profile | Layers
    if board is not None:
        from edgebench.harness.devices.costs.profile import layers_of
        from edgebench.harness.devices.costs.profile import profile as profiled

        found = profiled(str(model), board, until=until, **on_board)
        layers = layers_of(found)
    else:
        from edgebench.harness.modes.host_profile import profile_on_host
        from edgebench.runtime_settings import RuntimeSettings

        found = layers = profile_on_host(
            str(model),
            RuntimeSettings(**given(runtime=runtime, threads=threads, resolver=resolver)),
            until=until,
            **given(
                signature=signature,
                shape=here.get("shape"),
                dataset=here.get("dataset"),
                rounds=rounds,
                progress=progress,
            ),
        )
    if into is not None:
        from edgebench.rundir.contents.layers import put_layers

        put_layers(Path(into), layers)
    return found


@public
def size(
    model: str | Path,
    board: str,
    *,
    optimize: Optimize = BALANCED,
    signature: str | None = None,
    until: str | None = None,
    estimate: bool = False,
) -> FirmwareSize:
    """Return what a model takes of a board's flash and RAM, before anything is built.

    Parameters
    ----------
    estimate
        Estimate the time of an inference, too, and of a streaming wake word's frame: the firmware
        is built and executed by QEMU, which needs the board's compiler, a C compiler of this
        machine's, and some seconds.
    optimize
        Flash against speed.
    signature
        Of a model with several: ``serving_default`` if left out, else the first.
    until
        Take the part before an op only, which is named as `edgebench.run` has it.

    Raises
    ------
    UsageError
        If there is no such model, signature or board, or the board's card has no firmware.
    ModelNotSupported
        If the firmware lacks one of the model's ops.
    ToolchainMissing, BuildFailed, DeviceError
        With ``estimate``: if a tool is not installed, or the emulator does not execute it.
    """
    from edgebench.firmware.building.size import size_of

    found, card = until_op(resolve_model(str(model), signature), until), board_card(board)
    sizes = size_of(found, card, optimize)
    if not estimate:
        return sizes
    from edgebench.firmware.building.benchmark import STREAMING, benchmark_of
    from edgebench.harness.devices.costs.cycles import estimate_inference

    sizes = replace(sizes, estimate=estimate_inference(found, card, optimize).estimate)
    if benchmark_of(found, None) != STREAMING:
        return sizes
    from edgebench.harness.devices.costs.frame import estimate_frame

    return replace(sizes, frame=estimate_frame(found, card, optimize))


@public
def export(
    model: str | Path,
    kind: ExportKind,
    *,
    out: str | Path,
    board: str | None = None,
    optimize: Optimize = BALANCED,
    name: str | None = None,
    signature: str | None = None,
    until: str | None = None,
) -> Exported:
    """Write a model's C as a project for your own tree.

    Parameters
    ----------
    kind
        ``cmake``, ``make``, ``zephyr`` or ``arduino``.
    out
        A folder that is not there yet, or is empty.
    board
        Takes the kernels and compiler flags of a board's card; None takes portable C.
    optimize
        Flash against speed.
    name
        The network's C name in lower case, which all names in the project begin with; None makes
        one of the model's name.
    signature
        Of a model with several: ``serving_default`` if left out, else the first.
    until
        Take the part before an op only, which is named as `edgebench.run` has it.

    Raises
    ------
    UsageError
        If the folder is not empty, or ``name`` is no C name.
    ModelNotSupported
        If the kernels lack one of the model's ops.
    DiskFull
        If it can't be written.
    """
    from edgebench.firmware.building.export import export as exported

    found = until_op(resolve_model(str(model), signature), until)
    return exported(found, kind, Path(out), board=board, optimize=optimize, name=name)


@public
def list_boards() -> dict[str, BoardCard]:
    """Return the cards of all boards, by name."""
    return board_cards()
