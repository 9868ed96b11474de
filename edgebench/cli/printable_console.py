"""Rich's console, without control characters from outside, and without ellipses.

A table that is wider than the terminal is printed as it is rather than with its figures cut, and
sentences wrap at words. Where there is no terminal, as in a pipe or a file, lines have any length.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Column, Table
from rich.text import Text

from edgebench.text.printable import printable_lines

NO_LIMIT = 10_000
"""The width where there is no terminal."""
FOLDED = 8
"""The narrowest that a column gets whose words may be folded."""


class PrintableConsole(Console):
    """A console that shows a text's control characters instead of sending them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        if not self.is_terminal and "COLUMNS" not in os.environ:
            self.width = NO_LIMIT

    def print(self, *objects: Any, soft_wrap: bool | None = None, **options: Any) -> None:
        """Print; see the module for what does not fit."""
        if soft_wrap and self.is_terminal and self._can_wrap(objects):
            soft_wrap = False
        before = self.width
        tables = [each for each in objects if isinstance(each, Table)]
        self.width = max((before, *(self._laid_out(table) for table in tables)))
        try:
            super().print(*objects, soft_wrap=soft_wrap, **options)
        finally:
            self.width = before

    def _can_wrap(self, objects: Iterable[Any]) -> bool:
        """Return whether texts can be broken between words: no word is wider than a line."""
        return not any(
            (isinstance(each, Text) and each.no_wrap)
            or max(map(len, str(each).split()), default=0) > self.width
            for each in objects
        )

    def _laid_out(self, table: Table) -> int:
        """Give a table's columns widths that cut nothing, and return the table's width.

        Rich takes from the widest columns, whatever their words need.
        """
        _, right, _, left = Padding.unpack(table.padding)
        lines = len(table.columns) + 1 if table.box else 0
        around = len(table.columns) * (left + right) + lines
        spans = [self._span(column) for column in table.columns]
        least, most = sum(low for low, _ in spans), sum(high for _, high in spans)
        room = self.width - around - least
        if around + most <= self.width or table.box is None:
            return around + least
        for column, (low, high) in zip(table.columns, spans, strict=True):
            # What is left goes to columns by how much more they could use.
            share = max(room, 0) * (high - low) // (most - least or 1)
            column.width = low + share
            room, least, most = room - share, least - low, most - high
        return max(self.width, around + sum(low for low, _ in spans))

    def _span(self, column: Column) -> tuple[int, int]:
        """Return the width that a column needs for its words, or whole figures, and at most."""
        wide = self.options.update(width=NO_LIMIT)
        low = high = column.min_width or 0
        for cell in (column.header, *column.cells):
            text = self.render_str(cell) if isinstance(cell, str) else cell
            words, whole = Measurement.get(self, wide, text)
            if column.no_wrap:
                needed = whole
            else:
                needed = min(words, FOLDED) if column.overflow == "fold" else words
            low = max(low, needed)
            high = max(high, whole)
        return low, high

    def render_str(self, text: str, **options: Any) -> Text:
        """Turn a text into rich's own; before anything is measured."""
        return super().render_str(printable_lines(text), **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render anything; texts that were rich's own come through here only."""
        for segment in super().render(renderable, options):
            # Where the cursor goes, a progress bar says by segments of their own.
            if segment.control:
                yield segment
            else:
                yield Segment(printable_lines(segment.text), segment.style)
