"""The table of meters in docs/power.md, made from their drivers.

``python -m edgebench.power.markdown docs/power.md`` rewrites it; a test compares the two.
"""

from __future__ import annotations

import sys
from pathlib import Path

from edgebench.files.atomic import write_text
from edgebench.power.kinds import MeterKind, meter_kinds

BEGIN = "<!-- meters: written by python -m edgebench.power.markdown -->"
END = "<!-- /meters -->"


def meters_table() -> str:
    """Return the table: a line per kind of meter."""
    head = "| meter | what it is | rate | figures | needs |\n|---|---|---|---|---|\n"
    return head + "".join(_row(kind) for kind in meter_kinds())


def _row(kind: MeterKind) -> str:
    names = ", ".join(f"`{name}`" for name in (kind.usage, *kind.aliases))
    needs = kind.install.replace("pip install ", "").replace("'", "`", 2) or "-"
    cells = (names, kind.summary, kind.rate, kind.figures, needs)
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"


def with_table(text: str) -> str:
    """Return a document with the table between its two marks.

    Raises
    ------
    ValueError
        If the marks are not there.
    """
    before, found, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (found and end):
        raise ValueError(f"{BEGIN} and {END} are not in the document")
    return f"{before}{BEGIN}\n{meters_table()}{END}{after}"


if __name__ == "__main__":
    document = Path(sys.argv[1])
    write_text(document, with_table(document.read_text(encoding="utf-8")))
