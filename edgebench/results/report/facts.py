"""A run's facts as tables of names and values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from edgebench.mlperf.scenarios import scenario_called
from edgebench.results.formatting import NOT_STATED, duration
from edgebench.rundir.reader import Run
from edgebench.rundir.records.base import Record
from edgebench.rundir.records.device import ImageRecord
from edgebench.rundir.records.request import RequestRecord
from edgebench.rundir.records.run import AuditRecord


def facts_of(run: Run) -> dict[str, dict[str, str]]:
    """Return the tables below a run, by title; what is not known is left out."""
    record = run.record
    performance = record.performance
    tables: dict[str, Mapping[str, Any]] = {
        "Machine": vars(run.system.host) if run.system else {},
        "State before": vars(run.system.before) if run.system else {},
        "State after": vars(run.system.after) if run.system else {},
        "System under test": _flat(vars(record.sut), dict(record.sut.settings.items())),
        "Device": vars(record.device) if record.device else {},
        "Firmware": _firmware(record.image) if record.image else {},
        "Estimated, not measured": vars(record.estimate) if record.estimate else {},
        "Model": vars(record.model),
        "Data": vars(record.dataset),
        "LoadGen's latencies (ns)": performance.latency_ns if performance else {},
        "LoadGen's tests in a row": _series(run),
        "Harness overhead": vars(performance.overhead) if performance else {},
        **_stream(run),
        "Energy": _energy(run),
        "MLPerf Tiny (inferences/s)": _windows(run),
        "MLPerf Tiny energy (uJ per inference)": _trials(run),
        "Audits": {audit.name: _audit(audit) for audit in record.compliance},
        "Asked for": _asked(record.request),
        "Run": {
            "directory": run.path,
            "started": record.started,
            "finished": record.finished,
            "generator": record.generator,
            "clock": record.clock,
            "edgebench": record.edgebench_version,
        },
        "Events": {
            f"{number}. {event.get('time', '')}": event.get("what", "")
            for number, event in enumerate(record.events, 1)
        },
    }
    texts = {title: _texts(values) for title, values in tables.items()}
    return {title: values for title, values in texts.items() if values}


def _flat(values: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table whose ``settings`` are lines of their own."""
    own = {name: value for name, value in values.items() if name != "settings"}
    return {**own, **settings}


def _asked(request: RequestRecord) -> dict[str, Any]:
    values = request.to_dict()
    return _flat(values, values["settings"])


def _firmware(image: ImageRecord) -> dict[str, Any]:
    """Return an image's table without its estimate, which has one of its own."""
    return {name: value for name, value in vars(image).items() if name != "estimate"}


def _series(run: Run) -> dict[str, Any]:
    performance = run.record.performance
    tests = performance.series if performance else ()
    one_query = scenario_called(run.record.scenario).samples_per_query == 0
    return {
        test.folder: (
            ""
            if one_query
            else f"p50 {duration(test.p50_ns)}, p90 "
            f"{duration(test.p90_ns)}, p99 {duration(test.p99_ns)}, "
        )
        + f"{test.samples_per_second:,.1f} samples/s{'' if test.valid else ', INVALID'}"
        for test in tests
    }


def _audit(audit: AuditRecord) -> str:
    compared = f": {audit.compared} {audit.gain:+.1%}" if audit.compared else ""
    return f"passed{compared}" if audit.passed else audit.reason


def _energy(run: Run) -> dict[str, Any]:
    energy = run.record.energy
    if energy is None:
        return {}
    values = {k: v for k, v in vars(energy).items() if k not in ("meter", "windows", "parts_j")}
    meter = {f"meter: {name}": value for name, value in energy.meter.to_dict().items()}
    parts = {f"uncertainty from {name} (J)": value for name, value in energy.parts_j.items()}
    return values | parts | meter


def _stream(run: Run) -> dict[str, dict[str, Any]]:
    stream = run.record.stream
    if stream is None:
        return {}
    parts: dict[str, Record | None] = {
        "Stream: frames": stream.timing,
        "Stream: detections": stream.detections,
        "Stream: activations": stream.activations,
    }
    own = {name: value for name, value in vars(stream).items() if value not in parts.values()}
    return {"Stream": own} | {title: vars(part) for title, part in parts.items() if part}


def _windows(run: Run) -> dict[str, Any]:
    tiny = run.record.tiny
    if tiny is None:
        return {}
    rates = {
        f"window {number}, {window.inferences} inferences": window.inferences_per_second
        for number, window in enumerate(tiny.windows, 1)
    }
    return {"median": tiny.inferences_per_second, **rates, "by the rules": tiny.valid}


def _trials(run: Run) -> dict[str, Any]:
    tiny = run.record.tiny_energy
    if tiny is None:
        return {}
    found = {
        f"trial {number}, {trial.elapsed_s:.3f} s by {trial.window_by}": (
            f"{trial.uj_per_inference:,.6g}"
            + (
                f" +- {trial.uncertainty_uj:.2g}"
                if trial.uncertainty_uj is not None
                else f" ({NOT_STATED})"
            )
        )
        for number, trial in enumerate(tiny.trials, 1)
    }
    return {"median": tiny.uj_per_inference, **found, "by the rules": tiny.valid or tiny.reason}


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    texts = {name.replace("_", " "): _text(value) for name, value in values.items()}
    return {name: text for name, text in texts.items() if text}


_TEXTS: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (bool, lambda value: "yes" if value else "no"),  # before int, which it is one of
    (float, lambda value: f"{value:,.6g}"),
    (int, lambda value: f"{value:,}"),
    (Mapping, lambda value: ", ".join(f"{name} {_text(each)}" for name, each in value.items())),
    ((list, tuple), lambda value: ", ".join(_text(each) for each in value)),
    (type(None), lambda value: ""),
)


def _text(value: Any) -> str:
    """Return a value as people read it; nothing of what says nothing."""
    return next((text(value) for kind, text in _TEXTS if isinstance(value, kind)), str(value))
