"""What two runs have in common: what must be equal to be pooled, and what sets them apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from edgebench.rundir.reader import Run
from edgebench.runtime_settings import setting_types

Read = Callable[[Run], Any]


def _sut(name: str) -> Read:
    return lambda run: getattr(run.record.sut, name)


def _setting(name: str) -> Read:
    return lambda run: getattr(run.record.sut.settings, name)


def _host(name: str) -> Read:
    return lambda run: getattr(run.system.host, name) if run.system else None


def _limit(name: str) -> Read:
    """Return a limit of the machine's control groups as text, without how much of it is left."""
    return lambda run: str(getattr(run.system.host.limits, name) or "none") if run.system else None


def _governors(run: Run) -> Any:
    """Return the governors before and after the run."""
    return tuple(state.governors for state in run.system.states) if run.system else ()


def _shapes(run: Run) -> Any:
    """Return the inputs' shapes that a run measured."""
    return tuple(
        f"{name} {'x'.join(map(str, sizes)) or 'scalar'}"
        for name, sizes in run.record.model.inputs.items()
    )


MACHINE: dict[str, Read] = {
    "processor": _host("cpu_model"),
    "board": _host("board"),
    "cores": _host("cores"),
    "memory": _host("memory_bytes"),
    "usable CPUs": _host("usable_cpus"),
    "CPU quota": _limit("cpu_quota"),
    "memory limit": _limit("memory"),
    "operating system": _host("operating_system"),
    "kernel": _host("kernel"),
    "frequency governor": _governors,
    "held frequency": lambda run: run.record.request.get("frequency_mhz"),
    "device": lambda run: run.record.device.name if run.record.device else None,
    "firmware": lambda run: run.record.image.text_bytes if run.record.image else None,
}
VERSIONS: dict[str, Read] = {
    "edgebench": lambda run: run.record.edgebench_version,
    "runtime's version": _sut("runtime_version"),
    "LoadGen": lambda run: run.record.generator,
    "Python": _host("python"),
}
WORK: dict[str, Read] = {
    "model": lambda run: run.record.model.name,
    "variant": lambda run: run.record.model.variant,
    "model's SHA-256": lambda run: run.record.model.sha256[:12],
    "signature": lambda run: run.record.model.signature,
    "shape": _shapes,
    "data": lambda run: run.record.dataset.name,
    "data's SHA-256": lambda run: run.record.dataset.sha256[:12],
    "clock": lambda run: run.record.clock,
    "official": lambda run: not run.record.quick,
}
SETTINGS: dict[str, Read] = {
    **{name.replace("_", " "): _setting(name) for name in setting_types()},
    "delegates": _sut("delegates"),
    "target rate": lambda run: run.record.request.get("target_qps"),
    "latency bound": lambda run: run.record.request.get("latency_bound_ms"),
}
POOLED = MACHINE | VERSIONS | WORK | SETTINGS
"""What repeats of one thing have in common."""


def differences(runs: Iterable[Run], what: dict[str, Read] = POOLED) -> dict[str, tuple[str, ...]]:
    """Return what differs among runs, and its values in the order they are met."""
    known = list(runs)
    found = {}
    for name, read in what.items():
        values = tuple(dict.fromkeys(_text(read(run)) for run in known))
        if len(values) > 1:
            found[name] = values
    return found


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        value = [f"{key}={each}" for key, each in value.items()]
    if isinstance(value, list | tuple):
        return ", ".join(_text(each) for each in value) or "none"
    return "unknown" if value is None or value == "" else str(value)
