"""run.json's JSON Schema, made from the dataclasses that write it.

``python -m edgebench.rundir.schema > docs/run.schema.json`` writes the published one; a test
holds the two together.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from edgebench.rundir.records.run import FORMAT, RunRecord
from edgebench.text.json_text import json_text

_SIMPLE = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def run_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12)."""
    record = _schema_of(RunRecord)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"edgebench run.json, format {FORMAT}",
        **record,
        "properties": {"format": {"const": FORMAT}, **record["properties"]},
        "required": ["format", *record["required"]],
    }


def _schema_of(kind: Any) -> dict[str, Any]:
    if kind in _SIMPLE:
        return {"type": _SIMPLE[kind]}
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        names = [field.name for field in dataclasses.fields(kind)]
        # What has a default may be absent: it came with a later version of the same format.
        needed = [
            field.name
            for field in dataclasses.fields(kind)
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        ]
        return {
            "type": "object",
            "properties": {name: _schema_of(hints[name]) for name in names},
            "required": needed,
            "additionalProperties": False,
        }
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema_of(each) for each in arguments]}
    if origin in (list, tuple):
        return {"type": "array", "items": _schema_of(arguments[0])}
    if origin in (dict, Mapping):
        value = arguments[1]
        return {"type": "object"} | (
            {} if value is Any else {"additionalProperties": _schema_of(value)}
        )
    raise TypeError(f"run.json can't have a {kind}")


if __name__ == "__main__":
    print(json_text(run_schema()))
