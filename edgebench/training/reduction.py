"""How much smaller a model is to be trained."""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.training.declared import declared


@dataclass(frozen=True)
class Reduction:
    """How much smaller a model is to be.

    ``prune`` is the share of channels that is taken out of a trained model before it is trained
    on; ``qat`` trains the last epochs with weights and activations rounded as int8 will.
    """

    width: float = declared(1.0, "Of every layer, times.")
    resolution: int | None = declared(None, "Of the images; what the stored ones allow.")
    prune: float = declared(0.0, "Share of channels to take out.")
    qat: bool = declared(False, "Train the last epochs with int8's rounding.")

    @property
    def suffix(self) -> str:
        """The suffix of a name, such as ``-w50-p25-qat``; empty for no reduction."""
        parts = [f"-w{round(100 * self.width)}"] if self.width != 1.0 else []
        parts += [f"-r{self.resolution}"] if self.resolution else []
        parts += [f"-p{round(100 * self.prune)}"] if self.prune else []
        return "".join(parts) + ("-qat" if self.qat else "")
