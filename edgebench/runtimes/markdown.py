"""The table of runtimes in docs/runtimes.md, made from edgebench's own drivers.

``python -m edgebench.runtimes.markdown docs/runtimes.md`` rewrites it; a test compares the two.
"""

from __future__ import annotations

from edgebench.files.marked_section import rewrite_document, with_part
from edgebench.plugins import plugins
from edgebench.runtimes.contract import GROUP
from edgebench.runtimes.kinds import RuntimeKind, runtime_kinds

BEGIN = "<!-- runtimes: written by python -m edgebench.runtimes.markdown -->"
END = "<!-- /runtimes -->"


def runtimes_table() -> str:
    """Return the table: a line per runtime, whatever is installed here."""
    head = "| runtime | what it is | runs | on | settings | profile per op | install |\n"
    known = plugins(GROUP)
    rows = [_row(kind) for kind in runtime_kinds().values() if known[kind.name].is_own]
    return head + "|---|---|---|---|---|---|---|\n" + "".join(rows)


def _row(kind: RuntimeKind) -> str:
    cells = (
        ", ".join(f"`{name}`" for name in (kind.name, *kind.aliases)),
        kind.summary,
        ", ".join(f"`{each}`" for each in kind.formats),
        ", ".join(kind.processors),
        ", ".join(f"`{each}`" for each in kind.settings),
        "yes" if kind.profiles_ops else "no",
        kind.install,
    )
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"


def with_table(text: str) -> str:
    """Return a document with the table between its two marks; see `with_part`."""
    return with_part(text, BEGIN, END, runtimes_table())


if __name__ == "__main__":
    rewrite_document(with_table)
