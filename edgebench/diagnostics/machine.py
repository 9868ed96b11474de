"""The machine: whether it is fit to be measured on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from edgebench.boards.card import recognize
from edgebench.diagnostics.finding import Finding
from edgebench.diagnostics.limits import limits
from edgebench.errors import CardInvalid
from edgebench.host.facts import host_facts
from edgebench.host.kernel_files import read_text
from edgebench.host.state import HOT_C, STEADY_GOVERNORS, host_state
from edgebench.rundir.writer import MINIMUM_FREE_BYTES

BUSY_LOAD = 0.3
"""A load average, over a minute, that another program must be behind."""


def machine(root: Path) -> list[Finding]:
    """Return what was found of the machine."""
    facts, state = host_facts(root), host_state(root)
    found: list[Finding | None] = [
        Finding(
            "machine",
            "processor",
            "ok",
            f"{facts.cpu_model or facts.architecture}, {facts.cores} cores, "
            f"{facts.memory_bytes / 2**30:.1f} GiB; {facts.operating_system}",
        )
    ]
    if facts.board:
        found.append(_board(facts.board))
    found += limits(facts, root)
    found += [_governor(state.governors), _boost(root)]
    temperature = max(state.temperature_c.values(), default=None)
    if temperature is None:
        found.append(
            Finding(
                "machine",
                "temperature",
                "note",
                "this machine does not report it",
                "a virtual machine has none; on a board look for a thermal driver",
            )
        )
    else:
        hot = temperature >= HOT_C
        found.append(
            Finding(
                "machine",
                "temperature",
                "warning" if hot else "ok",
                f"{temperature:.0f} degrees C",
                "let it cool; add a fan" if hot else "",
            )
        )
    found += [_throttling(state.throttling), _load(state.load_1min), _disk(Path.cwd())]
    return [each for each in found if each is not None]


def _board(model: str) -> Finding:
    try:
        card = recognize(model)
    except CardInvalid as error:
        return Finding("machine", "board", "warning", f"{model}: {error}", "mend the card")
    return Finding("machine", "board", "ok", model, "; ".join(card.advice) if card else "")


def _governor(governors: tuple[str, ...]) -> Finding:
    name = "frequency governor"
    if not governors:
        return Finding(
            "machine",
            name,
            "note",
            "no frequency scaling that Linux controls",
            "compare runs that were made one after the other: the clock may wander unseen",
        )
    text = ", ".join(governors)
    if all(governor in STEADY_GOVERNORS for governor in governors):
        return Finding("machine", name, "ok", text)
    return Finding(
        "machine",
        name,
        "warning",
        f"{text}: the speed may vary during a run",
        "`sudo cpupower frequency-set -g performance` (Debian: linux-cpupower), or write "
        "`performance` into /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
    )


def _boost(root: Path) -> Finding | None:
    cpu = root / "sys/devices/system/cpu"
    no_turbo, boost = read_text(cpu / "intel_pstate/no_turbo"), read_text(cpu / "cpufreq/boost")
    if not no_turbo and not boost:
        return None
    on = no_turbo == "0" or boost == "1"
    return Finding(
        "machine",
        "turbo",
        "note" if on else "ok",
        "on" if on else "off",
        "short runs may be faster than long ones; measure with `official`, or turn it off"
        if on
        else "",
    )


def _throttling(flags: tuple[str, ...] | None) -> Finding | None:
    if flags is None:
        return None
    if not flags:
        return Finding("machine", "throttling", "ok", "none (vcgencmd)")
    return Finding(
        "machine",
        "throttling",
        "warning",
        ", ".join(flags),
        "a stronger supply and cable for under-voltage, a cooler for heat; `since boot` "
        "clears with a restart",
    )


def _load(load: float | None) -> Finding | None:
    if load is None:
        return None
    busy = load > BUSY_LOAD
    return Finding(
        "machine",
        "other programs",
        "warning" if busy else "ok",
        f"load {load:.2f} on {os.cpu_count()} cores",
        "end them, or wait: they share the processor with what is measured" if busy else "",
    )


def _disk(where: Path) -> Finding:
    free = shutil.disk_usage(where).free
    enough = free >= MINIMUM_FREE_BYTES
    return Finding(
        "machine",
        "disk",
        "ok" if enough else "warning",
        f"{free / 2**30:.1f} GiB free in {where}",
        "" if enough else "free some, or name another place with `out`",
    )
