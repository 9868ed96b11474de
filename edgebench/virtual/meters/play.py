"""Play a meter until the standard input ends.

``python -m edgebench.virtual.meters KIND [key=value ...]`` prints where the meter is. Files are
written anew for each line that it reads, and it prints when.
"""

from __future__ import annotations

import select
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from edgebench.clock import now_ns
from edgebench.errors import UsageError
from edgebench.power.options import read_options
from edgebench.virtual.announce import announce
from edgebench.virtual.meters.faults import Playing
from edgebench.virtual.meters.instrument import Instrument
from edgebench.virtual.meters.kind import InFiles, Kind, OnLine
from edgebench.virtual.meters.kinds import kind_of
from edgebench.virtual.meters.marker import Marker


def play(name: str, words: list[str]) -> None:
    """Be a meter.

    Raises
    ------
    EdgebenchError
        If no such meter can be played, or not with these faults.
    """
    asked = read_options("virtual", Playing, words)
    kind = kind_of(name)
    with ExitStack() as stack:
        marker = stack.enter_context(Marker(asked.marks, asked.marker_path))
        _play(kind, kind.instrument(asked, marker), stack)


def _play(kind: Kind, instrument: Instrument, stack: ExitStack) -> None:
    way = kind.way
    if isinstance(way, InFiles):
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="edgebench-virtual-")))
        tree = stack.enter_context(way.tree(folder, instrument))
        announce(folder)
        for _ in sys.stdin:
            tree.write()
            announce(now_ns())
    elif isinstance(way, OnLine):
        line = way.line()
        stack.callback(line.close)
        stand_in = way.stand_in(instrument)
        announce(line.place)
        while not select.select([sys.stdin], [], [], 0)[0]:
            if not line.exchange(stand_in):
                return
    else:
        raise UsageError(f"virtual: {kind.name} lives in the process that measures")
