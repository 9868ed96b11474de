"""A stream's row below the run that streamed it."""

from __future__ import annotations

from edgebench.results.formatting import duration
from edgebench.results.stream_text import pace_text
from edgebench.rundir.records.stream import DetectionsRecord, StreamRecord


def stream_rows(stream: StreamRecord | None) -> list[tuple[str, ...]]:
    """Return how frames kept up with a stream, as a row of the table of runs."""
    if stream is None or stream.timing is None:
        return []
    timing = stream.timing
    kept_up = f"deadline {duration(stream.deadline_ns)}\nheadroom {timing.headroom:.1%}"
    style = "bold red" if timing.late else "green"
    late = f"[{style}]{timing.late:,} late[/{style}]\nof {timing.frames:,}"
    name = f"stream\n{pace_text(stream)}"
    return [(name, kept_up, "", late, f"duty cycle\n{timing.duty_cycle:.2%}", "")]


def detections_cell(found: DetectionsRecord) -> str:
    """Return misses (FN) and false alarms (FP) with their target, as a cell."""
    lines = [f"FN {found.false_negatives} of {found.words}", f"FP {found.false_positives}"]
    if found.target is not None:
        met = "[green]met[/green]" if found.passed else "[bold red]missed[/bold red]"
        lines.append(f"target {found.target:g} {met}")
    return "\n".join(lines)
