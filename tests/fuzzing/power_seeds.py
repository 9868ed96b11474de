"""Files of recorded power to begin with."""

from __future__ import annotations

import io
import json
import struct
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import numpy as np

from tests.fuzzing.seeds import npy, of_run

PPK2_METADATA = {"metadata": {"samplesPerSecond": 1000}, "formatVersion": 2}
PPK2_MEMBERS = {"session.raw": bytes(range(60)), "minimap.raw": b""}


def recordings_csv() -> Iterator[bytes]:
    yield b"seconds,watts\n0,1\n1,2\n"
    yield b"time [s];current [mA];voltage [V]\n0,0;100,5;5,0\n0,5;200;5,0\n"
    yield b"Time (s)\tPower (W)\n0,5\t1,5\n1,0\t2,5\n"
    yield b"timestamp, power.draw [W]\n2026/11/29 10:00:00.00, 25.5 W\n2026/11/29 10:00:01.5, 2 W\n"
    yield b"#time,current,voltage,power,charge,energy\n0,1,5,5,0,0\n0.5,1,5,5.5,0.5,2.6\n"


def tegrastats() -> Iterator[bytes]:
    line = (
        "11-29-2026 10:00:0{} RAM 2448/15823MB (lfb 2864x4MB) CPU [1%@729] VDD_IN 4654mW/4600mW\n"
    )
    yield "".join(line.format(second) for second in range(3)).encode()


def jls_recordings() -> Iterator[bytes]:
    from pyjls import DataType, SignalType, Writer

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.jls"
        with Writer(str(path)) as writer:
            writer.source_def(source_id=1, name="JS220-1")
            writer.signal_def(
                signal_id=1,
                source_id=1,
                signal_type=SignalType.FSR,
                data_type=DataType.F32,
                sample_rate=1000,
                name="power",
            )
            writer.fsr(1, 0, np.ones(50, np.float32))
        yield path.read_bytes()


def eembc_traces() -> Iterator[bytes]:
    yield struct.pack("<Bf8f", 0xF1, 1000, *[40] * 8)


traces = of_run("power/samples.npz")


@cache
def trace_members() -> Mapping[str, bytes]:
    """Return the members of a trace's archive, by their names."""
    with np.load(io.BytesIO(next(traces()))) as archive:
        return {f"{name}.npy": npy(archive[name]) for name in archive.files}


def about_traces() -> Iterator[bytes]:
    yield str(np.load(io.BytesIO(trace_members()["about.npy"]))).encode()


def trace_times() -> Iterator[bytes]:
    yield trace_members()["t_ns.npy"]


def ppk2_metadata() -> Iterator[bytes]:
    yield json.dumps(PPK2_METADATA).encode()


def ppk2_sessions() -> Iterator[bytes]:
    from tests.fuzzing.readers import zipped

    yield zipped("metadata.json", PPK2_MEMBERS, json.dumps(PPK2_METADATA).encode())
