"""Settings and files of firmware for one of MLPerf Tiny's benchmarks, besides the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from edgebench.errors import UsageError
from edgebench.firmware.streaming.source import check_streaming, stream_files
from edgebench.mlperf.tiny.inputs import TINY_INPUTS, TinyBenchmark, TinyInput
from edgebench.models.card import STREAMING as STREAMING_TASK
from edgebench.models.resolve import Model

WIRES: Mapping[TinyInput, int] = {"int8": 0, "uint8": 1, "float32": 2}
"""EB_INPUT_WIRE, by what a benchmark sends."""
STREAMING: TinyBenchmark = "sww01"


@dataclass(frozen=True)
class BenchmarkParts:
    """Settings for the compiler, folders of the firmware's own C, and generated files."""

    defines: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def streams(self) -> bool:
        """Whether it listens to audio."""
        return bool(self.files)


def benchmark_of(model: Model, asked: TinyBenchmark | None) -> TinyBenchmark | None:
    """Return the benchmark that firmware is built for: a card says whether its model streams."""
    streams = model.card is not None and model.card.task == STREAMING_TASK
    return STREAMING if asked is None and streams else asked


def benchmark_parts(model: Model, asked: TinyBenchmark | None) -> BenchmarkParts:
    """Return what makes firmware take what MLCommons' runner sends for a benchmark.

    Its model is called by the benchmark's name then: the runner knows its tests by that.

    Raises
    ------
    UsageError
        If the model's firmware can't take that.
    """
    benchmark = benchmark_of(model, asked)
    if benchmark is None:
        return BenchmarkParts()
    check_benchmark(model, benchmark)
    wire = WIRES[TINY_INPUTS[benchmark]]
    defines = (f'-DEB_BENCHMARK="{benchmark}"', f"-DEB_INPUT_WIRE={wire}")
    if benchmark != STREAMING:
        return BenchmarkParts(defines)
    return BenchmarkParts((*defines, "-DEB_STREAMING=1"), ("streaming",), stream_files(model))


def check_benchmark(model: Model, benchmark: TinyBenchmark) -> None:
    """Refuse a model whose firmware can't take what a benchmark sends.

    Raises
    ------
    UsageError
        If it can't.
    """
    if benchmark not in TINY_INPUTS:
        raise UsageError.unknown("benchmark", benchmark, TINY_INPUTS)
    if benchmark == STREAMING:
        check_streaming(model)
        return
    (tensor, *others), (output, *_) = model.facts.inputs, model.facts.outputs
    if others:
        raise UsageError(
            f"{model.label} has {1 + len(others)} inputs: MLPerf Tiny's {benchmark} sends one",
            field="benchmark",
        )
    if tensor.type_name != "INT8":
        raise UsageError(
            f"{model.label} takes {tensor.type_name.lower()}: MLPerf Tiny's {benchmark} is for "
            "int8 models",
            field="benchmark",
        )
    if TINY_INPUTS[benchmark] == "float32" and tensor.elements != output.elements:
        raise UsageError(
            f"{model.label} is no autoencoder, which {benchmark} needs: {tensor.elements} values "
            f"in, {output.elements} out",
            field="benchmark",
        )
