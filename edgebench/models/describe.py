"""A model as JSON: what `edgebench show` prints as JSON."""

from __future__ import annotations

import dataclasses
from typing import Any

from edgebench.models.resolve import Model
from edgebench.text.json_text import json_text


def to_json(model: Model, why_not: str) -> str:
    """Return what is known of a model as a JSON object.

    ``why_not`` is what keeps firmware from computing it, if something does.
    """
    facts, card = model.facts, model.card
    described: dict[str, Any] = {
        "name": model.name,
        "variant": model.variant,
        "file": str(model.path),
        "sha256": model.sha256,
        **dataclasses.asdict(facts),
        "size_bytes": model.size_bytes,
        # At no shape there is no number of them.
        "macs": None if facts.open_inputs or not facts.knows_macs else facts.macs,
        "arena_bytes": None if facts.open_inputs else facts.arena_bytes,
        "open_inputs": {
            name: list(tensor.shape_signature) for name, tensor in facts.open_inputs.items()
        },
        "weight_bytes": facts.weight_bytes,
        "firmware": {"compiles": not why_not, "why_not": why_not or None},
        "card": dataclasses.asdict(card) if card else None,
    }
    return json_text(described, default=str)
