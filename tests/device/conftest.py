from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from edgebench.device.client import Device
from edgebench.device.options import LinkOptions
from edgebench.device.port.link import Link
from edgebench.device.port.transcript import Transcript
from edgebench.firmware.building.host import HostOptions, build_host
from edgebench.models.resolve import Model, resolve_model
from edgebench.virtual.emulated_device import EmulatedPort
from tests.models.made_models import dense_model

FAST = 921600
INPUT_BYTES = 600  # three binary frames, sixteen db commands
Opened = Callable[..., Device]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """An int8 network that a device runs in microseconds."""
    path = tmp_path_factory.mktemp("small") / "small.tflite"
    path.write_bytes(dense_model((INPUT_BYTES, 8), "int8").to_bytes())
    return resolve_model(str(path))


@pytest.fixture(scope="session")
def programs(small: Model, tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """The firmware with and without edgebench's extensions."""
    return {each: build_host(small, HostOptions(extensions=each)) for each in (True, False)}


@pytest.fixture
def data() -> bytes:
    return np.random.default_rng(1).integers(0, 256, INPUT_BYTES, dtype=np.uint8).tobytes()


@pytest.fixture
def open_device(programs: dict[bool, Path], tmp_path: Path) -> Iterator[Opened]:
    """Open an emulated device with faults; what was repaired is in ``device.said``."""
    with ExitStack() as stack:

        def opened(
            *inject: str, extensions: bool = True, baud: int = FAST, wake: bool = True
        ) -> Device:
            port = stack.enter_context(EmulatedPort(programs[extensions], baud, inject))
            transcript = stack.enter_context(Transcript(tmp_path / "transcript.txt"))
            link = stack.enter_context(Link(port.port, LinkOptions(baud), transcript))
            said: list[str] = []
            device = Device(link, on_event=said.append)
            device.said = said  # type: ignore[attr-defined]
            if wake:
                device.wake()
            return device

        yield opened


@pytest.fixture
def right(open_device: Opened, data: bytes) -> bytes:
    """What the device answers to `data` when nothing goes wrong."""
    return open_device().sample(data).outputs[0]
