"""Drawing with matplotlib into SVG that takes its colours from the page: light, dark or print."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from math import ceil, floor, log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import RuntimeMissing
from edgebench.logs import hushed

COLOURS = {
    "ink": "#010101",
    "faint": "#020202",
    "first": "#030303",
    "second": "#040404",
    "third": "#050505",
    "fourth": "#060606",
    "bad": "#070707",
    "shade": "#080808",
    "paper": "#090909",
}
"""Stand-ins: in the page each becomes a CSS variable of that name."""
SERIES = ("first", "second", "third", "fourth")
WIDTH_IN = 5.6
COLUMNS = 240
"""As many stretches of time as a plot has columns; each shows its middle and its extremes."""
TICKS = 6
LONG_AXIS = 20
"""From this ratio of its ends on, a log axis has ticks at 1, 2 and 5."""
LEAST_SPREAD = 1.01
"""The least ratio of a log axis's ends: runs of a clock of few ticks may have one latency only."""
Floats = NDArray[np.float64]
_STYLE = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.parse_math": False,  # a name with $ in it is no formula
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": COLOURS["faint"],
    "axes.labelcolor": COLOURS["ink"],
    "text.color": COLOURS["ink"],
    "xtick.color": COLOURS["ink"],
    "ytick.color": COLOURS["ink"],
    "grid.color": COLOURS["faint"],
    "grid.alpha": 0.35,
    "axes.grid": True,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}


class NotDrawable(Exception):
    """Values that matplotlib can't draw."""


@dataclass(frozen=True)
class Plot:
    """A plot of the page: its SVG, what it shows in a sentence, and what a reader should see."""

    svg: str
    title: str
    alt: str
    note: str = ""


@dataclass
class Canvas:
    """A figure being drawn; ``svg`` is there when the drawing has ended."""

    figure: Any
    axes: Any
    name: str = ""
    svg: str = ""
    tips: dict[str, str] = field(default_factory=dict)

    def tip(self, artist: Any, text: str, run: str = "") -> None:
        """Have a mark show a text under the pointer.

        Parameters
        ----------
        run
            The anchor of the run that the mark is of: it disappears when that run is filtered out.
        """
        key = f"tip-{self.name}-{len(self.tips)}"
        artist.set_gid(key)
        of_run = f' data-run="{escape(run)}"' if run else ""
        self.tips[f'<g id="{key}">'] = f"<g{of_run}><title>{escape(text)}</title>"


@contextmanager
def drawn(
    name: str, rows: int = 1, height_in: float = 2.9, ratios: tuple[int, ...] = ()
) -> Iterator[Canvas]:
    """Draw axes, one below the other with a common x.

    Parameters
    ----------
    name
        Unlike any other plot's on the page: the ids in the SVG come from it.

    Raises
    ------
    RuntimeMissing
        If matplotlib is not installed.
    NotDrawable
        If matplotlib can't place what was drawn.
    """
    mpl = _matplotlib()
    with (
        hushed("matplotlib"),
        mpl.rc_context({**_STYLE, "svg.hashsalt": name}),
        warnings.catch_warnings(),
    ):
        # Of names too long for their place, and of letters that its own font lacks: the page's has.
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("ignore", RuntimeWarning)  # figures out of all proportion overflow
        figure = mpl.figure.Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
        axes = figure.subplots(
            rows,
            1,
            sharex=True,
            squeeze=False,
            gridspec_kw={"height_ratios": ratios} if ratios else None,
        )[:, 0]
        canvas = Canvas(figure, axes, name)
        yield canvas
        file = io.StringIO()
        try:
            figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
        except (ValueError, OverflowError) as error:
            # Figures that are out of all proportion: matplotlib places no ticks for them.
            raise NotDrawable(str(error)) from error
    canvas.svg = _for_page(_with_tips(file.getvalue(), canvas.tips))


@hushed("matplotlib")
def _matplotlib() -> Any:
    """Import matplotlib, without pyplot: that keeps every figure, and may want a display."""
    try:
        import matplotlib.figure
    except ImportError as error:
        raise RuntimeMissing(
            "a report needs matplotlib and jinja2: `pip install 'edgebench[report]'`"
        ) from error
    return matplotlib


def envelope(axis: Any, x: Floats, y: Floats, colour: str = "first") -> None:
    """Draw many points as a median line and a band from least to most, a column each."""
    count = min(COLUMNS, x.size)
    groups = list(zip(np.array_split(x, count), np.array_split(y, count), strict=True))
    middle = [float(np.median(each)) for each, _ in groups]
    low, line, high = (
        [float(of(each)) for _, each in groups] for of in (np.min, np.median, np.max)
    )
    axis.fill_between(middle, low, high, color=COLOURS[colour], alpha=0.25, linewidth=0)
    axis.plot(middle, line, color=COLOURS[colour], linewidth=1.2)


def palette(number: int) -> str:
    """Return a series' colour."""
    return COLOURS[SERIES[number % len(SERIES)]]


def log_axis(axis: Any) -> None:
    """Put an axis of matplotlib's (``axes.xaxis``) on a log scale with plain numbers at it."""
    from matplotlib.ticker import FuncFormatter, LogLocator

    axis._set_axes_scale("log")
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=8))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.set_minor_formatter(FuncFormatter(lambda value, _: ""))


def span_axis(axis: Any, low: float, high: float) -> None:
    """Put an axis on a log scale from one figure to another, with numbers however near they are."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    axis._set_axes_scale("log")
    around = (high / low) ** 0.02
    # As many digits as part one tick from the next.
    digits = max(3, ceil(-log10((high - low) / high)) + 2)
    set_ends = axis.axes.set_xlim if axis.axis_name == "x" else axis.axes.set_ylim
    set_ends(low / around, high * around)
    axis.set_major_locator(FixedLocator(np.geomspace(low, high, TICKS).tolist()))
    axis.set_major_formatter(FuncFormatter(lambda value, _: _rounded(value, digits)))
    axis.set_minor_locator(NullLocator())


def wide_axis(axis: Any, low: float, high: float) -> None:
    """Put an axis on a log scale from one figure to another, with round numbers if it is long."""
    if high < low * LONG_AXIS:
        span_axis(axis, low, max(high, low * LEAST_SPREAD))
        return
    log_axis(axis)
    set_ends = axis.axes.set_xlim if axis.axis_name == "x" else axis.axes.set_ylim
    set_ends(low / 1.1, high * 1.1)


def _rounded(value: float, digits: int) -> str:
    """Return a positive figure with so many digits that count, and no zeros behind them."""
    places = digits - 1 - floor(log10(value))
    text = f"{round(value, places):,.{max(places, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _with_tips(svg: str, tips: Mapping[str, str]) -> str:
    """Put each mark's text into its group, where a browser shows it as a tooltip."""
    return re.sub(r'<g id="tip-[^"]*">', lambda found: tips.get(found[0], found[0]), svg)


def _for_page(svg: str) -> str:
    """Return the svg element alone, scaled by the page, its colours the page's variables."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    used = set(re.findall(r"#([A-Za-z0-9_.-]+)", svg))
    svg = re.sub(r' id="([^"]*)"', lambda found: found[0] if found[1] in used else "", svg)
    svg = svg.replace("<svg", '<svg aria-hidden="true" focusable="false"', 1)
    for name, stand_in in COLOURS.items():
        svg = svg.replace(stand_in, f"var(--{name})")
    return svg
