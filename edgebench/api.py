"""The functions that `edgebench` offers: each command of the command line is one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgebench.boards.card import BoardCard, board_card, board_cards
from edgebench.datasets.card import DatasetCard, dataset_cards
from edgebench.datasets.load import load_dataset
from edgebench.errors import UsageError
from edgebench.harness.progress import Progress
from edgebench.harness.request import RunRequest
from edgebench.harness.session import DEFAULT_OUT, RunResult, run_request
from edgebench.harness.session import resume as resume_run
from edgebench.models.card import ModelCard, model_cards
from edgebench.models.random_inputs import random_dataset
from edgebench.models.resolve import Model, resolve_model
from edgebench.registry import plugins
from edgebench.runtimes import RUNTIMES
from edgebench.sut.open import GROUP as SUT_GROUP

if TYPE_CHECKING:
    from edgebench.device.probe import PortFinding
    from edgebench.doctor import Finding
    from edgebench.firmware.export import Exported
    from edgebench.firmware.size import FirmwareSize
    from edgebench.harness.deploy import Deployed
    from edgebench.harness.profile import Profile
    from edgebench.models.compare import Comparison
    from edgebench.models.pull import Package, Pulled
    from edgebench.models.quantize.versions import Versions
    from edgebench.power.energy import Energy
    from edgebench.power.find import MeterFinding
    from edgebench.power.trace import PowerTrace
    from edgebench.results.beside import Compared
    from edgebench.results.check.tree import Checked
    from edgebench.results.compare_runs import RunChange
    from edgebench.results.published import Filter
    from edgebench.results.submit.tree import Submitted
    from edgebench.results.summary import Summary
    from edgebench.rundir.layers import Layers
    from edgebench.tune.tuned import Tuned


def run(
    model: str | Path | None = None,
    *,
    out: str | Path = DEFAULT_OUT,
    progress: Progress | None = None,
    device: str | None = None,
    device_options: Mapping[str, Any] | None = None,
    sweep: str | None = None,
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
        The same run at several settings, such as ``threads=1,2``: a run directory for each.
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
        from edgebench.tune.use import tuned_requests

        if sweep is not None:
            raise UsageError("--tuned sets what --sweep would change: use one of them")
        requests = list(tuned_requests(request))
        return RunResult(
            tuple(run for each in requests for run in run_request(each, Path(out), progress).runs)
        )
    if sweep is not None:
        from edgebench.harness.sweep import parse_sweep, run_sweep

        return run_sweep(request, parse_sweep(sweep), Path(out), progress)
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
    from edgebench.tune.objective import objective_called
    from edgebench.tune.tuned import keep
    from edgebench.tune.tuned import tune as tune_model

    scenarios = (objective_called(objective).scenario,)
    request = RunRequest(None if model is None else str(model), scenarios, **options)
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
    from edgebench.harness.device_rig import talk_to

    talk_to(device, lines, show, Path(transcript), **options)


def deploy(model: str | Path, board: str, **options: Any) -> Deployed:
    """Compile a model into firmware for a board, boot it, and ask who it is.

    Raises
    ------
    EdgebenchError
        As `edgebench.harness.deploy.deploy`.
    """
    from edgebench.harness.deploy import deploy as deployed

    return deployed(str(model), board, **options)


def profile(
    model: str | Path, board: str | None = None, *, into: str | Path | None = None, **options: Any
) -> Profile | Layers:
    """Say what each layer of a model costs, on this machine or on a board.

    Parameters
    ----------
    board
        A board's card: firmware is built with each layer timed, and run. Without one the ops are
        timed here: `edgebench.harness.host_profile.profile_on_host`.
    into
        A run directory of the same model that the profile is put into, for its report.

    Raises
    ------
    EdgebenchError
        As `edgebench.harness.profile.profile`.
    RunDirectoryInvalid
        If `into` is no run directory, or is another model's.
    """
    from edgebench.harness.profile import layers_of
    from edgebench.harness.profile import profile as profiled

    if board is not None:
        on_board = profiled(str(model), board, **options)
        found: Profile | Layers = on_board
        layers = layers_of(on_board)
    else:
        from edgebench.harness.host_profile import profile_on_host

        found = layers = profile_on_host(str(model), **options)
    if into is not None:
        from edgebench.rundir.layers import put_layers

        put_layers(Path(into), layers)
    return found


def size(model: str | Path, board: str, **options: Any) -> FirmwareSize:
    """Say what a model takes of a board's flash and RAM, before anything is built.

    Raises
    ------
    EdgebenchError
        As `edgebench.firmware.size.size_of`.
    """
    from edgebench.firmware.size import size_of

    return size_of(resolve_model(str(model)), board_card(board), **options)


def export(model: str | Path, kind: str, out: str | Path, **options: Any) -> Exported:
    """Write a model's C as a project for your own tree: cmake, make, zephyr or arduino.

    Raises
    ------
    EdgebenchError
        As `edgebench.firmware.export.export`.
    """
    from edgebench.firmware.export import export as exported

    return exported(resolve_model(str(model)), kind, Path(out), **options)


def meters() -> list[MeterFinding]:
    """Return which power meters are here, and what to do about those that can't be read."""
    from edgebench.power.find import find_meters

    return find_meters()


