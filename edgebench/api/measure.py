"""Measuring: a run, going on with one, and finding what to run it with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgebench.errors import UsageError
from edgebench.harness.progress import Progress
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import DEFAULT_OUT, RunResult, run_request
from edgebench.harness.run.session import resume as resume_run

if TYPE_CHECKING:
    from edgebench.device.probe import PortFinding
    from edgebench.diagnostics import Finding
    from edgebench.tuning.tuned import Tuned


def run(
    model: str | Path | None = None,
    *,
    out: str | Path = DEFAULT_OUT,
    progress: Progress | None = None,
    device: str | None = None,
    device_options: Mapping[str, Any] | None = None,
    sweep: str | Sequence[str] = (),
    tuned: bool = False,
    **options: Any,
) -> RunResult:
    """Measure a model on this machine, or on a serial device; leave a run directory a scenario.

    Parameters
    ----------
    model
        The name of a card (``kws-ds-cnn``, ``kws-ds-cnn:float32``) or the path of a .tflite;
        without one ``kws-ds-cnn``, or what the device says.
    out
        The folder that the run directories are made in.
    progress
        Told what goes on; nobody is by default.
    device, device_options
        A serial port, a URL or ``emulated:MODEL``; and the other fields of
        `edgebench.harness.device_request.DeviceRequest`: ``baud``, ``verify``, ``inject``, ...
    tuned
        Whether to take the settings that `tune` found on this machine for each scenario.
    sweep
        The same run at several settings, such as ``threads=1,2``, or at every combination of
        several, such as ``["batch=1,8", "instances=1,2"]``: a run directory for each.
    **options
        The fields of `edgebench.harness.request.RunRequest`: ``scenarios``, ``modes``,
        ``runtime``, ``threads``, ``instances``, ``duration_s``, ``official``, ...

    Returns
    -------
    RunResult
        ``result.runs[0].record`` is what run.json says: latencies in ns, accuracy, verdicts.

    Raises
    ------
    EdgebenchError
        `UsageError` for what can't be done as asked, others for what failed; a result that
        LoadGen calls INVALID is returned, not raised: see ``result.valid``.
    Interrupted
        After Ctrl-C.

    Examples
    --------
    >>> import edgebench, tempfile
    >>> with tempfile.TemporaryDirectory() as out:
    ...     result = edgebench.run(
    ...         "digits-resnet8", scenarios=("offline",), modes=("performance",),
    ...         duration_s=0.5, out=out,
    ...     )
    >>> result.runs[0].record.performance.samples_per_second > 1
    True
    """
    for name in ("scenarios", "modes", "affinity"):
        if name in options and not isinstance(options[name], str):
            options[name] = tuple(options[name])
    if options.get("dataset") is not None:
        options["dataset"] = str(options["dataset"])
    if device is not None:
        from edgebench.harness.device_request import DeviceRequest

        options["device"] = DeviceRequest(device, **(device_options or {}))
    request = RunRequest(model=None if model is None else str(model), **options)
    if tuned:
        from edgebench.harness.run.sweep import run_each
        from edgebench.tuning.use import tuned_requests

        if sweep:
            raise UsageError("`tuned` sets what `sweep` would change: use one of them")
        return run_each(list(tuned_requests(request)), Path(out), progress)
    if sweep:
        from edgebench.harness.run.sweep import parse_sweeps, run_sweep

        sweeps = parse_sweeps([sweep] if isinstance(sweep, str) else sweep)
        return run_sweep(request, sweeps, Path(out), progress)
    return run_request(request, Path(out), progress)


def tune(
    model: str | Path | None = None,
    *,
    objective: str = "throughput",
    budget_s: float = 60.0,
    progress: Progress | None = None,
    **options: Any,
) -> tuple[Tuned, Path]:
    """Find the best settings of this machine for a model, and keep them for ``run(tuned=True)``.

    Parameters
    ----------
    objective
        ``latency``, ``throughput``, ``energy`` or ``latency-bounded-throughput``.
    budget_s
        About how long it may take.
    **options
        Other fields of `edgebench.harness.request.RunRequest`: ``runtime``, ``dataset``,
        ``power``, ``latency_bound_ms``.

    Returns
    -------
    What was found, with every trial; and the file that it is kept in.

    Raises
    ------
    UsageError
        If the objective lacks what it needs, or nothing can run the model.
    """
    from edgebench.tuning.objective import objective_called
    from edgebench.tuning.tuned import keep, tuned_folder
    from edgebench.tuning.tuned import tune as tune_model

    scenarios = (objective_called(objective).scenario,)
    request = RunRequest(None if model is None else str(model), scenarios, **options)
    tuned_folder().ready()
    found = tune_model(request, objective, budget_s, progress)
    return found, keep(found)


def resume(
    out: str | Path = DEFAULT_OUT, *, progress: Progress | None = None, device: str | None = None
) -> RunResult:
    """Go on with the newest interrupted run in a folder, with the settings it began with.

    Raises
    ------
    ResumeMismatch
        If there is nothing to resume, or the model, the data or the runtime are others now.
    EdgebenchError
        As `run`.
    """
    return resume_run(Path(out), progress, device=device)


def devices(
    ports: Iterable[str] | None = None,
    rates: Sequence[int] | None = None,
    *,
    reset: str = "open",
    told: Callable[[str], None] = lambda _: None,
) -> list[PortFinding]:
    """Ask serial ports who is there; all ports of this machine at the usual rates by default."""
    from edgebench.device.probe import RATES, probe_ports

    named = None if ports is None else [(port, "") for port in ports]
    return probe_ports(named, rates or RATES, reset, told)


def console(
    device: str,
    lines: Iterable[str],
    show: Callable[[str], None],
    *,
    transcript: str | Path,
    **options: Any,
) -> None:
    """Send lines to a device as commands and show what it answers.

    The options are ``baud`` and ``reset``, as in `edgebench.harness.device_request`.

    Raises
    ------
    DeviceError, UsageError
        If the port can't be opened, or goes.
    """
    from edgebench.harness.devices.rig import talk_to

    talk_to(device, lines, show, Path(transcript), **options)


def doctor() -> list[Finding]:
    """Look at this machine: what works, and what to do about what does not."""
    from edgebench.diagnostics import examine

    return examine()
