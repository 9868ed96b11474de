"""What devices call their models, and the benchmarks of MLPerf Tiny that these are."""

from __future__ import annotations

import pytest

from edgebench.mlperf.benchmarks import BENCHMARKS as KNOWN
from edgebench.mlperf.tiny.inputs import TINY_INPUTS
from edgebench.mlperf.tiny.names import (
    DATA_FOLDERS,
    DEVICE_MODELS,
    benchmark_of_model,
)
from edgebench.mlperf.tiny.tree import BENCHMARKS


@pytest.mark.parametrize(
    ("model", "benchmark"),
    [
        *(("ic02", "ic2"), ("ic01", "ic"), ("sww01", "sww"), ("AD01 ", "ad")),
        # Firmware in the field counts as it likes.
        *(("kws", "kws"), ("kws1", "kws"), ("ic2", "ic2"), ("vww07", "vww")),
        *(("", ""), ("02", ""), ("resnet8", ""), ("kws01x", "")),
    ],
)
def test_a_model_s_name_says_its_benchmark(model: str, benchmark: str) -> None:
    assert benchmark_of_model(model) == benchmark


def test_every_benchmark_has_one_name_of_a_device_and_its_facts() -> None:
    assert set(DEVICE_MODELS.values()) == set(BENCHMARKS) <= set(KNOWN)
    assert set(TINY_INPUTS) <= set(DEVICE_MODELS)
    assert all(KNOWN[each].macs for each in BENCHMARKS)
    assert len(set(DEVICE_MODELS.values())) == len(DEVICE_MODELS)


def test_both_image_classifiers_have_the_same_files() -> None:
    assert DATA_FOLDERS["ic02"] == DATA_FOLDERS["ic01"] == "ic01"
