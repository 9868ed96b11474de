"""The firmware that listens as a program, and what its answers and its pins must be."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgebench.datasets.log_mel import BANDS, HOP_SAMPLES
from edgebench.firmware.streaming.features import features
from edgebench.firmware.streaming.source import detected_above
from edgebench.models.resolve import Model
from tests.firmware.compiled import Run, by_tflm
from tests.firmware.streaming.made import Audio

ANSWER_S = 30.0
PIN = re.compile(r"pin (\w+) ([01]) (\d+) (\d+)")


@dataclass(frozen=True)
class Edge:
    """An edge of a pin: after which sample of the wire, and how long after."""

    pin: str
    level: int
    samples: int
    us: int


class Listener:
    """The firmware as a program, asked and answered by its standard streams."""

    def __init__(self, program: Path, folder: Path, *options: str) -> None:
        self._control = (folder / "control").open("w+")
        self._process = subprocess.Popen(
            [str(program), "--control", str(self._control.fileno()), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=(self._control.fileno(),),
            bufsize=0,
        )
        self._until_ready()

    def ask(self, command: str) -> list[str]:
        """Return the lines of an answer, without m-ready."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}%".encode())
        return self._until_ready()

    def said(self, words: str) -> list[str]:
        """Return what comes without being asked for, up to a line that has these words."""
        return self._until(words)

    def _until_ready(self) -> list[str]:
        return self._until("m-ready")[:-1]

    def _until(self, words: str) -> list[str]:
        assert self._process.stdout is not None
        lines: list[str] = []
        while not lines or words not in lines[-1]:
            line = self._process.stdout.readline().decode()
            assert line.endswith("\r\n"), (lines, line)
            lines.append(line.removesuffix("\r\n"))
        return lines

    def wait_for_frames(self, frames: int) -> None:
        deadline = time.monotonic() + ANSWER_S
        while f"frames={frames}]" not in "".join(self.ask("state")):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def cpu_s(self) -> float:
        """Return the processor time that it has used."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    def control(self) -> str:
        self._control.seek(0)
        return self._control.read()

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._control.close()


def activations(answer: Sequence[str]) -> list[int]:
    """Return the activations of an answer, as MLCommons' runner finds them in it."""
    found = re.search(r"target activations:\s*(\[.*?\])\s*m-ready", "".join([*answer, "m-ready"]))
    assert found is not None
    return [int(each) for each in found[1].strip("[]").split(",")]


def expected(model: Model, audio: Audio, reference: Callable[[Model], Run] = by_tflm) -> list[int]:
    """Return the first output for each hop, by reference kernels on features by the definition."""
    (tensor,) = model.facts.inputs
    assert tensor.quantization is not None
    run = reference(model)
    held = np.zeros(tensor.elements, dtype=np.int8)
    outputs = []
    scale, zero_point = tensor.quantization.scales[0], tensor.quantization.zero_points[0]
    for frame in features(audio, scale, zero_point):
        held = np.concatenate((held[BANDS:], frame))
        outputs.append(int(run(held)[0]))
    return outputs


def edges_of(text: str) -> list[Edge]:
    return [Edge(m[1], int(m[2]), int(m[3]), int(m[4])) for m in PIN.finditer(text)]


def raw(audio: Audio) -> bytes:
    return audio.astype("<i2").tobytes()


def check_edges(edges: Sequence[Edge], outputs: Sequence[int], model: Model) -> None:
    """Compare the pins with what the outputs and the rules of the reference want."""
    start, frames = edges[:2], edges[2:]
    assert [(each.pin, each.level) for each in start] == [("PROCESSING", 1), ("PROCESSING", 0)]
    began = start[0].samples
    wanted = []
    for number, output in enumerate(outputs):
        end = began + (number + 1) * HOP_SAMPLES
        pulses = number == 0 or output > detected_above(model)
        wanted.append(("PROCESSING", 1, end))
        wanted += [("WW_DETECTED", 0, end), ("WW_DETECTED", 1, end)] * pulses
        wanted.append(("PROCESSING", 0, end))
    assert [(each.pin, each.level, each.samples) for each in frames] == wanted
    times = [0]
    for each in frames:
        times = [0] if (each.pin, each.level) == ("PROCESSING", 1) else times
        assert each.us >= times[-1]
        times.append(each.us)
