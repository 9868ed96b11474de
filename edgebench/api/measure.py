"""Measure: run a model with settings that are given one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgebench.api.arguments import given, public, text_of
from edgebench.api.shape import shapes_by_name
from edgebench.device_place import BoardImage
from edgebench.errors import UsageError
from edgebench.harness.progress import Progress
from edgebench.harness.request import RunRequest, request_of
from edgebench.harness.request_defaults import DEFAULT_OUT
from edgebench.harness.run.session import run_request as carry_out
from edgebench.mlperf.scenarios import ModeName, Pace, ScenarioName
from edgebench.mlperf.tiny.inputs import TinyBenchmark
from edgebench.results.summary.run_result import RunResult
from edgebench.rundir.reader import CompletedRuns
from edgebench.runtime_settings import InstanceKind, Resolver

if TYPE_CHECKING:
    from edgebench.device.options import InputFormat, Reset, Verify
    from edgebench.firmware.optimize import Optimize
    from edgebench.harness.device_request import DeviceRequest


@public
def run(
    model: str | Path | None = None,
    *,
    scenarios: Iterable[ScenarioName] | None = None,
    modes: Iterable[ModeName] | None = None,
    runtime: str | None = None,
    threads: int | None = None,
    instances: int | None = None,
    instance_kind: InstanceKind | None = None,
    batch: int | None = None,
    resolver: Resolver | None = None,
    delegate: str | Path | None = None,
    delegate_options: Mapping[str, str] | None = None,
    affinity: Iterable[int] | None = None,
    provider: str | None = None,
    inter_threads: int | None = None,
    allow_fallback: bool | None = None,
    dataset: str | Path | None = None,
    signature: str | None = None,
    until: str | None = None,
    shape: str | Mapping[str, str | Sequence[int]] | Sequence[int] | None = None,
    query_size: int | str | None = None,
    duration_s: float | None = None,
    official: bool | None = None,
    round: str | None = None,
    warmup_s: float | None = None,
    target_qps: float | None = None,
    latency_bound_ms: float | None = None,
    find_peak: bool | None = None,
    frequency_mhz: float | None = None,
    stream: str | Path | None = None,
    pace: Pace | None = None,
    power: str | None = None,
    supply_v: float | None = None,
    meter_accuracy: float | None = None,
    idle_s: float | None = None,
    device: str | None = None,
    board: str | None = None,
    baud: int | None = None,
    fast_baud: int | None = None,
    reset: Reset | None = None,
    verify: Verify | None = None,
    retries: int | None = None,
    input_format: InputFormat | None = None,
    timeout_s: float | None = None,
    inject: Iterable[str] | None = None,
    extensions: bool | None = None,
    optimize: Optimize | None = None,
    benchmark: TinyBenchmark | None = None,
    engine: str | None = None,
    interface: str | None = None,
    host_timed: bool | None = None,
    emulator_clock: bool | None = None,
    sweep: str | Iterable[str] | Mapping[str, Sequence[int | float | str | Sequence[int]]] = (),
    tuned: bool = False,
    out: str | Path = DEFAULT_OUT,
    progress: Progress | None = None,
) -> RunResult:
    """Measure a model on this machine, or on a serial device; leave a run directory per scenario.

    What is left out (None) has the default that `edgebench run --help` states.

    Parameters
    ----------
    model
        The name of a card (``kws-ds-cnn``, ``kws-ds-cnn:float32``) or the path of a .tflite;
        without one ``kws-ds-cnn``, or what the device says.
    scenarios
        Of MLPerf: ``["singlestream", "offline"]`` if left out.
    modes
        ``["performance", "accuracy"]`` if left out.
    runtime
        The preferred one that is installed if left out (`list_runtimes`), or the name of
        another package's.
    threads, instances, instance_kind, batch
        Threads of one instance; how many instances, and whether these live in threads or
        processes; samples per invocation.
    resolver, delegate, delegate_options
        The runtime's kernels; the path of a delegate's library, and its options.
    affinity
        The CPUs that may be used; all if left out.
    provider, allow_fallback, inter_threads
        What computes the ops, such as ``cuda`` (`list_runtimes`); whether the CPU may compute those
        that it does not take; how many ops run side by side.
    dataset
        A card's name, a path, or ``CARD@PATH``; the model's own if left out.
    signature, shape
        Which signature of the model is measured, and the shapes of the inputs that it leaves open:
        ``{"image": (1, 64, 64, 3)}``, of a single input the sizes alone; each as text as well
        (``"image=1x64x64x3"``); the data's if left out.
    until
        Only the part of the model before an op is measured: its number, or its name (of several the
        first). Its outputs are the tensors that the rest would take.
    query_size
        Queries of several samples: 16, or ``lognormal:MEDIAN,SIGMA``.
    duration_s
        One performance test of at least so many seconds; several, about 10 s in all, if left out.
    official, round
        MLPerf's own settings: 600 s, its query counts; the round whose seeds are used.
    warmup_s
        For how long the model runs before it is measured.
    target_qps, latency_bound_ms, find_peak
        Server: queries per second; what 99 % of latencies must hold; search the largest rate that
        holds the bound.
    frequency_mhz
        What the processors' clock is held at; takes root.
    stream, pace
        A recording, or the definition of its test, that is streamed to a wake word model; whether
        its frames come in ``real-time`` or ``accelerated``, as fast as they are answered.
    power, supply_v, meter_accuracy, idle_s
        A power meter, as `meters` names it; what it supplies the board with, in volts; its limit of
        error relative to its reading (0.005 is 0.5 %), where you know it better than its driver;
        for how long idle power is measured, before and after.
    device, board
        A serial device to measure instead of this machine: a port, a URL or ``emulated:MODEL``;
        or a board's card: firmware is built for it and booted.
    baud, fast_baud, reset, verify, retries, input_format, timeout_s, host_timed
        How to talk to the device: `edgebench.types.DeviceRequest`.
    inject, extensions, emulator_clock
        What an emulated device is like: `edgebench.types.DeviceRequest`.
    optimize, engine
        Flash against speed, and what computes the network, of firmware that is built for ``board``;
        ``engine`` also of an emulated device: as `deploy` takes them.
    interface
        MLPerf Tiny's interface board, which plays ``stream`` to the device: its port, the device's
        own port where the device is behind it, or ``emulated``.
    benchmark
        MLPerf Tiny's benchmark, such as ``"ic02"``, that firmware is built for, of ``board`` or an
        emulated device: it takes what MLCommons' runner sends, and calls its model so.
    sweep
        The same run at several settings, such as ``{"threads": [1, 2]}``, ``{"affinity": [[0],
        [0, 1]]}`` or ``"threads=1,2"``;
        of several settings, at every combination.
    tuned
        Whether to take the settings that `tune` found on this machine for each scenario. Of the
        default scenarios, only those that were tuned are run.
    out
        The folder that the run directories are made in.
    progress
        Called with each stage and its share done.

    Returns
    -------
    RunResult
        ``result["offline"].record`` is what run.json says: latencies in ns, accuracy, verdicts.

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
    ...         "digits-resnet8", scenarios=["offline"], modes=["performance"],
    ...         duration_s=0.5, out=out,
    ...     )
    >>> result["offline"].record.performance.samples_per_second > 1
    True
    """
    asked = _device_request(
        device,
        board,
        given(
            baud=baud,
            fast_baud=fast_baud,
            reset=reset,
            verify=verify,
            retries=retries,
            input_format=input_format,
            timeout_s=timeout_s,
            inject=None if inject is None else tuple(inject),
            extensions=extensions,
            optimize=optimize,
            benchmark=benchmark,
            engine=engine,
            interface=interface,
            host_timed=host_timed,
            emulator_clock=emulator_clock,
        ),
    )
    request = request_of(
        model=text_of(model),
        scenarios=_listed(scenarios),
        modes=_listed(modes),
        runtime=runtime,
        threads=threads,
        instances=instances,
        instance_kind=instance_kind,
        batch=batch,
        resolver=resolver,
        delegate=text_of(delegate),
        delegate_options=delegate_options,
        affinity=_listed(affinity),
        provider=provider,
        inter_threads=inter_threads,
        allow_fallback=allow_fallback,
        dataset=text_of(dataset),
        signature=signature,
        until=until,
        shape=shapes_by_name(shape),
        query_size=text_of(query_size),
        duration_s=duration_s,
        official=official,
        round=round,
        warmup_s=warmup_s,
        target_qps=target_qps,
        latency_bound_ms=latency_bound_ms,
        find_peak=find_peak,
        frequency_mhz=frequency_mhz,
        stream=text_of(stream),
        pace=pace,
        power=power,
        supply_v=supply_v,
        meter_accuracy=meter_accuracy,
        idle_s=idle_s,
        device=asked,
    )
    if tuned:
        return _tuned_runs(request, sweep, Path(out), progress, may_leave_out=scenarios is None)
    return RunResult(_runs(request, sweep, Path(out), progress).runs)


def _device_request(
    device: str | None, board: str | None, options: dict[str, Any]
) -> DeviceRequest | None:
    """Return what is asked of a serial device, or None without one."""
    if board is not None:
        if device is not None:
            raise UsageError(
                "`board` builds and boots firmware, `device` is a port: use one of them",
                field="board",
            )
        device = str(BoardImage(board))
    if device is None:
        for name in options:
            raise UsageError(f"`{name}` is for a device: name it with `device`", field=name)
        return None
    from edgebench.harness.device_request import DeviceRequest

    return DeviceRequest(device, **options)


def _runs(
    request: RunRequest,
    sweep: str | Iterable[str] | Mapping[str, Sequence[int | float | str | Sequence[int]]],
    out: Path,
    progress: Progress | None,
) -> CompletedRuns:
    """Carry out a request, once or at several settings."""
    from edgebench.harness.run.sweep import run_sweep, sweeps_of

    sweeps = sweeps_of(sweep)
    if sweeps:
        return run_sweep(request, sweeps, out, progress)
    return carry_out(request, out, progress)


def _tuned_runs(
    request: RunRequest,
    sweep: object,
    out: Path,
    progress: Progress | None,
    *,
    may_leave_out: bool,
) -> RunResult:
    """Carry out a request with the settings that were tuned for its scenarios."""
    from edgebench.harness.run.sweep import run_each
    from edgebench.tuning.tuned_requests import tuned_requests

    if sweep:
        raise UsageError("`tuned` sets what `sweep` would change: use one of them", field="tuned")
    found = tuned_requests(request, may_leave_out=may_leave_out)
    return RunResult(run_each(found.requests, out, progress).runs, found.left_out)


def _listed(values: Iterable[object] | None) -> tuple[object, ...] | None:
    return None if values is None else tuple(values)
