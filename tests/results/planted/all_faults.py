"""All faults that are planted."""

from __future__ import annotations

from collections.abc import Mapping

from tests.results.planted.faults import Fault
from tests.results.planted.inference_faults import INFERENCE_FAULTS
from tests.results.planted.text_faults import INFERENCE_TEXT_FAULTS, TINY_TEXT_FAULTS
from tests.results.planted.tiny_faults import TINY_FAULTS

ALL_INFERENCE_FAULTS: Mapping[str, Fault] = {**INFERENCE_FAULTS, **INFERENCE_TEXT_FAULTS}
ALL_TINY_FAULTS: Mapping[str, Fault] = {**TINY_FAULTS, **TINY_TEXT_FAULTS}
