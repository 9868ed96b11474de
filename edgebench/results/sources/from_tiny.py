"""MLPerf Tiny's results as rows next to others: a benchmark's folder, or a runner's session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgebench.errors import LogInvalid
from edgebench.mlperf.benchmarks import BENCHMARKS
from edgebench.mlperf.log_text import log_json, log_text
from edgebench.mlperf.tiny.find import TinyPlace, place_of
from edgebench.mlperf.tiny.results import TinyResults, read_tiny
from edgebench.results.check.tiny.contradictions import contradictions
from edgebench.results.sources.row import (
    Conditions,
    PowerDraw,
    Result,
    ResultSystem,
    Speed,
    Workload,
)


def tiny_result_row(folder: Path) -> Result:
    """Return what MLPerf Tiny's runners left of a benchmark.

    The system is called as its folder in a tree is, or else as the device calls itself: all boards
    of one vendor may call themselves by the vendor's name.

    Raises
    ------
    LogInvalid
        If a file is damaged or has no result.
    """
    found = read_tiny(folder)
    place = place_of(folder)
    # A variant's folder may carry the name of its model, such as ic/RN07.
    name = place.benchmark or found.benchmark
    benchmark = BENCHMARKS.get(name)
    energy = found.uj_per_inference
    return Result(
        source="MLPerf Tiny log",
        where=str(folder),
        system=_system(place, found),
        workload=Workload(
            model=found.model or name or folder.name,
            benchmark=name,
            data=benchmark.data if benchmark else "",
            quality=benchmark.metric if benchmark else "",
            accuracy=_accuracy(found, benchmark.metric if benchmark else ""),
            macs=benchmark.macs if benchmark else None,
        ),
        conditions=Conditions(
            "Streaming" if found.streaming else "SingleStream",
            " ".join(filter(None, ("MLPerf Tiny", place.division))),
            "the interface board's" if found.streaming else "the device's own",
            1,
        ),
        speed=Speed(throughput=found.inferences_per_second),
        power=PowerDraw(
            found.power_w, energy_per_sample_j=None if energy is None else energy * 1e-6
        ),
        notes=(*_notes(found), *contradictions(folder, found)),
    )


def _accuracy(found: TinyResults, metric: str) -> str:
    if found.streaming is not None and found.streaming.true_positives is not None:
        missed, false = found.streaming.false_negatives, found.streaming.false_positives
        return f"{missed} missed, {false} false"
    if metric == "AUC":
        return "" if found.auc is None else f"{found.auc:g}"
    return "" if found.top1_percent is None else f"{found.top1_percent:g}%"


def _notes(found: TinyResults) -> tuple[str, ...]:
    stream = found.streaming
    if stream is None or stream.duty_cycle is None:
        return ()
    return (
        f"scored by its duty cycle, {stream.duty_cycle:.4g}; its throughput is estimated from it",
    )


def _system(place: TinyPlace, found: TinyResults) -> ResultSystem:
    said = _description(place)
    accelerator = str(said.get("Accelerator") or said.get("Accelerator(s) Name") or "")
    return ResultSystem(
        place.system if place.submitter else found.name or place.system,
        processor=str(said.get("Processor(s) Name") or ""),
        accelerator="" if accelerator.lower() in ("none", "n/a", "na", "-") else accelerator,
    )


def _description(place: TinyPlace) -> dict[str, Any]:
    """Return a tree's description of a system; nothing where there is none that can be read."""
    if place.home is None or not place.system:
        return {}
    path = place.home / "systems" / f"{place.system.split('/', maxsplit=1)[0]}.json"
    try:
        values = log_json(log_text(path), str(path))
    except LogInvalid:
        return {}
    return values if isinstance(values, dict) else {}
