"""Write what MLCommons' runner reads besides the data: the device list and test scripts."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from edgebench.datasets.loaders.mlperf_tiny import LABELS_FILE
from edgebench.harness.rehearsal import with_ports
from edgebench.harness.rehearsal.benchmarks import Rehearsed
from edgebench.harness.rehearsal.runner_data import STREAM_FILE
from edgebench.text.json_text import json_text

DEVICES, PORTS = "devices.yaml", "ports.json"
SCRIPT = "with_ports.py"
SUPPLY_V = 3.0
HOST_BAUD = 115_200
METER_BAUD = 3_686_400
ST = 0x0483
INTERFACE_USB, METER_USB, DEVICE_USB = (ST, 0x374E), (ST, 0x5740), (ST, 0x374B)
"""As the runner's own device lists have them: they fit as well, where the rates are the same."""
MODES: Mapping[str, str] = {"a": "accuracy", "p": "performance", "e": "energy"}
WINDOWS = 5


@dataclass(frozen=True)
class StagePorts:
    """A benchmark's ports, and how many inferences make a window (0: it is streamed)."""

    benchmark: Rehearsed
    device: str
    interface: str
    iterations: int


def write_device_list(folder: Path, baud: int) -> None:
    """Write the device list: interface board, meter, device."""
    rates = "".join(f"    {name}: {baud}\n" for name in MODES.values())
    (folder / DEVICES).write_text(
        f"- name: stm32h573i-dk\n  type: interface\n  preference: 1\n  baud: {HOST_BAUD}\n"
        + _usb(INTERFACE_USB)
        + f"- name: lpm01a\n  type: power\n  preference: 1\n  baud: {METER_BAUD}\n"
        + f"  voltage: {SUPPLY_V}\n"
        + _usb(METER_USB)
        + f"- name: edgebench\n  type: dut\n  baud:\n{rates}"
        + _usb(DEVICE_USB),
        encoding="ascii",
    )


def write_tests(folder: Path, stages: Iterable[StagePorts]) -> None:
    """Write a test script per mode, with windows as long as the devices' speed asks for."""
    made = list(stages)
    for mode, name in MODES.items():
        text = "".join(_test(stage, mode) for stage in made)
        (folder / f"tests_{name}.yaml").write_text(text, encoding="ascii")


def write_ports(folder: Path, stages: Iterable[StagePorts], meter: str) -> None:
    """Write what is plugged in, by benchmark and mode, and the script that says so to a runner.

    As on a real table: the device itself in accuracy and performance mode, the interface board in
    front of it for a recording and where energy is measured.
    """
    found = {}
    for stage in stages:
        interface = _port(stage.interface, INTERFACE_USB, "STM32H573I-DK, emulated")
        device = _port(stage.device, DEVICE_USB, "device under test, emulated")
        with_energy = [interface, _port(meter, METER_USB, "LPM01A, emulated")]
        direct = [interface] if stage.benchmark.is_streamed else [device]
        found[stage.benchmark.name] = {"a": direct, "p": direct, "e": with_energy}
    (folder / PORTS).write_text(json_text(found), encoding="ascii")
    shutil.copyfile(with_ports.__file__, folder / SCRIPT)


def command(stage: StagePorts, mode: str, tiny: str) -> str:
    """Return what to type for a benchmark in a mode, in the rehearsal's folder."""
    runner = shlex.quote(f"{tiny}/benchmark/runner/main.py")
    return (
        f"python {SCRIPT} {stage.benchmark.name} {runner} -d {DEVICES} "
        f"-s datasets -t tests_{MODES[mode]}.yaml -m {mode}"
    )


def _usb(ids: tuple[int, int]) -> str:
    return f"  usb:\n    0x{ids[0]:04X}: 0x{ids[1]:04X}\n"


def _port(device: str, ids: tuple[int, int], description: str) -> dict[str, object]:
    return {"device": device, "vid": ids[0], "pid": ids[1], "description": description}


def _test(stage: StagePorts, mode: str) -> str:
    benchmark = stage.benchmark
    head = f"{benchmark.name}:\n  name: rehearsal\n  model: {benchmark.name}\n"
    if benchmark.is_streamed:
        # One run has everything. The runner's own script for accuracy mode has a loop around it,
        # which counts the files of a data set that this one has not.
        return f"{head}  truth_file: {STREAM_FILE}\n  script:\n    - stream\n"
    count, warmups = stage.iterations, benchmark.performance_warmups
    loop, infer = {
        "a": ("loop", "infer 1 0"),
        "p": (f"loop {WINDOWS}", f"infer {count} {warmups}"),
        "e": (f"loop {WINDOWS}", f"infer {count} {benchmark.energy_warmups}"),
    }[mode]
    # The runner's anomaly detection restarts a loop that stalls; nothing stalls here.
    steps = f"    - {loop}:\n      - download\n      - {infer}\n"
    return f"{head}  truth_file: {LABELS_FILE}\n  script:\n{steps}"
