"""What all records of a run directory can do: become plain values, and be shown in one line."""

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
