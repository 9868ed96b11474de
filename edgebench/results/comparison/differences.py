"""Compare the settings of runs: those that must be equal to be pooled, and those that differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any

from edgebench.host.limits import HostLimits
from edgebench.rundir.reader import Run
from edgebench.runtime_settings import setting_types

Read = Callable[[Run], Any]


class Absent(Enum):
    """The mark of a value that records of older versions lack."""

    ABSENT = "absent"


def _sut(name: str) -> Read:
    return lambda run: getattr(run.record.sut, name)


def _setting(name: str) -> Read:
    return lambda run: getattr(run.record.sut.settings, name)


def _host(name: str) -> Read:
    return lambda run: getattr(run.system.host, name) if run.system else None


def _usable_cpus(run: Run) -> Any:
    return (run.system.host.usable_cpus or Absent.ABSENT) if run.system else None


def _limit(text: Callable[[HostLimits], str]) -> Read:
    """Return a limit of the machine's control groups, which have other names in each container."""

    def read(run: Run) -> Any:
        if run.system is None:
            return None
        # Records without the CPUs that could be used are older than the limits, too.
        return text(run.system.host.limits) if run.system.host.usable_cpus else Absent.ABSENT

    return read


def _meter(name: str) -> Read:
    """Return a fact of the meter; what it does not say is not taken for different."""

    def read(run: Run) -> Any:
        energy = run.record.energy
        found = None if energy is None else getattr(energy.meter, name)
        return found or Absent.ABSENT

    return read


def _quota(limits: HostLimits) -> str:
    return f"{limits.cpu_quota.cpus:.3g} CPUs" if limits.cpu_quota else "none"


def _memory(limits: HostLimits) -> str:
    least = limits.least_memory_bytes
    return "none" if least is None else f"{least / 2**20:,.0f} MiB"


def _governors(run: Run) -> Any:
    """Return the governors before and after the run."""
    return tuple(state.governors for state in run.system.states) if run.system else ()


def _image(name: str) -> Read:
    return lambda run: getattr(run.record.image, name) if run.record.image else None


def _compiler(run: Run) -> Any:
    """Return what the firmware was built with, which older records lack."""
    return (run.record.image.compiler if run.record.image else "") or Absent.ABSENT


def _engine(run: Run) -> Any:
    """Return what computed the network on a device, which older records lack."""
    device = run.record.device
    return (device.engine if device else None) or Absent.ABSENT


def _shapes(run: Run) -> Any:
    """Return the inputs' shapes that a run measured."""
    shapes = tuple(
        f"{name} {'x'.join(map(str, sizes)) or 'scalar'}"
        for name, sizes in run.record.model.inputs.items()
    )
    return shapes or Absent.ABSENT


def _part(run: Run) -> str:
    """Return which part of the model a run measured; one part may be asked for by two names."""
    return run.record.model.measured_as if run.record.request.until else "whole"


MACHINE: dict[str, Read] = {
    "processor": _host("cpu_model"),
    "board": _host("board"),
    "cores": _host("cores"),
    "memory": _host("memory_bytes"),
    "usable CPUs": _usable_cpus,
    "CPU quota": _limit(_quota),
    "memory limit": _limit(_memory),
    "operating system": _host("operating_system"),
    "kernel": _host("kernel"),
    "frequency governor": _governors,
    "held frequency": lambda run: run.record.request.frequency_mhz,
    "device": lambda run: run.record.device.name if run.record.device else None,
    "engine": _engine,
    "firmware": _image("text_bytes"),
    "firmware's constants": _image("rodata_bytes"),
    "firmware's RAM": _image("ram_bytes"),
}
VERSIONS: dict[str, Read] = {
    "edgebench": lambda run: run.record.edgebench_version,
    "runtime's version": _sut("runtime_version"),
    "compiler": _compiler,
    "LoadGen": lambda run: run.record.generator,
    "Python": _host("python"),
}
WORK: dict[str, Read] = {
    "model": lambda run: run.record.model.name,
    "variant": lambda run: run.record.model.variant,
    "model's SHA-256": lambda run: run.record.model.sha256[:12],
    "signature": lambda run: run.record.model.signature or Absent.ABSENT,
    "part": _part,
    "shape": _shapes,
    "data": lambda run: run.record.dataset.name,
    "data's SHA-256": lambda run: run.record.dataset.sha256[:12],
    "clock": lambda run: run.record.clock,
    "official": lambda run: not run.record.quick,
}
SETTINGS: dict[str, Read] = {
    **{name.replace("_", " "): _setting(name) for name in setting_types()},
    "delegates": _sut("delegates"),
    "target rate": lambda run: run.record.request.target_qps,
    "pace of the stream": lambda run: run.record.stream.pace if run.record.stream else None,
    "latency bound": lambda run: run.record.request.latency_bound_ms,
}
METER: dict[str, Read] = {
    "meter": _meter("name"),
    "meter's serial number": _meter("serial"),
    "meter's range": _meter("range"),
    "rails": _meter("channels"),
}
POOLED = MACHINE | VERSIONS | WORK | SETTINGS | METER
"""What repeats of one thing have in common."""


def meter_facts(run: Run) -> dict[str, str | Absent]:
    """Return which meter a run had, by the names of `METER`."""
    found = {name: read(run) for name, read in METER.items()}
    return {n: each if isinstance(each, Absent) else text_of(each) for n, each in found.items()}


def differences(runs: Iterable[Run], what: dict[str, Read] = POOLED) -> dict[str, tuple[str, ...]]:
    """Return what differs among runs, and its values in the order they are met.

    What a record is too old to have is not taken for different.
    """
    known = list(runs)
    found = {}
    for name, read in what.items():
        there = (value for run in known if (value := read(run)) is not Absent.ABSENT)
        values = tuple(dict.fromkeys(map(text_of, there)))
        if len(values) > 1:
            found[name] = values
    return found


def text_of(value: Any) -> str:
    """Return a setting's value as it is shown and compared."""
    if isinstance(value, Mapping):
        value = [f"{key}={each}" for key, each in value.items()]
    if isinstance(value, list | tuple):
        return ", ".join(text_of(each) for each in value) or "none"
    return "unknown" if value is None or value == "" else str(value)
