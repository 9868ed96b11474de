"""Frequency, temperature and throttling along a run, on the same clock as everything else."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.host.state import HostState, host_state

STEP_S = 0.5
THROTTLING_EACH = 20
MOST = 100_000
"""Half a day: what is longer keeps its beginning."""


@dataclass
class Timeline:
    """A moment's values each; lists of one length, None where the machine does not tell.

    ``frequency_mhz`` is the mean over processors, ``temperature_c`` the hottest zone.
    """

    t_ns: list[int] = field(default_factory=list)
    frequency_mhz: list[float | None] = field(default_factory=list)
    temperature_c: list[float | None] = field(default_factory=list)
    throttling: list[list[str] | None] = field(default_factory=list)

    def add(self, when: int, state: HostState) -> None:
        """Keep a moment."""
        self.t_ns.append(when)
        clocks, zones = state.frequency_mhz, state.temperature_c.values()
        self.frequency_mhz.append(sum(clocks) / len(clocks) if clocks else None)
        self.temperature_c.append(max(zones) if zones else None)
        self.throttling.append(None if state.throttling is None else list(state.throttling))

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON's own types."""
        return asdict(self)


class Watch(CloseOnExit):
    """A context manager: a thread looks twice a second what the machine does.

    Parameters
    ----------
    root
        The folder that /proc and /sys lie in.
    """

    def __init__(self, root: Path = Path("/"), step_s: float = STEP_S) -> None:
        self._root, self._step_s = root, step_s
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._work, name="machine", daemon=True)
        self.timeline = Timeline()

    def __enter__(self) -> Self:
        try:
            self._thread.start()
        except BaseException:  # Ctrl-C as well: nobody else would stop the thread
            self.close()
            raise
        return self

    def close(self) -> None:
        """Stop watching."""
        self._done.set()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        for number in range(MOST):
            # Without a descriptor to be had, this moment is left out.
            with suppress(OSError):
                self.timeline.add(now_ns(), host_state(self._root, not number % THROTTLING_EACH))
            if self._done.wait(self._step_s):
                return
