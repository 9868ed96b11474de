"""A meter, where it is, and how it is set: ``NAME[:ADDRESS][,key=value...]``, parsed once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from edgebench.errors import UsageError
from edgebench.power.options import NoOptions, declared_options

T = TypeVar("T")
MOST_PORT = 65535


@dataclass(frozen=True)
class MeterPlace:
    """A meter, where it is, and how it is set.

    Attributes
    ----------
    driver
        The driver's name.
    address
        A port, a host, a chip: what the driver makes of it.
    options
        An instance of the driver's options.
    accuracy
        The meter's limit of error relative to its reading (0.005 is 0.5 %), where the user states
        it: from a calibration, or because its driver doesn't know it.
    unused_supply_v
        The board's voltage, stated for a meter that neither supplies it nor needs to know it.
    """

    driver: str
    address: str = ""
    options: object = field(default_factory=NoOptions)
    accuracy: float | None = None
    unused_supply_v: float | None = None

    def options_as(self, kind: type[T]) -> T:
        """Return the options as the driver's own type.

        Raises
        ------
        TypeError
            If they are another driver's.
        """
        if not isinstance(self.options, kind):
            raise TypeError(f"{self.driver}: {self.options!r} is no {kind.__name__}")
        return self.options

    def takes(self, name: str) -> bool:
        """Whether its driver declares an option; by its field, such as ``supply_v``."""
        return name in declared_options(type(self.options))

    def with_option(self, name: str, value: object) -> MeterPlace:
        """Return the place with another value of an option."""
        options: Any = self.options
        return replace(self, options=replace(options, **{name: value}))

    def required_address(self, example: str) -> str:
        """Return the address.

        Raises
        ------
        UsageError
            If there is none.
        """
        if not self.address:
            raise UsageError(f"{self.driver} needs an address: `power={example}`", field="power")
        return self.address

    def host_and_port(self, default_host: str, default_port: int) -> tuple[str, int]:
        """Return the address ``HOST``, ``HOST:PORT`` or ``//HOST:PORT``.

        Raises
        ------
        UsageError
            If the port is none.
        """
        host, _, port = self.address.removeprefix("//").strip("/").partition(":")
        if port and not (port.isdecimal() and int(port[:6]) <= MOST_PORT):
            raise UsageError(
                f"{self.driver}: the port must be 0 to {MOST_PORT}, not {port!r}", field="power"
            )
        return host or default_host, int(port or default_port)

    def __str__(self) -> str:
        return f"{self.driver}:{self.address}" if self.address else self.driver
