"""A meter is checked before it is believed, and its faults are no success."""

from __future__ import annotations

import numpy as np
import pytest

from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterLost, MeterNotFound
from edgebench.power.acquisition import self_check as check
from edgebench.power.acquisition.reader import MeterReader
from edgebench.power.description import MeterDescription
from edgebench.power.samples import PowerSamples
from tests.conftest import waited


class Made(CloseOnExit):
    """A meter that says one thing."""

    def __init__(self, watts: list[float], error: MeterLost | None = None) -> None:
        self.description = MeterDescription(
            "made", "for a test", ("all",), 0.01, counts_energy=False, accuracy=None
        )
        self._watts, self._error = watts, error

    def start(self) -> None:
        """Nothing to begin."""

    def read(self) -> PowerSamples:
        if self._error is not None:
            raise self._error
        count = len(self._watts)
        return PowerSamples(np.arange(count), np.array(self._watts))

    def stop(self) -> PowerSamples:
        return self.read()


def test_a_meter_is_checked_before_it_is_believed() -> None:
    assert check.check_meter(Made([1.0, 2.0])) == 1.5
    with pytest.raises(MeterNotFound, match="leads the wrong way round"):
        check.check_meter(Made([-1.0, -2.0]))
    with pytest.raises(MeterNotFound, match="no plausible reading"):
        check.check_meter(Made([1e6, 1e6]))
    with pytest.raises(MeterNotFound, match="fails its self-check: gone"):
        check.check_meter(Made([], MeterLost("gone")))


class Failing(Made):
    """A meter whose driver has a fault."""

    def read(self) -> PowerSamples:
        raise KeyError("energy")


def test_a_driver_s_own_fault_is_no_success() -> None:
    with MeterReader(Failing([])) as reader:
        waited(lambda: reader.lost)
    assert str(reader.lost) == "made: its driver failed: KeyError: 'energy'"
    with pytest.raises(MeterNotFound, match="it says what can't be read"):
        check.check_meter(Failing([]))
