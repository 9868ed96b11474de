"""A run's progress on the terminal, drawn by the thread that waits: no thread of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from edgebench.cli.options.logs import is_quiet
from edgebench.cli.output import echo, new_console
from edgebench.harness.progress import Progress as Watcher
from edgebench.harness.progress import Silent


class Bar:
    """A line and a bar a stage."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task: TaskID | None = None

    def stage(self, title: str, seconds: float | None) -> None:
        """Begin a stage; what was before it is done."""
        self.finish()
        about = "" if seconds is None else f"about {seconds:.0f} s"
        self._task = self._bar.add_task(title, total=1.0, about=about)
        self._bar.refresh()

    def advance(self, share: float) -> None:
        """Draw how far the stage is."""
        if self._task is not None:
            self._bar.update(self._task, completed=share)
            self._bar.refresh()

    def finish(self) -> None:
        """Leave the last stage full."""
        if self._task is not None:
            self.advance(1.0)


class Lines:
    """A line a stage: what a log file wants."""

    def stage(self, title: str, seconds: float | None) -> None:
        """Print the stage."""
        about = "" if seconds is None else f" (about {seconds:.0f} s)"
        echo(f"{title}{about}", err=True)

    def advance(self, share: float) -> None:
        """Print nothing."""


@contextmanager
def shown_progress() -> Iterator[Watcher]:
    """Show progress on standard error: bars on a terminal, lines elsewhere; nothing with -q."""
    ctx = click.get_current_context(silent=True)
    if ctx is not None and is_quiet(ctx):
        yield Silent()
        return
    console = new_console(stderr=True)
    if not console.is_terminal:
        yield Lines()
        return
    columns = (
        TextColumn("{task.description:<36}", markup=False),
        BarColumn(bar_width=30),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("{task.fields[about]}", style="dim"),
    )
    with Progress(*columns, console=console, auto_refresh=False) as progress:
        yield Bar(progress)
