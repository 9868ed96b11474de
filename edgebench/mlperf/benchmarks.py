"""MLPerf's benchmarks: their data, their metric, and the arithmetic of a sample.

Sources: mlcommons/inference and mlcommons/tiny (data and metrics); operations of the first round's
models from Reddi and others, MLPerf Inference Benchmark (arXiv 1911.02549), table I, two operations
a multiply-accumulate; MLPerf Tiny's counted from its reference models.
"""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.metrics import AUC, TOP1


@dataclass(frozen=True)
class Benchmark:
    """A benchmark; ``macs`` of one sample, None where no source gives them.

    ``counts_tokens`` tells those whose published throughput counts tokens (whisper's does, though
    round v5.1's table calls them samples).
    """

    data: str
    metric: str
    macs: int | None = None
    counts_tokens: bool = False


BENCHMARKS: dict[str, Benchmark] = {
    "resnet": Benchmark("ImageNet 2012", TOP1.shown_name, 4_100_000_000),
    "mobilenet": Benchmark("ImageNet 2012", TOP1.shown_name, 569_000_000),
    "ssd-large": Benchmark("COCO 2017", "mAP", 216_500_000_000),
    "ssd-small": Benchmark("COCO 2017", "mAP", 1_235_000_000),
    "retinanet": Benchmark("OpenImages", "mAP"),
    "bert-99": Benchmark("SQuAD 1.1", "F1"),
    "bert-99.9": Benchmark("SQuAD 1.1", "F1"),
    "3d-unet-99": Benchmark("KiTS19", "Dice"),
    "3d-unet-99.9": Benchmark("KiTS19", "Dice"),
    "rnnt": Benchmark("LibriSpeech", "word accuracy"),
    "whisper": Benchmark("LibriSpeech", "word accuracy", counts_tokens=True),
    "dlrm-v2-99": Benchmark("Criteo 1 TB, multi-hot", AUC.shown_name),
    "dlrm-v2-99.9": Benchmark("Criteo 1 TB, multi-hot", AUC.shown_name),
    "stable-diffusion-xl": Benchmark("COCO 2014", "CLIP and FID"),
    "pointpainting": Benchmark("Waymo", "mAP"),
    "rgat": Benchmark("IGBH", "accuracy"),
    "kws": Benchmark("Speech Commands v2", TOP1.shown_name, 2_656_768),
    "ic": Benchmark("CIFAR-10", TOP1.shown_name, 12_501_632),
    "vww": Benchmark("Visual Wake Words", TOP1.shown_name, 7_489_664),
    "ad": Benchmark("ToyADMOS", AUC.shown_name, 264_192),
    "ic2": Benchmark("CIFAR-10", TOP1.shown_name, 76_473_920),
    "sww": Benchmark("Speech Commands v2, MUSAN", "false alarms and misses", 826_368),
}

LATENCY_KINDS = {"singlestream": "p90", "multistream": "p99"}
"""What is scored of a latency, in the edge rules since v0.7 and v2.0."""


LANGUAGE_MODELS = ("llama", "mixtral", "gptj", "gpt-oss", "deepseek", "qwen")
"""Parts of the names of models whose published rates count tokens, whatever their unit says."""


def benchmark_called(name: str) -> Benchmark:
    """Return a benchmark; one that is not listed is said to have MLPerf's own data and metric."""
    unknown = Benchmark(
        "its own", "its own", counts_tokens=any(part in name for part in LANGUAGE_MODELS)
    )
    return BENCHMARKS.get(name, unknown)
