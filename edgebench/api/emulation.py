"""Devices without hardware, for other programs to talk to."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from edgebench.api.arguments import given, public
from edgebench.mlperf.tiny.inputs import TinyBenchmark

if TYPE_CHECKING:
    from edgebench.harness.devices.emulated import Emulated


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
        **given(board=board, benchmark=benchmark, baud=baud, inject=faults, extensions=extensions)
    )
    return Emulated(str(model), options, None if port_link is None else Path(port_link))
