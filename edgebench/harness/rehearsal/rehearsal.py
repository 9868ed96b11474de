"""Start everything that MLCommons' runner talks to, and write what it reads."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import DeviceLost, UsageError
from edgebench.events import OnEvent, ignore
from edgebench.files.disk import disk_errors
from edgebench.harness.rehearsal.bench import Stage
from edgebench.harness.rehearsal.request import RehearsalRequest
from edgebench.harness.rehearsal.runner_files import (
    MODES,
    PORTS,
    command,
    write_device_list,
    write_ports,
    write_tests,
)
from edgebench.virtual.meters.marker import wire_name
from edgebench.virtual.meters.player_process import Played

WATCH_S = 1.0
METER = "lpm01a"


@dataclass(frozen=True)
class Rehearsed:
    """A benchmark that is ready: its ports, and what to type for each mode of the runner."""

    benchmark: str
    device: str
    interface: str
    commands: dict[str, str]


class Rehearsal(CloseOnExit):
    """A context manager: devices, interface boards and a meter, until it is closed.

    Attributes
    ----------
    folder
        Where the runner's files are, and where it is to be started.
    benchmarks
        What is ready.
    meter
        The LPM01A's port.

    Raises
    ------
    EdgebenchError
        If something can't be built, started or written.
    """

    def __init__(
        self, asked: RehearsalRequest, tiny: str = "TINY", on_event: OnEvent = ignore
    ) -> None:
        self.folder = asked.out.absolute()
        names = asked.chosen
        self._stack = ExitStack()
        self._stages: list[Stage] = []
        with self._stack as stack:
            with disk_errors(asked.out):
                _make_folder(asked.out)
            marker = wire_name()
            wires = Path(stack.enter_context(TemporaryDirectory(prefix="edgebench-wires-")))
            self._meter = stack.enter_context(Played(METER, [f"marker={marker}"]))
            for name in names:
                on_event(f"building and starting {name}")
                with disk_errors(asked.out):
                    self._stages.append(stack.enter_context(Stage(name, asked, marker, wires)))
            ports = [each.ports for each in self._stages]
            with disk_errors(asked.out):
                write_device_list(asked.out, asked.baud)
                write_tests(asked.out, ports)
                write_ports(asked.out, ports, self._meter.place)
            self._stack = stack.pop_all()
        self.meter: str = self._meter.place
        self.benchmarks: Sequence[Rehearsed] = [
            Rehearsed(
                each.benchmark.name,
                each.device,
                each.interface,
                {mode: command(each, mode, tiny) for mode in MODES},
            )
            for each in ports
        ]

    def close(self) -> None:
        """Stop everything; the files stay."""
        self._stack.close()

    def wait(self) -> None:
        """Stay as long as everything runs.

        Raises
        ------
        DeviceLost
            When something has ended.
        """
        while self._meter.is_running:
            for stage in self._stages:
                if not stage.is_running:
                    raise DeviceLost(f"the emulated device or interface of {stage.name} has ended")
            time.sleep(WATCH_S)
        raise DeviceLost("the emulated meter has ended")


def _make_folder(out: Path) -> None:
    """Make the folder; one that is there must be an earlier rehearsal's."""
    if out.exists() and not (out.is_dir() and ((out / PORTS).is_file() or not any(out.iterdir()))):
        raise UsageError(
            f"`out`: {out} exists and was not made by `rehearse`; choose another", field="out"
        )
    (out / "card").mkdir(parents=True, exist_ok=True)
    (out / PORTS).write_text("{}", encoding="ascii")
