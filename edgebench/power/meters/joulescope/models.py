"""The instruments: what differs among them."""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.power.description import Accuracy


@dataclass(frozen=True)
class Model:
    """One of the instruments.

    Attributes
    ----------
    counted_hz
        The rate of the samples that ``s/stats/scnt`` counts.
    auto_range
        The topic and value that let it choose its range.
    streams
        Topics to switch on first: the JS110's statistics are made by the host.
    """

    counted_hz: int
    auto_range: tuple[str, str]
    accuracy: Accuracy
    streams: tuple[str, ...] = ()


MODELS = {
    "js110": Model(
        2_000_000,
        ("s/i/range/select", "auto"),
        Accuracy(0.01, 1e-6, "wider than Jetperch's typical values"),
        ("s/i/ctrl", "s/v/ctrl", "s/p/ctrl"),
    ),
    "js220": Model(
        1_000_000,
        ("s/i/range/mode", "auto"),
        Accuracy(0.005, 1e-6, "wider than Jetperch's typical values"),
    ),
    # Version 2 of Jetperch's driver knows it, with the JS220's topics. Its sample numbers count 16
    # million a second, and say so.
    "js320": Model(
        1_000_000,
        ("s/i/range/mode", "auto"),
        Accuracy(0.005, 1e-6, "wider than Jetperch's typical values"),
    ),
}


def model_of(path: str) -> str:
    """Return the model of a device's path, ``u/js220/000415``."""
    return path.split("/")[1] if path.count("/") else path


def version_text(packed: int) -> str:
    """Return a version that a device packs into 32 bits."""
    return f"{packed >> 24}.{(packed >> 16) & 0xFF}.{packed & 0xFFFF}"
