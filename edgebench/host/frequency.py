"""Holding the processors' clock at a frequency, by the kernel's cpufreq; root only, as a rule.

Source: the kernel's Documentation/admin-guide/pm/cpufreq.rst.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edgebench.errors import UsageError
from edgebench.host.kernel_files import read_text

LIMITS = ("scaling_max_freq", "scaling_min_freq")
ROOT = Path("/")


@contextmanager
def held_frequency(mhz: float | None, root: Path = ROOT) -> Iterator[None]:
    """Hold every processor at a frequency; the limits of before are set again at the end.

    Raises
    ------
    UsageError
        If the machine has no cpufreq, can't run at that frequency, or this user may not set it.
    """
    if mhz is None:
        yield
        return
    policies = sorted((root / "sys/devices/system/cpu/cpufreq").glob("policy[0-9]*"))
    if not policies:
        raise UsageError(
            "`frequency_mhz`: the kernel sets no frequency here (no cpufreq)", field="frequency_mhz"
        )
    khz = round(mhz * 1000)
    before: list[tuple[Path, str]] = []
    try:
        for policy in policies:
            _check(policy, khz)
            for name in _order(policy, khz):
                file = policy / name
                before.append((file, read_text(file)))
                _write(file, f"{khz}")
        yield
    finally:
        for file, value in reversed(before):
            # A processor that was switched off meanwhile has no limits to set.
            with suppress(UsageError):
                _write(file, value)


def _check(policy: Path, khz: int) -> None:
    low, high = (read_text(policy / f"cpuinfo_{name}_freq") for name in ("min", "max"))
    if low.isdigit() and high.isdigit() and not int(low) <= khz <= int(high):
        raise UsageError(
            f"`frequency_mhz`: {policy.name} runs from {int(low) / 1000:g} to {int(high) / 1000:g} "
            f"MHz, not at {khz / 1000:g}",
            field="frequency_mhz",
            value=khz / 1000,
        )


def _order(policy: Path, khz: int) -> tuple[str, ...]:
    """Return the limits in the order that never has the lower above the higher."""
    highest = read_text(policy / "scaling_max_freq")
    return LIMITS if highest.isdigit() and khz >= int(highest) else tuple(reversed(LIMITS))


def _write(file: Path, value: str) -> None:
    try:
        file.write_text(f"{value}\n")
    except OSError as error:
        raise UsageError(
            f"`frequency_mhz`: {file} can't be written ({error.strerror}): it takes root",
            field="frequency_mhz",
        ) from error
