"""The page: one HTML file that needs nothing else, not even the network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgebench import __version__
from edgebench.clock import utc_now, utc_text
from edgebench.errors import RuntimeMissing
from edgebench.files.atomic import write_text
from edgebench.files.disk import disk_errors
from edgebench.results.report.caveats import WEIGHTS, Caveat, caveats_of
from edgebench.results.report.drawing import Plot
from edgebench.results.report.facts import facts_of
from edgebench.results.report.plots.heat_map import heat_maps
from edgebench.results.report.plots.overview import overview_plots
from edgebench.results.report.plots.run_plots import run_plots
from edgebench.results.report.view import RunView, views_of
from edgebench.results.summary.texts import markdown_rows
from edgebench.text.printable import is_shown, printable

FIRST = ("model", "verdict", "accuracy", "scenario")
"""The columns that must be in sight on a narrow screen."""
TEMPLATE, STYLE = "page.html.jinja", "page.css"
_CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
"""Control characters, and those that turn the direction of what follows."""


@dataclass(frozen=True)
class Section:
    """A run on the page."""

    anchor: str
    view: RunView
    cells: dict[str, str]
    caveats: Sequence[Caveat]
    plots: Sequence[Plot]
    facts: dict[str, dict[str, str]]


def write_report(paths: Iterable[Path], out: Path, title: str = "") -> Path:
    """Write a page about run directories, or folders of them.

    Returns
    -------
    The file.

    Raises
    ------
    RunDirectoryInvalid
        If there is no run directory.
    RuntimeMissing
        If matplotlib or jinja2 is not installed.
    EdgebenchError
        If the file can't be written.
    """
    # Names in plots, attributes and texts alike: none may turn what stands behind it.
    html = _CONTROLS.sub(_shown, render(list(paths), title))
    with disk_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        write_text(out, html)
    return out


def _shown(match: re.Match[str]) -> str:
    return match[0] if is_shown(match.string, match.start()) else printable(match[0])


def render(paths: list[Path], title: str = "") -> str:
    """Return the page's HTML; see `write_report`."""
    views = views_of(paths)
    rows = markdown_rows([view.row for view in views.runs])
    sections = [
        _section(number, view, cells)
        for number, (view, cells) in enumerate(zip(views.runs, rows, strict=True), 1)
    ]
    order = dict.fromkeys((*FIRST, *rows[0]))
    names = [name for name in order if any(row[name] for row in rows)]
    models = dict.fromkeys(view.run.record.model.name for view in views.runs)
    return str(
        _environment()
        .get_template(TEMPLATE)
        .render(
            title=title or f"edgebench: {', '.join(models)}",
            columns=names,
            sections=sections,
            shared=_shared(sections),
            overview=[*overview_plots(views.runs), *heat_maps(views.runs)],
            errors=views.errors,
            made=utc_text(utc_now()),
            version=__version__,
            style=(Path(__file__).parent / STYLE).read_text(encoding="utf-8"),
        )
    )


def _section(number: int, view: RunView, cells: dict[str, str]) -> Section:
    plots, problems = run_plots(view, number)
    caveats = [*caveats_of(view), *(Caveat("doubt", problem) for problem in problems)]
    return Section(f"run-{number}", view, cells, caveats, plots, facts_of(view.run))


def _shared(sections: Sequence[Section]) -> list[tuple[Caveat, list[Section]]]:
    """Return every caveat once, worst first and like next to like, with the runs that it is of."""
    holders: dict[Caveat, list[Section]] = {}
    for section in sections:
        for caveat in section.caveats:
            of = holders.setdefault(caveat, [])
            if section not in of:
                of.append(section)
    # The same sentence with other figures is another one: each run's are its own.
    kinds = [(each.weight, re.sub(r"[0-9.,]+", "", each.text)) for each in holders]
    firsts = {kind: kinds.index(kind) for kind in kinds}
    order = sorted(
        zip(kinds, holders.items(), strict=True),
        key=lambda each: (WEIGHTS.index(each[0][0]), firsts[each[0]]),
    )
    return [each for _, each in order]


def _environment() -> Any:
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    except ImportError as error:
        raise RuntimeMissing(
            "a report needs matplotlib and jinja2: `pip install 'edgebench[report]'`"
        ) from error
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
