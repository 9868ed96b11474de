"""Quantized versions as a table for people."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from edgebench.cli.output import new_console
from edgebench.cli.tables.table import new_table
from edgebench.datasets.scoring import Score
from edgebench.metrics import LOG_LOSS, metric_called
from edgebench.models.quantize.postflight import RuntimeCheck
from edgebench.models.quantize.versions import Version, Versions
from edgebench.results.formatting import duration


def print_versions(found: Versions) -> None:
    """Print a line a version and runtime, and below it what to know."""
    console = new_console()
    for repair in found.repairs:
        console.print(f"repaired: {repair}", style="yellow", soft_wrap=True, markup=False)
    for warning in found.warnings:
        console.print(f"warning: {warning}", style="yellow", soft_wrap=True, markup=False)
    names = ("version", "bytes", "on", "accuracy", LOG_LOSS.shown_name, "SNR, dB", "invoke p50")
    table = new_table(*names, texts=("version", "on", "accuracy"))
    _add(table, "float32", len(found.model.content), found.float_checks)
    for version in found.versions:
        if version.made is not None:
            _add(table, version.recipe, len(version.made.model.content), version.checks)
        else:
            table.add_row(version.recipe, "-", "[red]can't be made[/red]", "", "", "", "")
    console.print(table)
    for line in _notes(found):
        console.print(line, soft_wrap=True)


def _add(table: Table, name: str, size: int, checks: tuple[RuntimeCheck, ...]) -> None:
    if not checks:
        table.add_row(name, f"{size:,}", "", "", "", "", "")
    for number, check in enumerate(checks):
        first = (name, f"{size:,}") if number == 0 else ("", "")
        if check.problem:
            table.add_row(*first, check.runtime, "[red]does not run[/red]", "", "", "")
            continue
        same = check.agreement
        table.add_row(
            *first,
            check.runtime,
            _score(check.score),
            "-" if check.log_loss is None else f"{check.log_loss:.4f}",
            "-" if same is None else f"{same.snr_db:.1f}",
            duration(check.p50_ns),
        )


def _score(score: Score | None) -> str:
    if score is None:
        return "-"
    metric = metric_called(score.metric)
    digits, low, high = metric.digits, score.interval.low, score.interval.high
    return f"{metric.text(score.value)} ({low:{digits}} to {high:{digits}})"


def _notes(found: Versions) -> list[Text]:
    notes = []
    for version in found.versions:
        notes += [Text(text) for text in _facts(version)]
        for check in version.checks:
            said = [check.problem] if check.problem else []
            for text in (*said, *check.warnings):
                wrong = check.problem or check.is_wrong
                notes.append(
                    Text(
                        f"{version.recipe} on {check.runtime}: {text}",
                        style="bold red" if wrong else "yellow",
                    )
                )
    if found.data_limits:
        notes.append(Text(f"accuracy: {found.data_limits}"))
    return notes


def _facts(version: Version) -> list[str]:
    if version.made is None:
        return [f"{version.recipe}: {version.problem}"]
    facts = []
    if version.made.clipping:
        facts.append(
            f"{version.recipe}: ranges by {version.made.clipping} of "
            f"{version.made.calibration_samples} calibration samples"
        )
    if version.made.left_float:
        facts.append(f"{version.recipe}: left in float: {', '.join(version.made.left_float)}")
    if version.path is not None:
        facts.append(f"{version.recipe}: written to {escape(str(version.path))}")
    return facts
