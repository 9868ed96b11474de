"""Requests of runs on an emulated device."""

from __future__ import annotations

from typing import Any

from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.request import RunRequest, request_of

FAST = 921600


def on_device(port: str = "emulated:kws", **options: Any) -> RunRequest:
    names = ("baud", "inject", "extensions", "verify", "retries")
    device = {name: options.pop(name) for name in names if name in options}
    asked = DeviceRequest(port, **{"baud": FAST, **device})
    return request_of(**{"device": asked, "duration_s": 0.2, "warmup_s": 0.05, **options})
