"""Measure what a quantized version costs, on every runtime here, next to the float model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgebench.datasets.dataset import Dataset
from edgebench.datasets.scoring import Score
from edgebench.errors import ModelNotSupported, RuntimeCrashed
from edgebench.metrics import is_classification
from edgebench.models.evaluate import Agreement, Values, agreement, scored, snr_db
from edgebench.models.interpret import Interpreted, outputs_of, samples_of
from edgebench.models.resolve import Model
from edgebench.runtimes.drivers import installed_interpreters

LEAST_TOP1 = 0.9
"""Below this share of equal answers with the float model a version is wrong on a runtime."""
LEAST_SNR_DB = 10.0
"""The same for models that don't classify."""

FLOAT_KERNELS_SNR_DB = 60.0
"""Float sums in another order agree better than this; integers rounded otherwise don't."""

MCU_OPS = (
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "FULLY_CONNECTED",
    "AVERAGE_POOL_2D",
    "MAX_POOL_2D",
    "ADD",
    "MUL",
    "SOFTMAX",
    "LOGISTIC",
    "RESHAPE",
    "PAD",
    "MEAN",
    "CONCATENATION",
    "QUANTIZE",
    "RELU",
    "RELU6",
    "TRANSPOSE",
    "STRIDED_SLICE",
)
"""What edgebench's own firmware is to run on a microcontroller."""


@dataclass(frozen=True)
class RuntimeCheck:
    """A model on one runtime with its default kernels.

    ``problem`` says why it does not run there; then the rest is None. ``score`` and ``log_loss``
    are None where the data have no labels.
    """

    runtime: str
    version: str
    problem: str = ""
    score: Score | None = None
    log_loss: float | None = None
    agreement: Agreement | None = None
    p50_ns: int | None = None
    warnings: tuple[str, ...] = ()
    is_wrong: bool = False


def postflight(model: Model, dataset: Dataset, reference: Values) -> list[RuntimeCheck]:
    """Run a dataset on every installed runtime and compare with the float model's outputs.

    Parameters
    ----------
    reference
        The float model's first outputs, shape (samples, values).
    """
    found = []
    for driver in installed_interpreters():
        name, version = driver.name, str(driver.requires.version)
        try:
            found.append(_checked(model, dataset, reference, name, version))
        except (ModelNotSupported, RuntimeCrashed) as error:
            found.append(RuntimeCheck(name, version, problem=str(error)))
    return found


def _checked(
    model: Model, dataset: Dataset, reference: Values, runtime: str, version: str
) -> RuntimeCheck:
    outputs = outputs_of(model, samples_of(dataset), runtime, "default")
    result = scored(outputs, dataset)
    same = agreement(outputs, reference)
    warnings = _faults(dataset, outputs, same)
    is_wrong = bool(warnings)
    if is_wrong and _has_hybrid_per_channel(model):
        warnings.append("FULLY_CONNECTED with a scale a channel is misread by old runtimes")
    warnings += _kernel_differences(model, dataset, runtime, outputs)
    timed = Interpreted(model, runtime, "default")
    timed.set(dataset.sample(0))
    return RuntimeCheck(
        runtime,
        version,
        "",
        result.score,
        result.log_loss,
        same,
        timed.invoke_p50_ns(),
        tuple(warnings),
        is_wrong,
    )


def _faults(dataset: Dataset, outputs: Values, same: Agreement) -> list[str]:
    if not np.all(np.isfinite(outputs)):
        return ["its outputs are not all finite: it is wrong"]
    if is_classification(dataset.metric):
        if same.top1 < LEAST_TOP1:
            return [f"only {same.top1:.1%} of its answers are the float model's: it is wrong"]
    elif same.snr_db < LEAST_SNR_DB:
        return [f"{same.snr_db:.1f} dB of SNR against the float model: it is wrong"]
    return []


def _kernel_differences(model: Model, dataset: Dataset, runtime: str, outputs: Values) -> list[str]:
    """Say where fast kernels give other outputs than the reference's."""
    few = min(dataset.count, 100)
    exact = outputs_of(model, samples_of(dataset, few), runtime, "reference")
    output = model.facts.outputs[0].quantization
    if output is None:
        snr = snr_db(outputs[:few], exact)
        if snr >= FLOAT_KERNELS_SNR_DB:
            return []
        return [
            f"default kernels agree with the reference's to {snr:.1f} dB of SNR only (in {few} "
            "samples)"
        ]
    steps = np.abs(np.round((outputs[:few] - exact) / output.scales[0]))
    different = int(np.count_nonzero(steps.max(axis=1)))
    if not different:
        return []
    return [
        f"default kernels differ from the reference's in {different} of {few} samples, by up to "
        f"{int(steps.max())} steps"
    ]


def _has_hybrid_per_channel(model: Model) -> bool:
    facts = model.facts
    return any(
        op.name == "FULLY_CONNECTED"
        and facts.tensors[op.inputs[0]].type_name == "FLOAT32"
        and (weights := facts.tensors[op.inputs[1]]).quantization is not None
        and weights.quantization.per_axis
        for op in facts.ops
    )


def require_mcu_ops(model: Model) -> None:
    """Refuse a model, float or not, with an op that a microcontroller's firmware lacks.

    Raises
    ------
    ModelNotSupported
        With the first op that stops it.
    """
    for op in model.facts.ops:
        if op.name not in MCU_OPS:
            raise ModelNotSupported(
                f"{model.path}: op {op.index}, {op.custom or op.name}, does not run on a "
                f"microcontroller here; these do: {', '.join(MCU_OPS)}"
            )


def require_mcu(model: Model) -> None:
    """Refuse a quantized model that a microcontroller's firmware could not run.

    Raises
    ------
    ModelNotSupported
        With the first op that stops it.
    """
    require_mcu_ops(model)
    facts = model.facts
    for op in facts.ops:
        types = {facts.tensors[i].type_name for i in (*op.inputs[:1], *op.outputs)}
        if not types <= {"INT8", "INT16"}:
            raise ModelNotSupported(
                f"{model.path}: op {op.index}, {op.name}, works on {', '.join(sorted(types))}: a "
                "microcontroller takes int8 or int16 throughout (`recipes=int8` or "
                "`recipes=int16x8`, with data for `calibrate`)",
                field="recipes",
            )
