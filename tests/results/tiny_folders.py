"""Folders of MLPerf Tiny's runs as its programs write them."""

from __future__ import annotations

from pathlib import Path

EEMBC = (
    "0.1 ulp-ml: Energy data for window 2 at time 9.70 for 10.83 sec.:\n"
    "0.1 ulp-ml:   Energy       :    91505.154 uJ\n"
    "0.1 ulp-ml:   Power        :     8452.273 uW\n"
    "0.1 ulp-ml:   Energy/Inf.  :       45.753 uJ/inf.\n"
    "0.1 ulp-ml: Median energy cost is 45.753 uJ/inf.\n"
    "0.1 ulp-ml: Median throughput is 184.700 inf./sec.\n"
)
MODEL = "Device name retrieved: Vendor\nDevice model retrieved: {}\n"


def benchmark(folder: Path, mode: str, text: str, model: str, prefix: str = "") -> Path:
    home = folder / mode
    home.mkdir(parents=True)
    (home / f"{prefix}results.txt").write_text(text)
    (home / f"{prefix}log.txt").write_text(MODEL.format(model))
    return home


def median(rate: float) -> str:
    return f"0.1 ulp-mlperf: Median throughput is {rate:10.3f} inf./sec.\n"
