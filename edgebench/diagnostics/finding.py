"""Findings of an examination."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edgebench.text.brief import Brief

Status = Literal["ok", "note", "warning", "missing"]
"""``note``: optional and not here. ``warning``: works, results may suffer. ``missing``: without
it `edgebench run` can't work."""


@dataclass(frozen=True, repr=False)
class Finding(Brief):
    """One thing that was looked at; ``advice`` says what to do, where there is something to."""

    area: str
    name: str
    status: Status
    detail: str
    advice: str = ""
