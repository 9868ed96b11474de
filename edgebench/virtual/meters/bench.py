"""Which meters the bench has, and a program that plays one until its input ends.

``python -m edgebench.virtual.meters KIND [key=value ...]`` prints where the meter is.
"""

from __future__ import annotations

import select
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory

from edgebench.errors import UsageError
from edgebench.power.contract import Accuracy
from edgebench.power.meters import hwmon, otii, rapl
from edgebench.power.meters.lpm01a import instrument as lpm01a
from edgebench.power.meters.ppk2 import kit as ppk2
from edgebench.power.meters.ptdaemon import analyzer as ptdaemon
from edgebench.power.meters.scpi import instrument as scpi
from edgebench.virtual.meters import joulescope as virtual_joulescope
from edgebench.virtual.meters import lpm01a as virtual_lpm01a
from edgebench.virtual.meters import otii as virtual_otii
from edgebench.virtual.meters import ppk2 as virtual_ppk2
from edgebench.virtual.meters import ptdaemon as virtual_ptdaemon
from edgebench.virtual.meters import scpi as virtual_scpi
from edgebench.virtual.meters import trees
from edgebench.virtual.meters.faults import Faults, parse_faults
from edgebench.virtual.meters.instrument import Instrument
from edgebench.virtual.meters.line import PtyLine, StandIn, TcpLine
from edgebench.virtual.meters.marker import Marker

ALWAYS = frozenset({"seed", "exact", "stall", "unplug"})
STREAM = ALWAYS | {"skew", "loss", "spike", "marks"}


@dataclass(frozen=True)
class Kind:
    """A meter of the bench.

    Attributes
    ----------
    scale_w
        The most that its waveform takes.
    period_s
        Between two of its samples, where it is not told another.
    limits
        Of its error.
    stand_in, line
        How it speaks, and on what.
    tree
        Instead: files that it makes in a folder.
    faults
        Those that it can play.
    """

    scale_w: float
    period_s: float
    limits: Accuracy | None
    stand_in: Callable[[Instrument], StandIn] | None = None
    line: Callable[[], PtyLine | TcpLine] | None = None
    tree: Callable[[Path, Instrument], trees.Tree] | None = None
    faults: frozenset[str] = STREAM

    def instrument(self, faults: Faults, marker: Marker | None = None) -> Instrument:
        """Return what it measures with.

        Raises
        ------
        UsageError
            If a fault is ordered that it can't play.
        """
        for each in fields(faults):
            if getattr(faults, each.name) != each.default and each.name not in self.faults:
                raise UsageError(
                    f"virtual: this meter can't play {each.name}; it can "
                    f"{', '.join(sorted(self.faults))}"
                )
        return Instrument(faults, self.scale_w, self.period_s, self.limits, marker)


_SCPI_LIMITS = scpi.scpi_cards()[0].accuracy
KINDS: dict[str, Kind] = {
    "lpm01a": Kind(
        virtual_lpm01a.SCALE_W,
        1e-3,
        lpm01a.LIMITS,
        virtual_lpm01a.VirtualLpm01a,
        PtyLine,
        faults=STREAM | {"overflow"},
    ),
    "ppk2": Kind(
        virtual_ppk2.SCALE_W,
        1 / ppk2.RATE_HZ,
        ppk2.LIMITS,
        virtual_ppk2.VirtualPpk2,
        PtyLine,
        faults=STREAM | {"overflow"},
    ),
    "scpi": Kind(
        virtual_scpi.SCALE_W,
        0.02,
        _SCPI_LIMITS,
        virtual_scpi.VirtualScpi,
        TcpLine,
        faults=ALWAYS | {"loss", "overflow"},
    ),
    "scpi-pty": Kind(
        virtual_scpi.SCALE_W,
        0.02,
        _SCPI_LIMITS,
        virtual_scpi.VirtualScpi,
        PtyLine,
        faults=ALWAYS | {"loss", "overflow"},
    ),
    "otii": Kind(
        virtual_otii.SCALE_W,
        1 / virtual_otii.RATE_HZ,
        otii.LIMITS,
        virtual_otii.VirtualOtii,
        TcpLine,
    ),
    "ptdaemon": Kind(
        virtual_ptdaemon.SCALE_W,
        1.0,
        ptdaemon.LIMITS,
        virtual_ptdaemon.VirtualPtDaemon,
        TcpLine,
        faults=STREAM - {"marks"},
    ),
    "joulescope": Kind(virtual_joulescope.SCALE_W, 0.01, Accuracy(0.005, 1e-6, "js220")),
    "hwmon": Kind(
        trees.HWMON_SCALE_W, 0.02, hwmon.ACCURACY["ina226"], tree=trees.hwmon_tree, faults=ALWAYS
    ),
    "rapl": Kind(
        trees.RAPL_SCALE_W, 0.001, rapl.ACCURACY, tree=trees.rapl_tree, faults=ALWAYS | {"wrap"}
    ),
    "rpi5-pmic": Kind(trees.PMIC_SCALE_W, 0.02, None, tree=trees.vcgencmd, faults=ALWAYS),
}


def kind_of(name: str) -> Kind:
    """Return a meter of the bench.

    Raises
    ------
    UsageError
        If it has no such one.
    """
    if name not in KINDS:
        raise UsageError(f"virtual: no meter {name!r}; the bench has {', '.join(sorted(KINDS))}")
    return KINDS[name]


def play(name: str, words: list[str]) -> None:
    """Be a meter until the standard input ends."""
    faults, rest = parse_faults(words)
    paths = [word.removeprefix("marker=") for word in rest if word.startswith("marker=")]
    kind = kind_of(name)
    with ExitStack() as stack:
        marker = stack.enter_context(Marker(faults.marks, Path(paths[0]) if paths else None))
        instrument = kind.instrument(faults, marker)
        if kind.tree is not None:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="edgebench-virtual-")))
            stack.enter_context(kind.tree(folder, instrument))
            print(folder, flush=True)
            sys.stdin.read()
            return
        if kind.line is None or kind.stand_in is None:
            raise UsageError(f"virtual: {name} lives in the process that measures")
        line = kind.line()
        stack.callback(line.close)
        stand_in = kind.stand_in(instrument)
        print(line.place, flush=True)
        while not select.select([sys.stdin], [], [], 0)[0]:
            if not line.exchange(stand_in):
                return
