"""Find the engine that a text names, such as ``edgebench``, ``c:DIR`` or ``tflm:DIR``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from edgebench.errors import ModelNotSupported, UsageError
from edgebench.firmware.external.contract import OWN, ExternalEngine
from edgebench.firmware.external.folder import engine_in
from edgebench.firmware.external.tflm import tflm_engine
from edgebench.models.resolve import Model
from edgebench.models.tflite.block import alignment_of, block_bytes, parts_of

FOLDER, TFLM, REFERENCE = "c:", "tflm:", "tflm-reference:"
"""TFLM with CMSIS-NN where that is there, and with its reference kernels alone."""
KINDS = (FOLDER, TFLM, REFERENCE)
KNOWN = ", ".join([OWN, *(f"{each}DIR" for each in KINDS)])


def check_engine(text: str) -> None:
    """Check that a text names an engine; its folder is looked at later.

    Raises
    ------
    UsageError
        If it does not.
    """
    kind, colon, folder = text.partition(":")
    if text != OWN and not (kind + colon in KINDS and folder):
        raise UsageError(f"no engine {text!r}; there are {KNOWN}", field="engine", value=text)


def engine_of(text: str, model: Model, *, is_cortex_m: bool) -> ExternalEngine | None:
    """Return an engine for a model; None for edgebench's own kernels.

    Parameters
    ----------
    is_cortex_m
        Whether it is built for one: CMSIS-NN is for these.

    Raises
    ------
    UsageError
        If the text names none, or its folder has none.
    CardInvalid
        If the folder's ``engine.toml`` has faults.
    ModelNotSupported
        If the model keeps state, since nothing resets another engine's; or has ops that TFLM lacks.
    """
    check_engine(text)
    if text == OWN:
        return None
    if model.facts.keeps_state:
        raise ModelNotSupported(
            f"{model.label} keeps state between inferences, which only edgebench's own engine can "
            "reset"
        )
    kind, _, place = text.partition(":")
    folder = Path(place).expanduser()
    if f"{kind}:" == FOLDER:
        found = engine_in(folder)
    else:
        optimized = f"{kind}:" == TFLM
        found = tflm_engine(folder, model, is_cortex_m=is_cortex_m, optimized=optimized)
    facts = model.facts
    alignment = alignment_of((*facts.inputs, *facts.outputs))
    taken, given = (
        block_bytes(parts_of(each, alignment)) for each in (facts.inputs, facts.outputs)
    )
    return replace(found, takes_bytes=taken, gives_bytes=given)
