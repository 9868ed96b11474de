"""Find the engine that a text names: ``edgebench``, or ``c:DIR``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from edgebench.errors import ModelNotSupported, UsageError
from edgebench.firmware.external.contract import OWN, ExternalEngine
from edgebench.firmware.external.folder import engine_in
from edgebench.models.resolve import Model
from edgebench.models.tflite.block import alignment_of, block_bytes, parts_of

FOLDER = "c:"
KNOWN = f"{OWN}, {FOLDER}DIR"


def check_engine(text: str) -> None:
    """Check that a text names an engine; its folder is looked at later.

    Raises
    ------
    UsageError
        If it does not.
    """
    if text != OWN and not (text.startswith(FOLDER) and text != FOLDER):
        raise UsageError(f"no engine {text!r}; there are {KNOWN}", field="engine", value=text)


def engine_of(text: str, model: Model) -> ExternalEngine | None:
    """Return an engine for a model; None for edgebench's own kernels.

    Raises
    ------
    UsageError
        If the text names none, or its folder has none.
    CardInvalid
        If the folder's ``engine.toml`` has faults.
    ModelNotSupported
        If the model keeps state: nothing resets another engine's.
    """
    check_engine(text)
    if text == OWN:
        return None
    if model.facts.keeps_state:
        raise ModelNotSupported(
            f"{model.label} keeps state between inferences, which only edgebench's own engine can "
            "reset"
        )
    found = engine_in(Path(text.removeprefix(FOLDER)).expanduser())
    facts = model.facts
    alignment = alignment_of((*facts.inputs, *facts.outputs))
    taken, given = (
        block_bytes(parts_of(each, alignment)) for each in (facts.inputs, facts.outputs)
    )
    return replace(found, takes_bytes=taken, gives_bytes=given)
