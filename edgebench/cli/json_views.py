"""Results that hold a whole model or firmware, as ``--json`` shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgebench.firmware.building.image import Image
from edgebench.firmware.building.size import FirmwareSize, Memory
from edgebench.harness.devices.deploy import Deployed
from edgebench.models.quantize.postflight import RuntimeCheck
from edgebench.models.quantize.versions import Versions
from edgebench.rundir.records.device import EstimateRecord


@dataclass(frozen=True)
class MemoryView:
    """A memory of a board, and what takes how much of it."""

    name: str
    size_bytes: int
    total_bytes: int
    fits: bool
    parts: Mapping[str, int]


@dataclass(frozen=True)
class LayerView:
    """A layer's memory: constants, and the part of the arena in use while it runs."""

    index: int
    op: str
    function: str
    constant_bytes: int
    alive_bytes: int


@dataclass(frozen=True)
class SizeView:
    """Flash and RAM of a model on a board."""

    model: str
    board: str
    fits: bool
    flash: MemoryView
    ram: MemoryView
    layers: tuple[LayerView, ...]
    estimate: EstimateRecord | None
    note: str


@dataclass(frozen=True)
class DeployView:
    """An image, and the device that answered; ``device`` is None if it was only built.

    Of another engine than edgebench's own kernels ``arena_bytes`` and ``stack_bytes`` are None:
    they are not known. ``arena_used_bytes`` is how much of its memory it says it uses.
    """

    model: str
    board: str
    engine: str
    compiler: str
    image: Path
    text_bytes: int
    rodata_bytes: int
    ram_bytes: int
    arena_bytes: int | None
    arena_used_bytes: int | None
    stack_bytes: int | None
    device: str | None
    device_model: str | None
    port: str | None
    measured_us: float | None
    estimate: EstimateRecord | None


@dataclass(frozen=True)
class CheckView:
    """A version on one runtime; what could not be found out is None."""

    runtime: str
    version: str
    problem: str
    metric: str | None
    accuracy: float | None
    unit: str | None
    log_loss: float | None
    snr_db: float | None
    same_top1: float | None
    p50_ns: int | None
    is_wrong: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class VersionView:
    """A quantized version; ``size_bytes`` and ``path`` are None if it was not made or written."""

    recipe: str
    size_bytes: int | None
    path: Path | None
    problem: str
    checks: tuple[CheckView, ...]


@dataclass(frozen=True)
class QuantizeView:
    """All versions of a model; the first is the float model itself."""

    model: str
    versions: tuple[VersionView, ...]
    repairs: tuple[str, ...]
    warnings: tuple[str, ...]
    data_limits: str


def size_view(found: FirmwareSize) -> SizeView:
    """Return what `edgebench size --json` shows."""
    layers = (
        LayerView(
            index=each.layer.index,
            op=each.layer.op_name,
            function=each.layer.function,
            constant_bytes=each.constant_bytes,
            alive_bytes=each.alive_bytes,
        )
        for each in found.layers
    )
    return SizeView(
        model=found.model.label,
        board=found.board.name,
        fits=found.fits,
        flash=_memory(found.flash),
        ram=_memory(found.ram),
        layers=tuple(layers),
        estimate=None if found.estimate is None else found.estimate.record(),
        note=found.note,
    )


def _memory(memory: Memory) -> MemoryView:
    return MemoryView(
        memory.name, memory.size_bytes, memory.total_bytes, memory.fits, dict(memory.parts)
    )


def deploy_view(found: Deployed) -> DeployView:
    """Return what `edgebench deploy --json` shows."""
    image: Image = found.image
    identity = found.identity
    return DeployView(
        model=found.model.label,
        board=image.board.name,
        engine=image.engine,
        compiler=image.compiler,
        image=image.path,
        text_bytes=image.text_bytes,
        rodata_bytes=image.rodata_bytes,
        ram_bytes=image.ram_bytes,
        arena_bytes=image.arena_bytes,
        arena_used_bytes=None if identity is None else identity.arena_bytes,
        stack_bytes=image.stack_bytes,
        device=None if identity is None else identity.name,
        device_model=None if identity is None else identity.model,
        port=found.port,
        measured_us=found.measured_us,
        estimate=None if found.estimate is None else found.estimate.record(),
    )


def _checks(checks: Sequence[RuntimeCheck]) -> tuple[CheckView, ...]:
    return tuple(
        CheckView(
            runtime=each.runtime,
            version=each.version,
            problem=each.problem,
            metric=None if each.score is None else each.score.metric,
            accuracy=None if each.score is None else each.score.value,
            unit=None if each.score is None else each.score.unit,
            log_loss=each.log_loss,
            snr_db=None if each.agreement is None else each.agreement.snr_db,
            same_top1=None if each.agreement is None else each.agreement.top1,
            p50_ns=each.p50_ns,
            is_wrong=each.is_wrong,
            warnings=each.warnings,
        )
        for each in checks
    )


def quantize_view(found: Versions) -> QuantizeView:
    """Return what `edgebench quantize --json` shows."""
    whole = VersionView("float32", len(found.model.content), None, "", _checks(found.float_checks))
    made = (
        VersionView(
            each.recipe,
            None if each.made is None else len(each.made.model.content),
            each.path,
            each.problem,
            _checks(each.checks),
        )
        for each in found.versions
    )
    return QuantizeView(
        found.model.label, (whole, *made), found.repairs, found.warnings, found.data_limits
    )
