"""The table of meters in docs/power.md, made from their drivers.

``python -m edgebench.power.markdown docs/power.md`` rewrites it; a test compares the two.
"""

from __future__ import annotations

from edgebench.files.marked_section import rewrite_document, with_part
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
    """Return a document with the table between its two marks; see `with_part`."""
    return with_part(text, BEGIN, END, meters_table())


if __name__ == "__main__":
    rewrite_document(with_table)
