"""The page: one HTML file that needs nothing else, not even the network."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from edgebench import __version__
from edgebench.clock import utc_now, utc_text
from edgebench.errors import RuntimeMissing
from edgebench.files.atomic import write_text
from edgebench.files.disk import disk_errors
from edgebench.results.report.caveats import WEIGHTS, Caveat, Weight, caveats_of
from edgebench.results.report.conclusion import conclusions_of, machines_of
from edgebench.results.report.drawing import Plot
from edgebench.results.report.facts import facts_of
from edgebench.results.report.plots.run_plots import plots_together, run_plots
from edgebench.results.report.view import RunView, views_of
from edgebench.results.summary.texts import markdown_rows
from edgebench.text.printable import is_shown, printable

FIRST = ("model", "verdict", "accuracy", "scenario")
"""The columns that must be in sight on a narrow screen."""
CLASSES = {
    "verdict": "verdict",
    "accuracy": "accuracy",
    "on": "wraps",
    "settings": "wraps",
    "energy per inference": "wraps",
}
"""CSS classes of the table's columns."""
TEMPLATE, STYLE, SCRIPT = "page.html.jinja", "page.css", "page.js"
_NAMES: Mapping[Weight, str] = {"bad": "error", "doubt": "warning", "note": "note"}
_CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
"""Control characters, and those that turn the direction of what follows."""


@dataclass(frozen=True)
class Section:
    """A run on the page; ``same_confusion`` is the run above that has the same confusion matrix."""

    view: RunView
    cells: dict[str, str]
    caveats: Sequence[Caveat]
    plots: Sequence[Plot]
    facts: dict[str, dict[str, str]]
    same_confusion: RunView | None

    @property
    def anchor(self) -> str:
        """The id of the section."""
        return self.view.anchor

    @property
    def is_bad(self) -> bool:
        """Whether the verdict keeps the run from being used."""
        return self.view.row.verdict in ("INVALID", "partial")

    @property
    def has_bad(self) -> bool:
        """Whether a caveat is an error."""
        return any(each.weight == "bad" for each in self.caveats)

    @property
    def caveats_counted(self) -> str:
        """How many caveats there are of each kind."""
        return _counted(self.caveats)


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
    same = _same_confusion(views.runs)
    sections = [
        _section(number, view, cells, same.get(view.anchor))
        for number, (view, cells) in enumerate(zip(views.runs, rows, strict=True), 1)
    ]
    together, problems = plots_together(views.runs)
    shared = _shared(sections)
    script = (Path(__file__).parent / SCRIPT).read_text(encoding="utf-8")
    order = dict.fromkeys((*FIRST, *rows[0]))
    names = [name for name in order if any(row[name] for row in rows)]
    models = dict.fromkeys(view.run.record.model.name for view in views.runs)
    return str(
        _environment()
        .get_template(TEMPLATE)
        .render(
            title=title or f"edgebench: {', '.join(models)}",
            columns=names,
            classes=CLASSES,
            sections=sections,
            conclusions=conclusions_of(views.runs),
            machines=machines_of(views.runs),
            shared=shared,
            has_bad=any(section.has_bad for section in sections),
            caveats_counted=_counted([caveat for caveat, _ in shared]),
            overview=together,
            script=script,
            script_hash=f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}",
            errors=(*views.errors, *problems),
            made=utc_text(utc_now()),
            version=__version__,
            style=(Path(__file__).parent / STYLE).read_text(encoding="utf-8"),
        )
    )


def _same_confusion(views: Sequence[RunView]) -> dict[str, RunView]:
    """Return, by anchor, the first run above with the same confusion matrix of the same model."""
    firsts: dict[tuple[object, ...], RunView] = {}
    same = {}
    for view in views:
        if view.confusion is None:
            continue
        model, counts = view.run.record.model, view.confusion.counts
        key = (model.name, model.variant, view.confusion.classes, counts.tobytes())
        first = firsts.setdefault(key, view)
        if first is not view:
            same[view.anchor] = first
    return same


def _counted(caveats: Sequence[Caveat]) -> str:
    """Return how many caveats there are of each kind, such as ``1 error, 2 warnings``."""
    counts = Counter(each.weight for each in caveats)
    texts = (
        f"{counts[weight]} {name}{'s' * (counts[weight] > 1)}"
        for weight, name in _NAMES.items()
        if counts[weight]
    )
    return ", ".join(texts) or "none"


def _section(
    number: int, view: RunView, cells: dict[str, str], same_confusion: RunView | None
) -> Section:
    shown = view if same_confusion is None else replace(view, confusion=None)
    plots, problems = run_plots(shown, number)
    caveats = [*caveats_of(view), *(Caveat("doubt", problem) for problem in problems)]
    return Section(view, cells, caveats, plots, facts_of(view.run), same_confusion)


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
