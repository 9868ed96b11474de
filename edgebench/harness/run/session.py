"""A run from start to end: one run directory per scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from edgebench.clock import utc_now
from edgebench.errors import (
    DeviceLost,
    DeviceNotResponding,
    EdgebenchError,
    Interrupted,
    ResumeMismatch,
    StrayAuditConfig,
)
from edgebench.harness.modes.peak import refuse_hopeless_bound
from edgebench.harness.progress import Progress, Silent
from edgebench.harness.request import RunRequest
from edgebench.harness.request_defaults import DEFAULT_OUT
from edgebench.harness.run.interrupted import (
    as_begun,
    moved,
    never_begun,
    newest_interrupted,
    without_faults,
)
from edgebench.harness.run.prepare import Prepared, prepare
from edgebench.harness.run.run_record import check_same, start_record
from edgebench.harness.run.scenario import run_scenario
from edgebench.harness.run.submittable import not_submittable
from edgebench.harness.run.sut_pool import SutPool
from edgebench.host.frequency import held_frequency
from edgebench.host.memory import map_large_blocks
from edgebench.mlperf.loadgen.config import AUDIT_CONFIG
from edgebench.mlperf.scenarios import scenario_called
from edgebench.processes.interruptions import interrupter, interruption
from edgebench.rundir.layout import session_name
from edgebench.rundir.reader import CompletedRuns, Run, read_run
from edgebench.rundir.records.run import RunRecord
from edgebench.rundir.writer import RunDirectory, only_run_in
from edgebench.sut.open import SutFactory
from edgebench.text.call_text import call_text
from edgebench.text.sentences import and_then

if TYPE_CHECKING:
    from edgebench.harness.devices.rig import DeviceRig
    from edgebench.harness.metered.metered_run import MeteredRun
    from edgebench.power.place import MeterPlace

MARKER = "marker"
"""The option of a meter that can see an emulated device's marker pin."""


def run_request(
    request: RunRequest,
    out: Path = DEFAULT_OUT,
    progress: Progress | None = None,
    factory: SutFactory | None = None,
) -> CompletedRuns:
    """Carry out a request.

    Parameters
    ----------
    out
        The folder that the run directories are made in.
    factory
        Opens the system under test; by default the request's runtime does.

    Raises
    ------
    UsageError
        If the request can't be carried out as asked (each kind is a class of its own).
    RunDirectoryBusy
        If another run holds `out`.
    Interrupted
        After Ctrl-C; what was measured is kept in a ``.partial`` directory.
    EdgebenchError
        If measuring failed; what was measured before is kept as well.
    """
    request.check_here()
    _refuse_stray_audit_config()
    map_large_blocks()
    progress = progress or Silent()
    directories: list[RunDirectory] = []
    with _interruptible(directories), ExitStack() as stack:
        stack.enter_context(held_frequency(request.frequency_mhz))
        if request.device is not None and request.device.interface is not None:
            return _run_listening(request, out, directories, stack, progress)
        prepared = _prepared(request, factory, stack, progress)
        _say_what_cannot_be_submitted(prepared, progress)
        stack.enter_context(only_run_in(out))
        systems = stack.enter_context(SutPool(prepared, progress))
        session = session_name(out, utc_now())
        # Not before: what can't be measured at all must leave nothing to be resumed.
        first = systems.serving(request.scenarios[0])
        refuse_hopeless_bound(request, first.calibration)
        for name in request.scenarios:
            directories.append(start_record(out, session, prepared, first, name))
        return _run_all(prepared, systems, directories, [], progress)


def _run_listening(
    request: RunRequest,
    out: Path,
    directories: list[RunDirectory],
    stack: ExitStack,
    progress: Progress,
    interrupted: Run | None = None,
) -> CompletedRuns:
    """Run MLPerf Tiny's streaming test on a device: it has a procedure of its own."""
    from edgebench.harness.run.listening import listening_model, run_listening

    prepared = prepare(listening_model(request))
    if interrupted is None:
        stack.enter_context(only_run_in(out))
    metered, marker = _wired_meter(request, stack)
    meter = None if metered is None else metered.meter
    with _noted(directories):
        path = run_listening(prepared, out, directories, progress, meter, marker, interrupted)
    return CompletedRuns((read_run(path),))


