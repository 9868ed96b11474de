"""Rich's console, which lets escape sequences through, without them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from edgebench.text.printable import printable_lines


class PrintableConsole(Console):
    """A console that shows a text's control characters instead of sending them."""

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
