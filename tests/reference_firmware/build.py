"""Build MLCommons' protocol code with a generated network into a program."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from edgebench.firmware.building.compiling import host_compiler, run_tool
from edgebench.firmware.c_files import CORE, include_flags, sources
from edgebench.firmware.emitting.names import CNames
from edgebench.firmware.emitting.source import emit
from edgebench.models.resolve import Model

API = "benchmark/api"
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Task:
    """One of MLPerf Tiny's benchmarks: its name, its model's file, what its firmware takes."""

    name: str
    model: str
    takes: str


TASKS = (
    Task("kws01", "kws_ref_model.tflite", "BYTES"),
    Task("ic01", "pretrainedResnet_quant.tflite", "PIXELS"),
    Task("vww01", "vww_96_int8.tflite", "PIXELS"),
    Task("ad01", "ad01_int8.tflite", "SCORE"),
)


def reference_source() -> Path:
    """Return the folder of MLCommons' protocol code, or skip."""
    folder = os.environ.get("TINY_DIR")
    if not folder or not (Path(folder) / API / "internally_implemented.cpp").is_file():
        pytest.skip("TINY_DIR names no checkout of github.com/mlcommons/tiny")
    return Path(folder) / "benchmark"


def reference_program(
    task: Task, model: Model, folder: Path, *, takes: str = "", is_for_energy: bool = False
) -> Path:
    """Return the reference firmware of a task as a program for this machine.

    Parameters
    ----------
    takes
        What its submitter's code takes, if other than the task's.
    """
    benchmark = reference_source()
    for name, text in emit(model).files.items():
        (folder / name).write_text(text)
    (quantization,) = [each.quantization for each in model.facts.inputs]
    assert quantization is not None
    includes = include_flags(*CORE, "kernels")
    network = folder / "network.o"
    run_tool(
        [
            host_compiler(),
            "-std=c99",
            "-O2",
            "-r",
            "-nostdlib",
            *includes,
            f"-I{folder}",
            *map(str, sources("kernels")),
            str(folder / CNames().source),
            "-o",
            str(network),
        ]
    )
    program = folder / f"reference-{task.name}"
    run_tool(
        [
            "g++",
            "-O2",
            f"-DTH_MODEL_VERSION=EE_MODEL_VERSION_{task.name.upper()}",
            f"-DEE_CFG_ENERGY_MODE={int(is_for_energy)}",
            f"-DTASK_{takes or task.takes}",
            f"-DINPUT_SCALE={quantization.scales[0]!r}f",
            f"-DINPUT_ZERO_POINT=({quantization.zero_points[0]})",
            f"-I{benchmark}",
            *includes,
            f"-I{folder}",
            str(benchmark / "api/internally_implemented.cpp"),
            str(HERE / "submitter.cpp"),
            str(network),
            "-o",
            str(program),
        ]
    )
    return program