def record_power(
    power: str,
    seconds: float,
    out: str | Path,
    told: Callable[[float, int], None] | None = None,
    supply_v: float | None = None,
) -> PowerTrace:
    """Record a power meter for some seconds into a .npz, and return the trace.

    Raises
    ------
    MeterNotFound
        If it is not here.
    MeterLost, Interrupted
        If it was lost, or after Ctrl-C; what was recorded before is in the file.
    """
    from edgebench.power.record import record_to

    return record_to(Path(out), power, seconds, told or (lambda gone, count: None), supply_v)


def integrate_power(
    recording: str | Path, start: float | str = 0.0, end: float | None = None
) -> Energy:
    """Return the energy of a part of a recording.

    Parameters
    ----------
    start, end
        Seconds from the recording's start; ``"marks"`` takes the last two marks of the meter.

    Raises
    ------
    TraceInvalid, LogInvalid
        If the file is no recording, or has no two marks.
    TooFewSamples
        If the part has too few.
    """
    from edgebench.power.record import integrate, read_recording

    return integrate(read_recording(Path(recording)), start, end)


def summarize(paths: Iterable[str | Path]) -> Summary:
    """Read run directories, or folders of them, into rows; see `SummaryRow`.

    Raises
    ------
    RunDirectoryInvalid
        If there is no run directory below one of the paths.
    """
    from edgebench.results.summary import summarize as summary_of

    return summary_of(Path(path) for path in paths)


def report(runs: Iterable[str | Path], out: str | Path, title: str = "") -> Path:
    """Write a self-contained HTML page about run directories; needs the ``[report]`` extra.

    Raises
    ------
    RunDirectoryInvalid
        If there is no run directory.
    RuntimeMissing
        If the extra is not installed.
    """
    from edgebench.results.report.page import write_report

    return write_report((Path(path) for path in runs), Path(out), title)


def init_submission(kind: str, system: str | Path) -> Path:
    """Write a system.toml to fill in, for a submission of the kind inference or tiny.

    Raises
    ------
    NotSubmittable
        If there is one already.
    """
    from edgebench.results.submit import description

    writers = {
        "inference": description.write_inference_template,
        "tiny": description.write_tiny_template,
    }
    writers[kind](Path(system))
    return Path(system)


def submit_inference(
    runs: Iterable[str | Path], out: str | Path, org: str, system: str | Path, version: str,
    with_power: bool = False,
) -> Submitted:  # fmt: skip
    """Make a submission tree for MLPerf Inference of official runs on this machine.

    Raises
    ------
    NotSubmittable
        If a run is not fit, with what to rerun, or the description lacks something.
    """
    from edgebench.results.submit.inference import submit_inference as submitted

    paths = [Path(path) for path in runs]
    return submitted(paths, Path(out), org, Path(system), version, with_power)


def submit_tiny(
    runs: Iterable[str | Path], out: str | Path, org: str, system: str | Path, version: str,
    division: str = "open",
) -> Submitted:  # fmt: skip
    """Make a submission tree for MLPerf Tiny of official runs of serial devices.

    Raises
    ------
    NotSubmittable
        As `submit_inference`.
    """
    from edgebench.results.submit.tiny import submit_tiny as submitted

    paths = [Path(path) for path in runs]
    return submitted(paths, Path(out), org, Path(system), version, division)