def _say_what_cannot_be_submitted(prepared: Prepared, progress: Progress) -> None:
    """Say before ten minutes a scenario that no round takes such a run."""
    reason = not_submittable(prepared.request, prepared.model.name, prepared.dataset)
    if reason:
        progress.stage(f"{prepared.dataset.name}: {reason}", None)


def resume(
    out: Path = DEFAULT_OUT,
    progress: Progress | None = None,
    factory: SutFactory | None = None,
    device: str | None = None,
) -> CompletedRuns:
    """Go on with the newest interrupted run below a folder, with the settings it began with.

    Modes that were finished are kept; the one that was interrupted is run again, and its old
    logs are set aside.

    Parameters
    ----------
    device
        Where the serial device is now: a port may come back under another name.

    Raises
    ------
    ResumeMismatch
        If there is nothing to resume, or the model, the data or the runtime are others now.
    EdgebenchError
        As `run_request`.
    """
    _refuse_stray_audit_config()
    map_large_blocks()
    if not out.is_dir():
        raise ResumeMismatch(f"{out}: no interrupted run to resume: there is no such folder")
    directories: list[RunDirectory] = []
    with _interruptible(directories), only_run_in(out), ExitStack() as stack:
        pending, complete = newest_interrupted(out)
        request = as_begun(pending[0])
        request.check_here()
        if device is not None:
            request = moved(request, device)
        request = without_faults(request)
        if request.device is not None and request.device.interface is not None:
            return _run_listening(
                request, out, directories, stack, progress or Silent(), pending[0]
            )
        pending.sort(key=lambda run: _position(run.record, request))
        directories += [RunDirectory(run.path, run.record) for run in pending]
        progress = progress or Silent()
        stack.enter_context(held_frequency(request.frequency_mhz))
        prepared = _prepared(request, factory, stack, progress)
        systems = stack.enter_context(SutPool(prepared, progress))
        first = systems.serving(scenario_called(pending[0].record.scenario).name)
        for run in pending:
            check_same(run, prepared, first.sut.description)
        session = pending[0].record.session
        for name in never_begun(pending, complete, request):
            directories.append(start_record(out, session, prepared, first, name))
        directories.sort(key=lambda directory: _position(directory.record, request))
        for directory in directories:
            directory.event("resumed")
        return _run_all(prepared, systems, directories, complete, progress)


@contextmanager
def _interruptible(directories: list[RunDirectory]) -> Iterator[None]:
    """Say what there is of a run that Ctrl-C ends, whenever that comes.

    Parameters
    ----------
    directories
        The run's; to be filled when they are made.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        if not directories:
            said = f"{interruption(error)} before anything was measured"
            raise Interrupted(said) from error
        kept = tuple(directory.path for directory in directories)
        out = kept[0].parent
        said = f"{interruption(error)} when all had been measured; it is in {out}"
        if not out.is_dir():
            said = f"{interruption(error)}. {out} was removed or moved, and the run with it"
        elif any(directory.record.state != "complete" for directory in directories):
            again = f"go on with {call_text('resume', str(out))}"
            said = f"{interruption(error)}. What was measured is kept in {out}; {again}"
        raise Interrupted(said, kept) from error


def _prepared(
    request: RunRequest, factory: SutFactory | None, stack: ExitStack, progress: Progress
) -> Prepared:
    """Open the meter and the device that a request names, and resolve the rest of it."""
    metered, marker = _wired_meter(request, stack)
    prepared = prepare(request, factory, _rig(request, stack, progress, marker))
    return replace(prepared, metered=metered)


def _wired_meter(request: RunRequest, stack: ExitStack) -> tuple[MeteredRun | None, Path | None]:
    """Open the meter that a request names, and return what a marker pin is wired to it with."""
    place = _meter_place(request)
    marker = None
    if _is_wired(request, place):
        # A run without an emulated device does not need it.
        from edgebench.virtual.meters.marker import wire_name

        marker = wire_name()
    return _metered(place, stack, marker), marker


def _meter_place(request: RunRequest) -> MeterPlace | None:
    """Return where the meter is that a request names."""
    if request.power is None:
        return None
    # Without a meter nothing of it is needed.
    from edgebench.power.drivers import parse_place

    return parse_place(request.power, request.supply_v, request.meter_accuracy)[1]


def _is_wired(request: RunRequest, place: MeterPlace | None) -> bool:
    """Return whether an emulated device's marker pin can be wired to the meter."""
    is_emulated = request.device is not None and request.device.is_emulated
    return is_emulated and place is not None and place.takes(MARKER)


