"""The base of all records of a run directory: plain values, and one line to show."""

from __future__ import annotations

import dataclasses
from typing import Any

from edgebench.text.brief import Brief
from edgebench.text.json_text import finite


class Record(Brief):
    """The base of the dataclasses that run.json is made of."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON's own types, as run.json has it."""
        values: dict[str, Any] = finite(dataclasses.asdict(self))
        return values
