"""Estimates of time for whoever can do without: a run, a deployment; and what corrects them."""

from __future__ import annotations

from edgebench.boards.card import BoardCard
from edgebench.device.client import Device
from edgebench.errors import EdgebenchError
from edgebench.events import OnEvent, ignore
from edgebench.firmware.building.image import Image
from edgebench.firmware.cycles.corrections import keep_ratio
from edgebench.firmware.external.contract import OWN
from edgebench.firmware.optimize import BALANCED
from edgebench.harness.devices.costs.cycles import EstimatedInference, estimate_inference, timing_of
from edgebench.harness.devices.random_input import random_input
from edgebench.models.resolve import Model

NO_ESTIMATE = (EdgebenchError, OSError)
"""A card without timing, a tool that is not installed, a plug-in that the emulator does not take, a
disk that is full: what was measured must not be lost by any of them."""
MEASURED_US = 200_000
MOST_INFERENCES = 1_000


def try_estimate(
    model: Model,
    board: BoardCard,
    optimize: str = BALANCED,
    image: Image | None = None,
    on_event: OnEvent = ignore,
    engine: str = OWN,
) -> EstimatedInference | None:
    """Return the estimate, or None after saying why there is none: nothing else depends on it."""
    try:
        return estimate_inference(model, board, optimize, image, engine=engine)
    except NO_ESTIMATE as error:
        on_event(f"no estimate of the time: {error}")
        return None


def learn_from(
    model: Model, board: BoardCard, optimize: str, measured_us: float, on_event: OnEvent = ignore
) -> None:
    """Keep how a real board's time compares with its estimate, for later estimates."""
    try:
        _, timing = timing_of(board)
        found = estimate_inference(model, board, optimize, is_corrected=False)
        ratio = measured_us * timing.clock_mhz / found.estimate.cycles
        if not keep_ratio(board, optimize, model.sha256, ratio):
            on_event(
                f"the board took {ratio:.3g} times the estimated time, which is no board's: later "
                "estimates are not corrected by it"
            )
    except NO_ESTIMATE as error:
        on_event(f"later estimates of the time are not corrected: {error}")


def try_time_on_board(device: Device, model: Model, on_event: OnEvent = ignore) -> float | None:
    """Return the time, or None after saying why there is none: the board runs without it, too."""
    try:
        return time_on_board(device, model)
    except NO_ESTIMATE as error:
        on_event(f"the board answers, but an inference on it could not be timed: {error}")
        return None


def time_on_board(device: Device, model: Model) -> float:
    """Return the microseconds of one inference of a random input, by the board's clock.

    Raises
    ------
    DeviceError
        If it does not answer, or refuses the input.
    """
    data = random_input(model, device)

    def timed(count: int, warmups: int) -> float:
        device.load(data)  # again after a repair: the board may have rebooted
        return device.infer(count, warmups).device_us / count

    what = "timing an inference"
    first_us = device.repaired(lambda: timed(1, 1), what)
    count = max(1, min(MOST_INFERENCES, round(MEASURED_US / max(first_us, 1))))
    return device.repaired(lambda: timed(count, 0), what)