def _rig(
    request: RunRequest, stack: ExitStack, progress: Progress, marker: Path | None
) -> DeviceRig | None:
    """Open the device that a request names; it is closed with the stack."""
    if request.device is None:
        return None
    # The main job on this machine needs none of it.
    from edgebench.harness.devices.rig import DeviceRig

    progress.stage(f"opening {request.device.port}", 1.0)
    # Performance is by the device's own clock; its energy mode has none.
    is_timed = bool({"performance", "compliance"} & set(request.modes))
    rig = stack.enter_context(
        DeviceRig(
            request.device,
            request.model,
            marker,
            until=request.until,
            needs_timestamps=is_timed,
        )
    )
    progress.advance(1.0)
    return rig


def _metered(place: MeterPlace | None, stack: ExitStack, marker: Path | None) -> MeteredRun | None:
    """Open a meter, wired to a device's marker pin if there is one; closed with the stack."""
    if place is None:
        return None
    from edgebench.harness.metered.metered_run import MeteredRun

    wired = place if marker is None else place.with_option(MARKER, str(marker))
    return stack.enter_context(MeteredRun(wired))


def _run_all(
    prepared: Prepared,
    systems: SutPool,
    directories: list[RunDirectory],
    complete: list[Run],
    progress: Progress,
) -> CompletedRuns:
    runs = list(complete)
    with _noted(directories):
        for directory in directories:
            system = systems.serving(scenario_called(directory.record.scenario).name)
            path = run_scenario(prepared, system, directory, progress)
            runs.append(read_run(path))
    runs.sort(key=lambda run: _position(run.record, prepared.request))
    return CompletedRuns(tuple(runs))


def _position(record: RunRecord, request: RunRequest) -> int:
    """Return which of the request's scenarios a record is of."""
    return request.scenarios.index(scenario_called(record.scenario).name)


@contextmanager
def _noted(directories: list[RunDirectory]) -> Iterator[None]:
    """Note in run directories, which may be made meanwhile, what ended their run."""
    try:
        yield
    except KeyboardInterrupt as stop:
        _note_unfinished(directories, f"interrupted by {interrupter(stop)}")
        raise
    except (EdgebenchError, OSError) as error:
        for directory in directories:
            directory.require_there()
        _note_unfinished(directories, f"{type(error).__name__}: {error}")
        if directories and isinstance(error, DeviceLost | DeviceNotResponding):
            again = call_text("resume", str(directories[0].path.parent))
            raise type(error)(and_then(error, f"When it is back, go on with {again}")) from error
        raise


def _note_unfinished(directories: list[RunDirectory], why: str) -> None:
    """Note in the run directories that are not complete why they are not."""
    for directory in directories:
        if directory.record.state == "complete":
            continue
        directory.event(why)
        # On a full disk the run.json of before has to do.
        with suppress(EdgebenchError):
            directory.save()


def _refuse_stray_audit_config(where: Callable[[], Path] = Path.cwd) -> None:
    stray = where() / AUDIT_CONFIG
    if stray.exists():
        raise StrayAuditConfig(
            f"{stray}: LoadGen would read this file and change its settings; move it away. "
            "edgebench makes its own for `modes=compliance`",
            field="modes",
        )
