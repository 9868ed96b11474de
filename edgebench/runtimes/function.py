"""A runtime whose entry point is a function, as edgebench 0.2 had them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edgebench.runtime_settings import RuntimeSettings
from edgebench.runtimes.contract import TFLITE, all_settings
from edgebench.runtimes.package import RuntimePackage

if TYPE_CHECKING:
    from edgebench.models.resolve import Model
    from edgebench.sut.contract import SystemUnderTest

DEPRECATED = "its entry point is a function, which states no capabilities"


@dataclass(frozen=True)
class FunctionRuntime:
    """A function as a `RuntimeDriver`: nothing is known of it, so nothing is refused for it."""

    name: str
    requires: RuntimePackage
    function: Callable[[Model, RuntimeSettings], SystemUnderTest]
    aliases: tuple[str, ...] = ()
    formats: tuple[str, ...] = (TFLITE,)
    processors: tuple[str, ...] = ()
    settings: tuple[str, ...] = field(default_factory=all_settings)
    profiles_ops: bool = True
    preference: int = -1

    @property
    def summary(self) -> str:
        """The little that is known of it."""
        return f"of the package {self.requires.distribution}: {DEPRECATED}"

    def open(self, model: Model, settings: RuntimeSettings) -> SystemUnderTest:
        """Call the function, with a `DeprecationWarning`."""
        warnings.warn(
            f"the runtime {self.name} of the package {self.requires.distribution}: {DEPRECATED}; "
            "name a RuntimeDriver by 0.3 (docs/runtimes.md)",
            DeprecationWarning,
            stacklevel=2,
        )
        return self.function(model, settings)
