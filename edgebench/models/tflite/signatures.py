"""A model's signatures: names for the inputs and outputs of one of its graphs.

A file may have several, each with a graph of its own; the order of a graph's tensors may differ
from that of its signature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edgebench.errors import UsageError
from edgebench.models.tflite.flatbuffer.verify import Damaged

DEFAULT_KEY = "serving_default"


@dataclass(frozen=True)
class Signature:
    """A signature; each input and output is a name and the number of its tensor."""

    key: str
    subgraph: int
    inputs: tuple[tuple[str, int], ...]
    outputs: tuple[tuple[str, int], ...]


def signatures_of(model: Any) -> tuple[Signature, ...]:
    """Return a file's signatures in its order.

    Parameters
    ----------
    model
        From `edgebench.models.tflite.flatbuffer.reading.model_table`.

    Raises
    ------
    Damaged
        If one names a graph or a tensor that is not there.
    """
    return tuple(_signature(model, number) for number in range(model.SignatureDefsLength()))


def _signature(model: Any, number: int) -> Signature:
    path, table = f"signature_defs[{number}]", model.SignatureDefs(number)
    subgraph = int(table.SubgraphIndex())
    if subgraph >= model.SubgraphsLength():
        raise Damaged(f"`{path}` names subgraph {subgraph} of {model.SubgraphsLength()}")
    tensors = model.Subgraphs(subgraph).TensorsLength()
    return Signature(
        text_of(table.SignatureKey()),
        subgraph,
        _ends([table.Inputs(i) for i in range(table.InputsLength())], tensors, path),
        _ends([table.Outputs(i) for i in range(table.OutputsLength())], tensors, path),
    )


def _ends(maps: Sequence[Any], tensors: int, path: str) -> tuple[tuple[str, int], ...]:
    found = tuple((text_of(each.Name()), int(each.TensorIndex())) for each in maps)
    for name, index in found:
        if not 0 <= index < tensors:
            raise Damaged(f"`{path}`, `{name}`, names tensor {index} of {tensors}")
    return found


def measured_signature(signatures: Sequence[Signature], key: str | None) -> Signature | None:
    """Return the signature that is measured; None if a model has none.

    Parameters
    ----------
    key
        The one that was asked for; None: ``serving_default`` if there is one, else the first.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    keys = [each.key for each in signatures]
    if key is not None and key not in keys:
        if not keys:
            raise UsageError(
                f"the model has no signature, so `signature={key}` names none: leave it out",
                field="signature",
                value=key,
            )
        raise UsageError.unknown("signature", key, keys)
    wanted = key if key is not None else DEFAULT_KEY
    found = [each for each in signatures if each.key == wanted] or list(signatures)
    return found[0] if found else None


def text_of(value: bytes | str | None) -> str:
    """Return a string of the schema's, empty if it is not there; any bytes are read."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else (value or "")
