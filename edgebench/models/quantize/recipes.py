"""Recipes of the versions that can be made of a float model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from edgebench.errors import RuntimeMissing, UsageError

_TFLITE_NAMES = {"CONV_2D_TRANSPOSE": "TRANSPOSE_CONV"}  # where the quantizer has its own

Make = Callable[[Any], None]
"""Adds its rules to an (empty) RecipeManager of ai-edge-quantizer."""


@dataclass(frozen=True)
class Recipe:
    """A way to quantize.

    ``is_static`` recipes have integer activations and need calibration; ``activation_bits`` is
    how wide those are (0 for float ones).
    """

    name: str
    summary: str
    make: Make
    activation_bits: int = 0

    @property
    def is_static(self) -> bool:
        """Whether activations are integers."""
        return self.activation_bits > 0

    def rules(self) -> list[dict[str, Any]]:
        """Return the recipe as ai-edge-quantizer takes it.

        Raises
        ------
        RuntimeMissing
            If that is not installed.
        """
        _require_quantizer()
        from ai_edge_quantizer import recipe_manager

        manager = recipe_manager.RecipeManager()
        self.make(manager)
        rules: list[dict[str, Any]] = manager.get_quantization_recipe()
        return rules


def _require_quantizer() -> None:
    try:
        import ai_edge_quantizer  # noqa: F401
    except ImportError as error:
        raise RuntimeMissing(
            "quantizing needs ai-edge-quantizer: `pip install 'edgebench[quantize]'`"
        ) from error


def _names() -> tuple[Any, Any, Any]:
    from ai_edge_quantizer import algorithm_manager, qtyping

    return qtyping.TFLOperationName, algorithm_manager.AlgorithmName, qtyping.QuantGranularity


def unknown_ops(op_names: Iterable[str]) -> tuple[str, ...]:
    """Return those of a model's kinds of op that the quantizer can't make integer.

    Raises
    ------
    RuntimeMissing
        If ai-edge-quantizer is not installed.
    """
    _require_quantizer()
    from ai_edge_quantizer import algorithm_manager

    known = {
        _TFLITE_NAMES.get(op.value, op.value)
        for op in algorithm_manager.get_supported_ops(
            algorithm_manager.AlgorithmName.MIN_MAX_UNIFORM_QUANT
        )
    }
    return tuple(name for name in dict.fromkeys(op_names) if name not in known)


def _int8(manager: Any) -> None:
    ops, _, _ = _names()
    manager.add_static_config(".*", ops.ALL_SUPPORTED, 8, 8)


def _int8_float_io(manager: Any) -> None:
    ops, algorithms, _ = _names()
    _int8(manager)
    for end in (ops.INPUT, ops.OUTPUT):
        manager.add_quantization_config(".*", end, algorithm_key=algorithms.NO_QUANTIZE)


def _int16x8(manager: Any) -> None:
    ops, _, _ = _names()
    manager.add_static_config(".*", ops.ALL_SUPPORTED, 16, 8)


def _dynamic(manager: Any) -> None:
    ops, _, granularity = _names()
    manager.add_dynamic_config(".*", ops.ALL_SUPPORTED, 8)
    # Old runtimes take a scale a channel in FULLY_CONNECTED for one scale, and say nothing:
    # tflite-runtime 2.14 falls to 8.6 % on the keywords.
    manager.add_dynamic_config(".*", ops.FULLY_CONNECTED, 8, granularity=granularity.TENSORWISE)


def _weights(bits: int) -> Make:
    def make(manager: Any) -> None:
        ops, _, _ = _names()
        manager.add_weight_only_config(".*", ops.ALL_SUPPORTED, bits)

    return make


def _float16(manager: Any) -> None:
    ops, algorithms, _ = _names()
    manager.add_weight_only_config(
        ".*", ops.ALL_SUPPORTED, 16, algorithm_key=algorithms.FLOAT_CASTING
    )


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe("int8", "int8 weights and activations, int8 in and out", _int8, 8),
        Recipe("int8-float-io", "the same inside, float in and out", _int8_float_io, 8),
        Recipe("int16x8", "int8 weights, int16 activations", _int16x8, 16),
        Recipe("dynamic", "int8 weights, activations quantized while it runs", _dynamic),
        Recipe("weight-int8", "int8 weights, made float before use", _weights(8)),
        Recipe("weight-int4", "int4 weights, made float before use", _weights(4)),
        Recipe("float16", "float16 weights, made float32 before use", _float16),
    )
}


def recipe_called(name: str) -> Recipe:
    """Return a recipe.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if name not in RECIPES:
        raise UsageError.unknown("recipes", name, RECIPES)
    return RECIPES[name]
