"""Print the results of `edgebench train`."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from edgebench.cli.output import new_console
from edgebench.cli.tables.table import new_table
from edgebench.metrics import TOP1, metric_called
from edgebench.rundir.records.energy import MeterRecord
from edgebench.training.finetune import Accuracy, FineTuned
from edgebench.training.to_quality.energy import EnergyToQuality, RunEnergy
from edgebench.training.to_quality.reference import ConvergenceVerdict
from edgebench.training.to_quality.session import Trained


def print_trained(found: Trained) -> None:
    """Print one row per run, and the score."""
    console, score, goal = new_console(), found.score, found.package.goal
    target = f"{metric_called(goal.metric).shown_name} {goal.target:g}{goal.unit}"
    names = ("run", "seed", "epochs", "reached", "seconds", "", "checker")
    title = f"{goal.model} to {target}"
    table = new_table(*names, texts=("", "checker"), title=title)
    for number, (run, verdict) in enumerate(zip(score.runs, found.verdicts, strict=True)):
        left_out = "" if number not in score.dropped else "left out"
        table.add_row(
            str(number),
            str(run.seed),
            str(run.epochs),
            f"{run.qualities[-1]:.4g}",
            f"{run.seconds:.2f}" if run.reached else "[bold red]not converged[/bold red]",
            left_out,
            "[green]passes[/green]" if verdict.passed else "[yellow]refused[/yellow]",
        )
    console.print(table)
    rules = found.verdicts[0].rules if found.verdicts else ""
    if score.seconds is None:
        failed = len(score.runs) - score.converged
        console.print(f"[bold red]no time to quality: {failed} runs did not converge[/bold red]")
    else:
        how = "the rest averaged" if score.by_the_rules else "of all runs: too few to leave any out"
        spread = "" if score.spread is None else f"; runs spread by {score.spread:.1%}"
        console.print(f"time to quality {score.seconds:.2f} s, {how}{spread}", highlight=False)
    for run, verdict in zip(score.runs, found.verdicts, strict=True):
        if run.reached and not verdict.passed:
            console.print(f"{run.path.name}: {escape(verdict.reason)}", style="yellow")
        if run.clock_moved:
            console.print(
                f"{run.path.name}: the time of day jumped during the run: its time is wrong",
                style="bold red",
            )
    _print_energies(console, found)
    _print_convergence(console, found.convergence)
    console.print(f"checked by: {rules}")
    console.print(f"logs: {found.package.folder}", soft_wrap=True)
    if found.summary is not None:
        console.print(f"summary: {found.summary}", soft_wrap=True)


def _print_convergence(console: Console, verdict: ConvergenceVerdict) -> None:
    """Print whether the runs converge sooner than the references allow."""
    if verdict.found is None:
        console.print(f"convergence not checked: {verdict.reason}", highlight=False)
        return
    batches = " and ".join(str(each) for each in verdict.batches)
    against = (
        f"{verdict.found.ratio:.2f} times the evaluations of the references at batch {batches}; "
        f"at least {verdict.found.least_ratio:.2f} is plausible"
    )
    if verdict.flagged:
        console.print(
            f"flagged: converges sooner than the references allow: {against}", style="bold red"
        )
    else:
        console.print(f"convergence is plausible: {against}", highlight=False)


def _print_energies(console: Console, found: Trained) -> None:
    """Print the energy to quality, and what is wrong with a run's."""
    if found.meter is None:
        return
    for run, energy in zip(found.score.runs, found.energies, strict=True):
        if energy.problem:
            console.print(f"{run.path.name}: {escape(energy.problem)}", style="yellow")
    meter = meter_text(found.meter)
    if found.energy is None:
        console.print(f"no energy to quality by {meter}", style="bold red", markup=False)
        return
    each = [
        "?" if energy.energy_j is None else _with_uncertainty(energy) for energy in found.energies
    ]
    spread = "" if found.energy.spread is None else f", which spread by {found.energy.spread:.1%}"
    console.print(
        f"energy to quality {_with_uncertainty(found.energy)} by {meter}: the mean of the same "
        f"runs{spread}; each: {', '.join(each)}",
        markup=False,
        highlight=False,
    )


def meter_text(meter: MeterRecord) -> str:
    """Return a meter's name, and whether its figures are played or an estimate.

    Examples
    --------
    >>> meter_text(MeterRecord("virtual:hwmon", is_played=True))
    'virtual:hwmon (played: of no machine)'
    >>> meter_text(MeterRecord("rapl", is_estimate=True, estimate_reason="package only"))
    'rapl (an estimate: package only)'
    """
    estimate = f"an estimate: {meter.estimate_reason}" if meter.estimate_reason else "an estimate"
    notes = {"played: of no machine": meter.is_played, estimate: meter.is_estimate}
    said = "; ".join(note for note, holds in notes.items() if holds)
    return f"{meter.name} ({said})" if said else meter.name


def _with_uncertainty(energy: RunEnergy | EnergyToQuality) -> str:
    """Return an energy with what is open of it, where that is known."""
    if energy.uncertainty_j is None:
        return f"{energy.energy_j:.4g} J (accuracy not stated)"
    return f"{energy.energy_j:.4g} +- {energy.uncertainty_j:.2g} J"


def print_fine_tuned(found: FineTuned, dataset: str) -> None:
    """Print what a new last layer gained, and what to do with the model."""
    console = new_console(highlight=False)
    before = "other classes" if found.before is None else _percent(found.before)
    console.print(
        f"last layer learned on {found.trained_on} samples of {found.classes} classes in "
        f"{found.seconds:.1f} s"
    )
    console.print(
        f"on {found.held_out} held-out samples: {_percent(found.after)}; before: {before}"
    )
    console.print(f"edgebench run {found.path} --dataset {escape(dataset)}", soft_wrap=True)


def _percent(accuracy: Accuracy) -> str:
    digits = TOP1.digits
    range_ = f"{accuracy.low:{digits}} to {accuracy.high:{digits}}"
    return f"{accuracy.percent:{digits}} {TOP1.unit} {TOP1.shown_name} ({range_})"
