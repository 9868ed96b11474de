"""MLPerf Inference's benchmarks: what each asks of a submission, in every round since v5.1.

Sources: mlcommons/inference (models, datasets, mlperf.conf, the submission checker) and
mlcommons/inference_policies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SECOND_NS = 1_000_000_000


@dataclass(frozen=True)
class Metric:
    """A figure of accuracy.txt: how a line that has it begins, and what closed must reach.

    ``most`` is an upper limit where there is one: an answer that is longer is no better.
    """

    pattern: str
    least: float
    most: float | None = None


@dataclass(frozen=True)
class TokenLimits:
    """The largest 99th percentiles (ns) of the first token and of each further one."""

    first_ns: int
    further_ns: int


@dataclass(frozen=True)
class InferenceModel:
    """The rules for a benchmark.

    Attributes
    ----------
    metrics
        All of them must be reached in closed.
    loaded_samples, dataset_samples, offline_samples
        The least performance sample count; the size of the whole dataset; the samples of an Offline
        query, 0 where the rules have none.
    server_ns
        The largest latency bound of Server; None where it has none.
    tokens
        Limits of a language model by scenario; such a model is timed token by token.
    accuracy_samples
        Of the accuracy run, where it is not the whole dataset.
    interactive
        What Interactive asks for, where that is something else.
    """

    metrics: tuple[Metric, ...]
    loaded_samples: int
    dataset_samples: int
    offline_samples: int
    server_ns: int | None = None
    tokens: Mapping[str, TokenLimits] = field(default_factory=dict)
    is_language: bool = False
    accuracy_samples: int | None = None
    interactive: InferenceModel | None = None

    def in_scenario(self, folder: str) -> InferenceModel:
        """Return what the rules ask in the scenario of a folder."""
        return (self.interactive or self) if folder.lower() == "interactive" else self

    @property
    def scored_samples(self) -> int:
        """How many samples the accuracy run must have."""
        return self.accuracy_samples or self.dataset_samples


# They read lines of up to 1 MiB that others wrote: where two quantifiers could take the same
# characters, one is bounded or gives nothing back.
_TOP1 = r"^(?:\{\"accuracy|accuracy)[\": ]{0,40}=?\s{0,40}([\d.]+)"
_MAP = r".*(?:mAP=|'Total':)\s*([\d.]+)"
_F1 = r"^\{[\"']exact_match[\"']:\s*[\d.]+,\s*[\"']f1[\"']:\s*([\d.]+)\}"
_LAST_F1 = r"\{.*\"f1\":\s*([\d.]++)(?:(?!\"f1\":\s*[\d.])[^}])*+\}"
_DICE = r"Accuracy:\s*mean\s*=\s*([\d.]+)"
_AUC = r"^AUC=([\d.]+)"
_WORDS = r"Word Error Rate:.*, accuracy=([\d.]+)%"
_PAINTED = r".*(?:mAP=|'Total':)\s*([\d.]+)"


def _named(name: str, least: float, most: float | None = None) -> Metric:
    return Metric(rf".*'{name}':\s+'?([\d.]+)", least, most)


def _rouge(one: float, two: float, longest: float, share: float) -> tuple[Metric, ...]:
    return (
        _named("rouge1", one * share),
        _named("rouge2", two * share),
        _named("rougeL", longest * share),
    )


def _tokens(samples: float) -> Metric:
    return _named("tokens_per_sample", samples * 0.9, samples * 1.1)


def _limits(
    server_ms: tuple[int, int], interactive_ms: tuple[int, int] | None
) -> Mapping[str, TokenLimits]:
    found = {"server": TokenLimits(*(each * 1_000_000 for each in server_ms))}
    if interactive_ms is not None:
        found["interactive"] = TokenLimits(*(each * 1_000_000 for each in interactive_ms))
    return found


def _llama2(share: float) -> InferenceModel:
    return InferenceModel(
        (*_rouge(44.4312, 22.0352, 28.6162, share), _tokens(294.45)),
        *(24_576, 24_576, 24_576),
        server_ns=20 * SECOND_NS,
        tokens=_limits((2000, 200), (450, 40)),
        is_language=True,
    )


def _summaries(*scores: float, length: float) -> tuple[Metric, ...]:
    return (
        *_rouge(scores[0], scores[1], scores[2], 0.99),
        _named("rougeLsum", scores[3] * 0.99),
        _named("gen_len", length * 0.9, length * 1.1),
    )


def _one(pattern: str, least: float) -> tuple[Metric, ...]:
    return (Metric(pattern, least),)


_IMAGES = (
    Metric(r".*'CLIP_SCORE':\s+'?([\d.]+)", 31.68631873, 31.81331801),
    Metric(r".*'FID_SCORE':\s+'?([\d.]+)", 23.01085758, 23.95007626),
)
_RECOMMENDED = (
    Metric(r".*metric/lifetime_ne/rating:\s*([\d.]+)", 0.86687 * 0.999),
    Metric(r".*metric/lifetime_accuracy/rating:\s*([\d.]+)", 0.69651 * 0.999),
    Metric(r".*metric/lifetime_gauc/rating:\s*([\d.]+)", 0.78663 * 0.999),
)
_MIXED = (
    *_rouge(45.5989, 23.3526, 30.4608, 0.99),
    _named("tokens_per_sample", 144.84 * 0.9, 145.9 * 1.1),
    _named("gsm8k", 73.66 * 0.99),
    _named("mbxp", 60.16 * 0.99),
)

INFERENCE_MODELS: Mapping[str, InferenceModel] = {
    "resnet": InferenceModel(_one(_TOP1, 76.46 * 0.99), 1024, 50_000, 24_576, server_ns=15_000_000),
    "retinanet": InferenceModel(
        _one(_MAP, 37.55 * 0.99), 64, 24_781, 24_576, server_ns=100_000_000
    ),
    "yolo-95": InferenceModel(_one(_MAP, 53.4 * 0.95), 64, 1525, 1525),
    "yolo-99": InferenceModel(_one(_MAP, 53.4 * 0.99), 64, 1525, 1525),
    "bert-99": InferenceModel(_one(_F1, 90.874 * 0.99), 10_833, 10_833, 10_833),
    "bert-99.9": InferenceModel(_one(_F1, 90.874 * 0.999), 10_833, 10_833, 10_833),
    "3d-unet-99": InferenceModel(_one(_DICE, 0.86170 * 0.99), 43, 43, 43),
    "3d-unet-99.9": InferenceModel(_one(_DICE, 0.86170 * 0.999), 43, 43, 43),
    "whisper": InferenceModel(_one(_WORDS, (100 - 2.0671) * 0.99), 1633, 1633, 1633),
    "dlrm-v2-99": InferenceModel(
        _one(_AUC, 80.31 * 0.99), 204_800, 330_067, 24_576, server_ns=60_000_000
    ),
    "dlrm-v2-99.9": InferenceModel(
        _one(_AUC, 80.31 * 0.999), 204_800, 330_067, 24_576, server_ns=60_000_000
    ),
    "dlrm-v3": InferenceModel(_RECOMMENDED, 349_823, 349_823, 349_823, server_ns=60 * SECOND_NS),
    "stable-diffusion-xl": InferenceModel(_IMAGES, 5000, 5000, 5000, server_ns=20 * SECOND_NS),
    "rgat": InferenceModel(_one(_TOP1, 0.7286 * 0.99), 788_379, 788_379, 788_379),
    "pointpainting": InferenceModel(_one(_PAINTED, 0.5425 * 0.999), 1024, 39_987, 6636),
    "llama2-70b-99": _llama2(0.99),
    "llama2-70b-99.9": _llama2(0.999),
    "llama3.1-8b": InferenceModel(
        _summaries(38.7792, 15.9075, 24.4957, 35.793, length=8_167_644),
        *(13_368, 13_368, 13_368),
        server_ns=20 * SECOND_NS,
        tokens=_limits((2000, 100), (500, 30)),
        is_language=True,
    ),
    "llama3.1-8b-edge": InferenceModel(
        _summaries(39.06, 16.1147, 24.6375, 36.124, length=3_051_113),
        *(5000, 5000, 5000),
        is_language=True,
    ),
    "llama3.1-405b": InferenceModel(
        (_named("rougeL", 21.6666 * 0.99), _named("exact_match", 90.1335 * 0.99), _tokens(684.68)),
        *(8313, 8313, 8313),
        server_ns=60 * SECOND_NS,
        tokens=_limits((6000, 175), (4500, 80)),
        is_language=True,
    ),
    "mixtral-8x7b": InferenceModel(
        _MIXED,
        *(15_000, 15_000, 15_000),
        server_ns=20 * SECOND_NS,
        tokens=_limits((2000, 200), None),
        is_language=True,
    ),
    "deepseek-r1": InferenceModel(
        (_named("exact_match", 81.3582 * 0.99), _tokens(3886.2274)),
        *(4388, 4388, 4388),
        server_ns=60 * SECOND_NS,
        tokens=_limits((2000, 80), (1500, 15)),
        is_language=True,
    ),
    "gpt-oss-120b": InferenceModel(
        (_named("exact_match", 83.13 * 0.99),),
        *(6396, 6396, 6396),
        server_ns=60 * SECOND_NS,
        tokens=_limits((3000, 80), (2000, 15)),
        is_language=True,
        accuracy_samples=4395,
    ),
    "qwen3-vl-235b-a22b": InferenceModel(
        _one(_LAST_F1, 0.7903 * 0.99),
        *(48_289, 48_289, 48_289),
        server_ns=12 * SECOND_NS,
        interactive=InferenceModel(
            _one(_LAST_F1, 0.7878 * 0.99),
            *(48_289, 48_289, 48_289),
            server_ns=12 * SECOND_NS,
            accuracy_samples=8000,
        ),
    ),
    "qwen3.6-27b": InferenceModel(_one(_MAP, 86.23 * 0.99), 995, 995, 0),
    "wan-2.2-t2v-a14b": InferenceModel((_named("vbench_score", 70.48 * 0.99),), 50, 248, 50),
    "e2e-rag-qna": InferenceModel(_one(r"Accuracy:\s*([\d.]+)", 33.95), 824, 824, 824),
    "e2e-rag-db": InferenceModel(_one(r"Accuracy:\s*([\d.]+)", 98.0), 2515, 2515, 2515),
}
"""By the names of their folders."""
