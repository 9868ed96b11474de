"""Notes below a table of runs: caveats that a reader must know before believing its figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.text import Text

from edgebench.cli.error_text import as_options
from edgebench.results.formatting import estimate_text, joules, uncertainty, watts
from edgebench.results.summary.peak import peak_note
from edgebench.results.summary.row import QUICK, SummaryRow
from edgebench.results.summary.series import series_note

Note = tuple[str, str]
"""A sentence and its style."""


def notes_below(rows: Sequence[SummaryRow]) -> list[Text]:
    """Return the lines below the table, the gravest first; what holds for several is said once.

    Of several rows, a line ends with the numbers of those that it is of, unless it is of all.
    """
    holders: dict[Note, list[int]] = {}
    for kind in KINDS:
        for number, row in enumerate(rows, 1):
            for note in kind(row):
                of = holders.setdefault(note, [])
                of += [] if number in of else [number]
    lines = [
        Text(text + (f" {row_numbers(of)}" if len(of) < len(rows) else ""), style=style)
        for (text, style), of in holders.items()
    ]
    for number, row in enumerate(rows, 1):
        tied = f" {row_numbers([number])}" if len(rows) > 1 else ""
        lines.append(Text(f"run directory: {row.run}{tied}", no_wrap=True))
    return lines


def row_numbers(numbers: Sequence[int]) -> str:
    """Return the numbers of rows as the table and the lines below it have them."""
    return f"[{', '.join(map(str, numbers))}]"


def _invalid(row: SummaryRow) -> Iterator[Note]:
    for reason in row.reasons:
        yield f"{row.record.scenario} is INVALID: {reason}", "bold red"


def _warnings(row: SummaryRow) -> Iterator[Note]:
    for text in row.record.warnings:
        yield f"warning: {as_options(text)}", "yellow"


def _series(row: SummaryRow) -> Iterator[Note]:
    performance = row.record.performance
    note = series_note(row.record.scenario, performance) if performance else ""
    if note:
        yield note, ""


def _peak(row: SummaryRow) -> Iterator[Note]:
    note = peak_note(row.record)
    if note:
        yield note, ""


def _energy(row: SummaryRow) -> Iterator[Note]:
    energy = row.record.energy
    if energy is None:
        return
    if energy.problem:
        yield f"energy, {energy.meter_name}: {energy.problem}", "bold red"
    elif energy.is_estimate and energy.per_inference_j is not None:
        share = energy.uncertainty_share
        limit = "" if share is None else f" {uncertainty(share)}"
        # What is played does not know of the load: it may well be more while nothing runs.
        idle = "" if energy.is_played else f", idle {watts(energy.idle_w)}"
        yield (
            f"{row.record.scenario}, estimated energy ({energy.meter_name}, "
            f"{energy.estimate_reason}): {joules(energy.per_inference_j)}{limit} per inference, "
            f"{watts(energy.average_w)}{idle}",
            "",
        )


def _estimated_time(row: SummaryRow) -> Iterator[Note]:
    estimate = row.record.estimate
    if estimate is not None:
        yield estimate_text(estimate), ""


def _tiny_energy(row: SummaryRow) -> Iterator[Note]:
    tiny, energy = row.record.tiny_energy, row.record.energy
    if tiny is None:
        return
    if tiny.uj_per_inference is not None and energy is not None and energy.is_estimate:
        yield (
            f"MLPerf Tiny energy, {energy.estimate_reason}: median "
            f"{tiny.uj_per_inference:,.1f} uJ per inference",
            "",
        )
    if tiny.reason:
        yield f"MLPerf Tiny energy is not by its rules: {tiny.reason}", "yellow"


def _placement(row: SummaryRow) -> Iterator[Note]:
    """Yield where a model's ops ran, if a provider or a delegate was asked for them."""
    sut = row.record.sut
    if sut.asked_of is not None and sut.placement is not None:
        yield f"ran: {sut.placement}", ""


def _data(row: SummaryRow) -> Iterator[Note]:
    record = row.record
    data, items = record.dataset, record.items_per_second
    if data.query_size:
        rate = "" if items is None else f": {items:,.1f} items/s"
        yield f"{record.scenario}: a sample is a query of {data.query_size} items{rate}", ""
    if record.accuracy is not None and data.limits:
        yield f"accuracy on {data.name}: {data.limits}", ""


def _of_float32(row: SummaryRow) -> Iterator[Note]:
    """Yield the accuracy as a share of float32's, its interval, and MLPerf's two targets."""
    found = row.record.accuracy.of_float32 if row.record.accuracy is not None else None
    if found is None:
        return
    share, low, high = (100 * each for each in (found.share, found.low, found.high))
    targets = (("99 %", found.met_99), ("99.9 %", found.met_99_9))
    verdicts = ", ".join(f"{name} {'met' if is_met else 'missed'}" for name, is_met in targets)
    yield (
        f"accuracy: {share:.2f} % of float32's ({low:.1f} to {high:.1f} %); MLPerf's targets: "
        f"{verdicts}",
        "",
    )


def _quick(row: SummaryRow) -> Iterator[Note]:
    if row.record.quick:
        yield QUICK, "yellow"


KINDS: tuple[Callable[[SummaryRow], Iterator[Note]], ...] = (
    _invalid,
    _warnings,
    _peak,
    _series,
    _estimated_time,
    _energy,
    _tiny_energy,
    _of_float32,
    _placement,
    _data,
    _quick,
)
"""The kinds of notes, in the order in which they are printed."""
