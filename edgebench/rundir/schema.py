"""run.json's JSON Schema, made from the dataclasses that write it.

``python -m edgebench.rundir.schema > docs/run.schema.json`` writes the published one; a test
holds the two together.
"""

from __future__ import annotations

from typing import Any

from edgebench.rundir.records.run import FORMAT, RunRecord
from edgebench.text.json_schema import DIALECT, schema_of
from edgebench.text.json_text import json_text


def run_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12)."""
    record = schema_of(RunRecord)
    return {
        "$schema": DIALECT,
        "title": f"edgebench run.json, format {FORMAT}",
        **record,
        "properties": {"format": {"const": FORMAT}, **record["properties"]},
        "required": ["format", *record["required"]],
    }


if __name__ == "__main__":
    print(json_text(run_schema()))
