"""Faults that the test kit's wire makes, as ``inject`` names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from edgebench.errors import UsageError

RATES = ("drop", "corrupt", "duplicate")
COUNTS = ("reboot", "hang", "unplug", "replug")
HELP: Mapping[str, str] = {
    "drop": "drop=P: a byte is lost with probability P, either way",
    "corrupt": "corrupt=P: a bit of a byte is turned",
    "duplicate": "duplicate=P: a byte comes twice",
    "delay": "delay=MS: what the device sends comes later",
    "reboot": "reboot=N: the device boots again after N bytes to it",
    "hang": "hang=N: the device stops for good after N bytes to it",
    "unplug": "unplug=N: the port goes after N bytes to the device",
    "replug": "replug=N: the port goes after N bytes to the device, and is back a second later",
    "boot": "boot=MS: how long booting takes, the first time too",
    "clock": "clock=PERCENT: the device's clock runs slow or fast",
    "wrap": "wrap=US: the device's clock wraps (2^32 us) so long after its start",
    "backwards": "backwards=US: the device's clock jumps back so long after its start",
    "seed": "seed=N: of the random faults",
}


@dataclass(frozen=True)
class Faults:
    """Faults of a line and their rates; none by default."""

    rates: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    delay_ms: float = 0.0
    boot_ms: float = 0.0
    device_arguments: tuple[str, ...] = ()
    seed: int = 1


def parse_faults(texts: Sequence[str]) -> Faults:
    """Read faults such as ``drop=0.001``.

    Raises
    ------
    UsageError
        If one is unknown or its value is none.
    """
    rates: dict[str, float] = {}
    counts: dict[str, int] = {}
    numbers = {"delay": 0.0, "boot": 0.0, "seed": 1.0}
    arguments: list[str] = []
    for text in texts:
        name, _, value = text.partition("=")
        if name not in HELP:
            raise UsageError(
                f"`inject`: no fault is called {name!r}; there are: {'; '.join(HELP.values())}",
                field="inject",
                value=name,
                choices=HELP,
            )
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        too_small = name in ("clock", "backwards") and number < 1
        if not 0 <= number < 1e12 or (name in RATES and number > 1) or too_small:
            raise UsageError(
                f"`inject`: {text!r} is not possible; {HELP[name]}", field="inject", value=text
            )
        if name in RATES:
            rates[name] = number
        elif name in COUNTS:
            counts[name] = int(number)
        elif name in numbers:
            numbers[name] = number
        elif name == "clock":
            arguments += ["--clock-scale", str(int(number))]
        elif name == "wrap":
            arguments += ["--clock-start", str((1 << 32) - int(number))]
        else:
            arguments += ["--clock-back-after", str(int(number))]
    return Faults(
        rates, counts, numbers["delay"], numbers["boot"], tuple(arguments), int(numbers["seed"])
    )
