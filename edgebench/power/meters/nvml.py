"""NVIDIA's GPUs by NVML, the library of their driver: ``nvml``, ``nvml:1``.

A GPU since Volta counts its own millijoules; older ones state milliwatts. Limits of error (5 %)
are stated only for Fermi and Kepler, so that no accuracy is taken from there. It is the GPU's
power, not the machine's. A Jetson's NVML states none: `hwmon` or `tegrastats` measure it. Source:
NVIDIA's NVML API reference.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from edgebench.errors import MeterLost, MeterNotFound
from edgebench.power.acquisition.connections.opening import opening
from edgebench.power.acquisition.connections.sysfs import Counters
from edgebench.power.acquisition.polled import Counting, Polled
from edgebench.power.contract import Figures, Found, PowerMeter
from edgebench.power.description import MeterDescription
from edgebench.power.options import NoOptions
from edgebench.power.place import MeterPlace
from edgebench.text.printable import excerpt

LIBRARY = "libnvidia-ml.so.1"
PERIOD_S = 0.1
TEXT_BYTES = 96
SUCCESS, NOT_SUPPORTED = 0, 3
JETSON = "on a Jetson `power=hwmon` or `power=tegrastats` measures"
MEAN_S = 1.0
"""The time that the power of GPUs since Ampere is a mean of."""


class Nvml:
    """The library, set up; closed when the last reader ends."""

    def __init__(self, library: str) -> None:
        try:
            self._calls = ctypes.CDLL(library)
            self._ask("nvmlInit_v2")
        except OSError as error:
            raise MeterNotFound(
                f"nvml: {library} can't be loaded: NVIDIA's driver is not installed"
            ) from error
        except MeterLost as error:
            raise MeterNotFound(str(error)) from error

    def close(self) -> None:
        """Let it go."""
        with suppress(MeterLost):
            self._ask("nvmlShutdown")

    def count(self) -> int:
        """Return how many GPUs there are."""
        found = ctypes.c_uint()
        self._ask("nvmlDeviceGetCount_v2", ctypes.byref(found))
        return found.value

    def device(self, index: int) -> ctypes.c_void_p:
        """Return a GPU's handle."""
        found = ctypes.c_void_p()
        self._ask("nvmlDeviceGetHandleByIndex_v2", ctypes.c_uint(index), ctypes.byref(found))
        return found

    def text(self, call: str, *device: ctypes.c_void_p) -> str:
        """Return what a call says in text; nothing where it says none."""
        found = ctypes.create_string_buffer(TEXT_BYTES)
        try:
            self._ask(call, *device, found, ctypes.c_uint(TEXT_BYTES))
        except MeterLost:
            return ""
        return excerpt(found.value.decode("utf-8", "replace"), TEXT_BYTES)

    def watts(self, device: ctypes.c_void_p) -> float:
        """Return a GPU's power."""
        milliwatts = ctypes.c_uint()
        self._ask("nvmlDeviceGetPowerUsage", device, ctypes.byref(milliwatts))
        return milliwatts.value / 1e3

    def joules(self, device: ctypes.c_void_p) -> float:
        """Return a GPU's energy since its driver was loaded."""
        millijoules = ctypes.c_ulonglong()
        self._ask("nvmlDeviceGetTotalEnergyConsumption", device, ctypes.byref(millijoules))
        return millijoules.value / 1e3

    def _ask(self, call: str, *arguments: Any) -> None:
        """Call the library.

        Raises
        ------
        MeterLost
            If it answers with an error, or has no such call.
        """
        try:
            function = getattr(self._calls, call)
        except AttributeError as error:  # ctypes', of a library without it
            raise MeterLost(f"nvml: its library has no {call}: the driver is too old") from error
        code = function(*arguments)
        if code != SUCCESS:
            hint = f"; {JETSON}" if code == NOT_SUPPORTED else ""
            raise MeterLost(f"nvml: {call}: {self._error(code)}{hint}")

    def _error(self, code: int) -> str:
        text = getattr(self._calls, "nvmlErrorString", None)
        if text is None:
            return f"error {code}"
        text.restype = ctypes.c_char_p
        said: bytes = text(code) or b"error"
        return said.decode("utf-8", "replace")


@dataclass(frozen=True)
class NvmlDriver:
    """The GPUs of a library."""

    library: str = LIBRARY

    name = "nvml"
    aliases = ()
    requires = None
    supplies = False
    options = NoOptions
    usage = "nvml[:INDEX]"
    summary = "an NVIDIA GPU's own counter, by its driver's library; not the whole machine"
    rate = "10 Hz"
    figures = Figures.ESTIMATED
    advice = f"no discrete NVIDIA GPU here; {JETSON}"

    def discover(self) -> list[Found]:
        """Return the GPUs that state a power."""
        try:
            library = Nvml(self.library)
        except MeterNotFound:
            return []
        try:
            return [self._found(library, index) for index in range(library.count())]
        except MeterLost as error:
            raise MeterNotFound(str(error)) from error
        finally:
            library.close()

    def _found(self, library: Nvml, index: int) -> Found:
        device = library.device(index)
        try:
            library.watts(device)
        except MeterLost as error:
            return Found(str(index), _name(library, device), problem=str(error))
        return Found(str(index), f"{_name(library, device)}: the GPU alone")

    def open(self, place: MeterPlace) -> PowerMeter:
        """Open the GPU of an index, or the only one.

        Raises
        ------
        MeterNotFound
            If there is none, there are several, or it states no power.
        """
        library = Nvml(self.library)
        with opening(library.close):
            count = library.count()
            wanted = place.address or ("0" if count == 1 else "")
            if not (wanted.isdecimal() and int(wanted[:9]) < count):
                names = ", ".join(
                    f"{index} ({_name(library, library.device(index))})" for index in range(count)
                )
                raise MeterNotFound(
                    f"nvml: {count} GPUs; choose with `power=nvml:INDEX` from {names or 'none'}",
                    field="power",
                    value=place.address,
                )
            return _meter(library, place, int(wanted))


def _meter(library: Nvml, place: MeterPlace, index: int) -> PowerMeter:
    device = library.device(index)
    library.watts(device)
    try:
        counts = library.joules(device) > 0  # a virtual GPU's may stand still at 0
    except MeterLost:
        counts = False
    description = MeterDescription(
        name=str(place),
        detail=f"{_name(library, device)}: the GPU alone, not the whole machine",
        channels=(f"GPU {index}",),
        period_s=PERIOD_S,
        counts_energy=counts,
        accuracy=None,
        is_estimate=True,
        estimate_reason="the GPU alone",
        cautions=("the GPU alone; GPUs since Ampere state means of a second",),
        serial=library.text("nvmlDeviceGetUUID", device),
        firmware=library.text("nvmlSystemGetDriverVersion"),
        aperture_s=0.0 if counts else MEAN_S,
    )
    files = _LibraryFiles(library)
    if counts:
        return Counting(description, lambda: [library.joules(device)], [0.0], files)
    return Polled(description, lambda: library.watts(device), files)


def _name(library: Nvml, device: ctypes.c_void_p) -> str:
    return library.text("nvmlDeviceGetName", device) or "a GPU"


class _LibraryFiles(Counters):
    """The resource that a polled meter closes at its end: here, the library."""

    def __init__(self, library: Nvml) -> None:
        super().__init__()
        self._library = library

    def close(self) -> None:
        self._library.close()
