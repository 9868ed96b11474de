"""Defaults of a request; light, for the command line's help."""

from __future__ import annotations

from pathlib import Path

from edgebench.mlperf.scenarios import ModeName, ScenarioName

DEFAULT_MODEL = "kws-ds-cnn"
DEFAULT_SCENARIOS: tuple[ScenarioName, ...] = ("singlestream", "offline")
DEFAULT_MODES: tuple[ModeName, ...] = ("performance", "accuracy")
DEVICE_SCENARIOS: tuple[ScenarioName, ...] = ("singlestream",)
WARMUP_S = 1.0
IDLE_S = 2.0
DEFAULT_OUT = Path("edgebench-runs")
"""Where run directories are made."""
