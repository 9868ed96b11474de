"""The first lines of the page: the machine, and the result of each model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from edgebench.metrics import metric_called
from edgebench.mlperf.scenarios import scenario_called
from edgebench.results.formatting import duration, joules, uncertainty
from edgebench.results.report.labels import SEPARATOR
from edgebench.results.report.view import RunView
from edgebench.results.summary.peak import peak_qps
from edgebench.results.summary.series import SHOWN
from edgebench.rundir.reader import Run
from edgebench.rundir.records.run import RunRecord


def machines_of(views: Sequence[RunView]) -> list[str]:
    """Return a line for each machine and device that the runs were measured on."""
    return list(dict.fromkeys(filter(None, (_machine(view.run) for view in views))))


def _machine(run: Run) -> str:
    device = run.record.device
    if device is not None:
        kind = "emulated device" if device.is_emulated else "device"
        return f"{kind} {device.name} at {device.port}"
    if run.system is None:
        return ""
    host = run.system.host
    memory = f"{host.memory_bytes / 2**30:,.1f} GiB" if host.memory_bytes else ""
    cores = f"{host.cores} cores" if host.cores else ""
    parts = (host.board, host.cpu_model, cores, memory, host.operating_system)
    return ", ".join(filter(None, parts))


def conclusions_of(views: Sequence[RunView]) -> list[str]:
    """Return the verdicts of all runs in a line, then a line for each model on each system."""
    groups: dict[tuple[str, str, str], list[RunView]] = {}
    for view in views:
        record = view.run.record
        where = record.device.port if record.device else ""
        key = (record.model.name, record.model.variant, where)
        groups.setdefault(key, []).append(view)
    return [
        _verdicts(views),
        *(
            f"{name} {variant}{f' on {where}' if where else ''}: {'; '.join(_results(group))}"
            for (name, variant, where), group in groups.items()
        ),
    ]


def _verdicts(views: Sequence[RunView]) -> str:
    counts = Counter(view.row.verdict for view in views)
    each = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    quick = sum(view.run.record.quick for view in views)
    runs = "1 run" if len(views) == 1 else f"{len(views):,} runs"
    return f"{runs}: {each}" + (f"; {quick} quick, not submissions" if quick else "")


def _results(views: Sequence[RunView]) -> Iterator[str]:
    """Yield the accuracy, each scenario's deciding figure, and the energy."""
    accuracies = dict.fromkeys(_accuracy(view.run.record) for view in views)
    yield from filter(None, accuracies)
    for view in views:
        record = view.run.record
        figure = _deciding(record)
        if figure:
            invalid = "" if view.row.verdict == "VALID" else f" ({view.row.verdict})"
            # The line begins with the rest of the label: the model and its variant.
            label = view.label.partition(SEPARATOR)[2] or record.scenario
            yield f"{label} {figure}{_energy(record)}{invalid}"


def _accuracy(record: RunRecord) -> str:
    found = record.accuracy
    if found is None:
        return ""
    text = f"{metric_called(found.metric).text(found.value)} ({found.low:.4g} to {found.high:.4g})"
    if found.target is None:
        return text
    return f"{text}, target {found.target:g} {'met' if found.passed else 'NOT met'}"


def _deciding(record: RunRecord) -> str:
    """Return the figure that a run's scenario is judged by."""
    if record.instructions_per_inference is not None:
        return f"{record.instructions_per_inference:,.0f} instructions per inference"
    peak = peak_qps(record)
    if peak is not None:
        return f"peak {peak:,.1f} queries/s"
    shown = SHOWN[scenario_called(record.scenario).name]
    if shown in record.own_latency_ns:
        return f"{shown} {duration(record.own_latency_ns[shown])}"
    rate = record.own_samples_per_second
    return "" if rate is None else f"{rate:,.1f} samples/s"


def _energy(record: RunRecord) -> str:
    energy = record.energy
    if energy is None or energy.problem or energy.per_inference_j is None:
        return ""  # a problem is among the caveats
    estimate = "estimated " if energy.is_estimate else ""
    limit = uncertainty(energy.uncertainty_share)
    return f", {estimate}{joules(energy.per_inference_j)} {limit} per inference"