def check(
    tree: str | Path, version: str | None = None, official: str | Path | None = None,
    python: str | Path | None = None, options: Sequence[str] = (),
) -> Checked:  # fmt: skip
    """Check a submission tree by our own rules, and by the official checker of a checkout.

    Raises
    ------
    UsageError
        If it is no submission tree, or the checker can't be run.
    """
    from edgebench.results.check.tree import check_tree

    checkout, interpreter = (Path(p) if p is not None else None for p in (official, python))
    return check_tree(Path(tree), version, checkout, interpreter, tuple(options))


def compare(
    runs: Sequence[str | Path],
    others: Sequence[str | Path] = (),
    wanted: Filter | None = None,
    limit: int = 20,
) -> Compared:
    """Lay runs beside each other and beside published results; see `Compared`.

    Parameters
    ----------
    runs, others
        Run directories, folders of them, folders of bare MLPerf logs, published tables.
    wanted
        Which of the published results: `edgebench.results.published.Filter`.
    limit
        The best so many published ones of each scenario.

    Raises
    ------
    NotComparable
        If no published result matches.
    LogInvalid, RunDirectoryInvalid
        If something is damaged; the message has the line.
    """
    from edgebench.results.beside import compare_results
    from edgebench.results.published import Filter as Wanted

    own, theirs = ([Path(path) for path in each] for each in (runs, others))
    return compare_results(own, theirs, wanted or Wanted(), limit)


def compare_runs(before: str | Path, after: str | Path) -> list[RunChange]:
    """Say whether it got faster: two run directories, or two folders of repeats.

    Raises
    ------
    NotComparable
        If repeats differ in machine, governor, versions or settings, or the two have nothing in
        common.
    """
    from edgebench.results.compare_runs import compare_runs as compared

    return compared(Path(before), Path(after))


def show(model: str) -> Model:
    """Find a model and read it without running it: ``show("kws-ds-cnn").facts.macs``.

    Raises
    ------
    ModelNotFound, ModelInvalid
        If there is none of that name, or its file is damaged.
    """
    return resolve_model(model)


def quantize(model: str | Path, recipes: Sequence[str] = ("int8",), **options: Any) -> Versions:
    """Make quantized versions of a float model and score them on every runtime that is here.

    The options are those of `edgebench.models.quantize.versions.make_versions`: ``calibrate``,
    ``check``, ``samples``, ``clipping``, ``out``, ``target``. Needs the ``[quantize]`` extra.

    Raises
    ------
    ModelNotSupported
        If the model is quantized already, or can't be.
    RuntimeMissing
        If the extra is not installed.
    """
    from edgebench.models.quantize.versions import make_versions

    return make_versions(str(model), recipes, **options)


def compare_models(first: str | Path, second: str | Path, dataset: str | None = None) -> Comparison:
    """Compare a model's outputs with another's on the same inputs, layer by layer.

    Raises
    ------
    DatasetMismatch
        If the data don't fit a model, or the models' outputs have different sizes.
    """
    from edgebench.models.compare import compare_models as compared

    one, other = resolve_model(str(first)), resolve_model(str(second))
    data = load_dataset(dataset) if dataset else random_dataset(one.facts)
    return compared(one, other, data)


def pull(name: str, *, mirror: str | None = None, **options: Any) -> Pulled:
    """Fetch a package of reference models and data into the cache, checked by SHA-256.

    Raises
    ------
    UsageError
        If there is no such package.
    DownloadFailed
        If a file can't be had, or is not what it must be.
    """
    from edgebench.models.pull import pull as pulled

    return pulled(name, mirror, **options)


def list_pullable() -> dict[str, Package]:
    """Return what `pull` can fetch, by name."""
    from edgebench.models.pull import catalog

    return catalog()


def list_models() -> dict[str, ModelCard]:
    """Return the cards of all models, by name."""
    return model_cards()


def list_datasets() -> dict[str, DatasetCard]:
    """Return the cards of all datasets, by name."""
    return dataset_cards()


def list_runtimes() -> dict[str, tuple[str | None, str]]:
    """Return every runtime's installed version (or None) and how to install it, by name."""
    known = {name: (each.version, each.install) for name, each in RUNTIMES.items()}
    others = {name: ("a plug-in", "") for name in plugins(SUT_GROUP) if name not in known}
    return known | others


def list_boards() -> dict[str, BoardCard]:
    """Return the cards of all boards, by name."""
    return board_cards()


def doctor() -> list[Finding]:
    """Look at this machine: what works, and what to do about what does not."""
    from edgebench.doctor import examine

    return examine()
