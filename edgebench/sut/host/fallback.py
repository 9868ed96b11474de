"""Refuse a model of which a part would not run where it was asked to run."""

from __future__ import annotations

from edgebench.errors import DelegateFailed, ModelNotSupported
from edgebench.rundir.records.sut import SutDescription


def require_no_fallback(description: SutDescription, label: str) -> None:
    """Check that the provider or the delegate that was asked for took every op.

    Parameters
    ----------
    label
        What errors call the model.

    Raises
    ------
    DelegateFailed, ModelNotSupported
        If it did not, and `allow_fallback` is not set.
    """
    settings, placement = description.settings, description.placement
    fallen = description.fallback
    if placement is None or not fallen or settings.allow_fallback:
        return
    asked = description.asked_of
    others = "; ".join(f"{placement.text_of(part)} by {part.by}" for part in fallen)
    text = (
        f"{asked} does not take all of {label}: {others}. The result would be in part the CPU's "
        f"under another name; `allow_fallback=True` measures it so and warns"
    )
    if settings.delegate is not None:
        raise DelegateFailed(text, field="delegate", value=asked)
    raise ModelNotSupported(text, field="provider", value=asked)
