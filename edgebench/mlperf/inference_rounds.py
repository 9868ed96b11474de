"""Which benchmarks, scenarios and audits a round of MLPerf Inference has.

Source: mlcommons/inference (the submission checker) and mlcommons/inference_policies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Suite = Literal["edge", "datacenter"]
_S, _M, _O = "SingleStream", "MultiStream", "Offline"
_SERVER, _INTERACTIVE = "Server", "Interactive"
_VISION, _STREAM, _BATCH, _SERVED = (_S, _M, _O), (_S, _O), (_O,), (_SERVER, _O)
_TOKENS = (_INTERACTIVE, _SERVER)


@dataclass(frozen=True)
class SuiteRules:
    """The scenarios that closed must have of each benchmark of a suite, and those it may have.

    One of the optional ones is required where a benchmark has any.
    """

    required: Mapping[str, tuple[str, ...]]
    optional: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class InferenceRound:
    """A round: its suites, and which audits each benchmark of closed must have passed.

    ``open_models`` are benchmarks that the checker knows, though closed has no scenario of them.
    """

    suites: Mapping[Suite, SuiteRules]
    audits: Mapping[str, tuple[str, ...]]
    open_models: frozenset[str] = frozenset()

    @property
    def models(self) -> frozenset[str]:
        """The benchmarks of all suites."""
        return frozenset(name for rules in self.suites.values() for name in rules.required)

    def scenarios(self, model: str, suites: tuple[Suite, ...]) -> tuple[set[str], set[str]]:
        """Return what a system of these suites must have of a benchmark, and what it may."""
        rules = [self.suites[suite] for suite in suites]
        required = {each for rule in rules for each in rule.required.get(model, ())}
        optional = {each for rule in rules for each in rule.optional.get(model, ())}
        return required, optional - required


_AUDITS: Mapping[str, tuple[str, ...]] = {
    "resnet": ("TEST01", "TEST04"),
    "retinanet": ("TEST01",),
    "yolo-95": ("TEST01",),
    "yolo-99": ("TEST01",),
    "bert-99": ("TEST01",),
    "bert-99.9": ("TEST01",),
    "3d-unet-99": ("TEST01",),
    "3d-unet-99.9": ("TEST01",),
    "whisper": ("TEST01",),
    "dlrm-v2-99": ("TEST01",),
    "dlrm-v2-99.9": ("TEST01",),
    "dlrm-v3": ("TEST08",),
    "stable-diffusion-xl": ("TEST01", "TEST04"),
    "rgat": ("TEST01",),
    "pointpainting": ("TEST01", "TEST04"),
    "llama2-70b-99": ("TEST06",),
    "llama2-70b-99.9": ("TEST06",),
    "llama3.1-8b": ("TEST06",),
    "llama3.1-405b": ("TEST06",),
    "mixtral-8x7b": ("TEST06",),
    "deepseek-r1": ("TEST06",),
    "gpt-oss-120b": ("TEST07", "TEST09"),
    "wan-2.2-t2v-a14b": ("TEST04",),
    "e2e-rag-qna": ("TEST09",),
}
"""None has changed from v5.1 to v6.1 for a benchmark that both have."""

_EDGE_SINCE_V5: Mapping[str, tuple[str, ...]] = {
    "resnet": _VISION,
    "bert-99": _STREAM,
    "bert-99.9": _STREAM,
    "3d-unet-99": _STREAM,
    "3d-unet-99.9": _STREAM,
    "llama3.1-8b-edge": _STREAM,
    "stable-diffusion-xl": _STREAM,
    "whisper": _BATCH,
}
_YOLO = {"yolo-95": _VISION, "yolo-99": _VISION}
_PAINTING = {"pointpainting": (_S,)}
_DATACENTER_SINCE_V5: Mapping[str, tuple[str, ...]] = {
    "3d-unet-99": _BATCH,
    "3d-unet-99.9": _BATCH,
    "llama3.1-8b": _BATCH,
    "llama2-70b-99.9": _BATCH,
    "rgat": _BATCH,
    "whisper": _BATCH,
    "deepseek-r1": _BATCH,
}
_VIDEO = {"gpt-oss-120b": _BATCH, "wan-2.2-t2v-a14b": _STREAM, "dlrm-v3": _SERVED}
_LLAMAS = {"llama2-70b-99": _TOKENS, "llama2-70b-99.9": _TOKENS, "llama3.1-8b": _TOKENS}
_REASONING = {"deepseek-r1": _TOKENS, "gpt-oss-120b": _TOKENS}

INFERENCE_ROUNDS: Mapping[str, InferenceRound] = {
    "v5.1": InferenceRound(
        {
            "edge": SuiteRules({**_EDGE_SINCE_V5, **_PAINTING, "retinanet": _VISION}),
            "datacenter": SuiteRules(
                {
                    **_DATACENTER_SINCE_V5,
                    "retinanet": _SERVED,
                    "dlrm-v2-99": _SERVED,
                    "dlrm-v2-99.9": _SERVED,
                    "llama2-70b-99": _BATCH,
                    "llama3.1-405b": _BATCH,
                    "stable-diffusion-xl": _SERVED,
                    "mixtral-8x7b": _SERVED,
                    "deepseek-r1": _SERVED,
                },
                {**_LLAMAS, "llama3.1-405b": _TOKENS},
            ),
        },
        _AUDITS,
    ),
    "v6.0": InferenceRound(
        {
            "edge": SuiteRules({**_EDGE_SINCE_V5, **_PAINTING, **_YOLO}),
            "datacenter": SuiteRules(
                {
                    **_DATACENTER_SINCE_V5,
                    **_VIDEO,
                    "llama2-70b-99": _BATCH,
                    "llama3.1-405b": _BATCH,
                    "mixtral-8x7b": _SERVED,
                    "qwen3-vl-235b-a22b": _SERVED,
                },
                {**_LLAMAS, **_REASONING, "llama3.1-405b": _TOKENS},
            ),
        },
        _AUDITS,
        open_models=frozenset({"retinanet"}),
    ),
    "v6.1": InferenceRound(
        {
            "edge": SuiteRules({**_EDGE_SINCE_V5, **_YOLO, "qwen3.6-27b": (_S,)}),
            "datacenter": SuiteRules(
                {
                    **_DATACENTER_SINCE_V5,
                    **_VIDEO,
                    "qwen3-vl-235b-a22b": _BATCH,
                    "e2e-rag-qna": _BATCH,
                    "e2e-rag-db": _BATCH,
                },
                {
                    "llama2-70b-99.9": _TOKENS,
                    "llama3.1-8b": _TOKENS,
                    **_REASONING,
                    "qwen3-vl-235b-a22b": _TOKENS,
                },
            ),
        },
        _AUDITS,
    ),
}
"""By round."""

ALIASES: tuple[tuple[str, str], ...] = (
    ("resnet50", "resnet"),
    ("mobilenet", "resnet"),
    ("efficientnet", "resnet"),
    ("ssd-resnet34", "retinanet"),
    ("bert-99.9", "bert-99.9"),
    ("bert-99", "bert-99"),
    ("llama3_1-405b", "llama3.1-405b"),
    ("llama3_1-8b-edge", "llama3.1-8b-edge"),
    ("llama3_1-8b", "llama3.1-8b"),
)
"""Parts of names that the checker maps by itself, the more particular first."""


def suites_of(system_type: str) -> tuple[Suite, ...]:
    """Return the suites that a system is in, by its description; both if it does not say."""
    said = {each.strip().lower() for each in system_type.split(",")}
    known: tuple[Suite, ...] = ("edge", "datacenter")
    return tuple(each for each in known if each in said) or known


def mlperf_model(name: str, mapping: Mapping[str, str], version: str) -> str | None:
    """Return the benchmark of a round that a model's folder counts as; None if it is none."""
    rules = INFERENCE_ROUNDS[version]
    known = rules.models | rules.open_models
    if name in known:
        return name
    if name in mapping:
        return mapping[name]
    return next((to for part, to in ALIASES if part in name and to in known), None)
