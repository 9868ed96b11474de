"""The one look of all tables."""

from __future__ import annotations

from collections.abc import Collection

from rich.box import SIMPLE_HEAD
from rich.table import Table


def new_table(
    *names: str,
    texts: Collection[str] = (),
    title: str = "",
    title_style: str | None = None,
    whole: bool = False,
    lines: bool = False,
) -> Table:
    """Return an empty table.

    Parameters
    ----------
    *names
        Names of columns: figures, justified right, unless they are in `texts`. Columns of
        another kind are added by the caller.
    title, title_style
        Its title, in rich's markup; italic unless another style is named.
    whole
        Whether the figures are never cut or wrapped, however narrow the terminal is.
    lines
        Whether rows are separated, as those of several lines need.
    """
    table = Table(
        title=title or None,
        title_justify="left",
        title_style=title_style,
        header_style="bold",
        box=SIMPLE_HEAD,
        show_lines=lines,
    )
    for name in names:
        is_text = name in texts
        table.add_column(
            name, justify="left" if is_text else "right", no_wrap=whole and not is_text
        )
    return table
