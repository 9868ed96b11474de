"""Every op at random: generated C gives the bytes of tflite-runtime's and TFLM's reference."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgebench.models.build import NewModel
from edgebench.models.resolve import Model, resolve_model
from tests.firmware.compiled import by_reference, by_tflm, quickly_compiled
from tests.firmware.layers import (
    choice_layers,
    copied_layers,
    single_layers,
    state_layers,
    unsigned_layers,
    value_layers,
    wide_layers,
)
from tests.firmware.layers.drawn import Drawn, inputs_for

OPS = {
    **wide_layers.OPS,
    **single_layers.OPS,
    **copied_layers.OPS,
    **value_layers.OPS,
    **unsigned_layers.OPS,
    **state_layers.OPS,
    **choice_layers.OPS,
}
MODELS_PER_OP, OF_SIMPLER_OPS, OF_WIDE_OPS = 110, 25, 6
"""Of each op; those that copy or look up have fewer ways to be wrong."""
ONE_REFERENCE = {
    # Where the two references differ by a step now and then, the firmware is as TFLM is: it runs
    # where TFLM runs.
    "logistic": (by_tflm,),
    "tanh": (by_tflm,),
    "fully_connected_16x8": (by_tflm,),
    # TFLM forgets that a RELU6 may change the scale.
    "relu6": (by_reference,),
    # The other has no such kernel.
    "selected": (by_reference,),
    "broadcast_args": (by_reference,),
    "selected_of_32": (by_reference,),
    "quantize_float_to_uint8": (by_reference,),
    "tile": (by_reference,),
    # TFLM does not pad with the zero point.
    "space_to_batch_nd": (by_reference,),
    # The other turns one of several axes, and lets a sum that is too large wrap.
    "reverse_v2": (by_tflm,),
    "sum_": (by_tflm,),
    "elu": (by_tflm,),
    "div": (by_tflm,),
    # TFLM rounds a half the other way in 4 of 40 models.
    "rsqrt": (by_reference,),
    "lstm": (by_tflm,),
    "svdf_int8": (by_tflm,),
    # The other multiplies scales in float32, as of batch_matmul.
    "svdf": (by_tflm,),
    # The other transposes before it repeats, and multiplies scales in float32.
    "batch_matmul": (by_tflm,),
    "batch_matmul_16": (by_tflm,),
    "quantize_8_to_16": (by_tflm,),
    "quantize_8_to_32": (by_tflm,),
    "mul_16": (by_tflm,),
}


def resolved(model: NewModel, kernels_folder: Path) -> Model:
    path = kernels_folder / "one.tflite"
    path.write_bytes(model.to_bytes())
    return resolve_model(str(path))


def examples_of(op: str) -> int:
    if op in {**wide_layers.OPS, **choice_layers.COMPARED, **choice_layers.FEW}:
        return OF_WIDE_OPS
    return MODELS_PER_OP if op in single_layers.OPS else OF_SIMPLER_OPS


@pytest.mark.tflite_runtime
@pytest.mark.parametrize("op", OPS)
def test_every_op_gives_the_references_bytes(op: str, kernels_folder: Path) -> None:
    @settings(
        max_examples=examples_of(op),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def check(data: st.DataObject) -> None:
        draw = Drawn(lambda low, high: data.draw(st.integers(low, high)))
        made = OPS[op](draw)
        model = resolved(made, kernels_folder)
        ours = quickly_compiled(model, kernels_folder)
        # TFLM has no kernels of uint8.
        usual = (by_reference,) if op.startswith("uint8_") else (by_reference, by_tflm)
        oracles = [each(model) for each in ONE_REFERENCE.get(op, usual)]
        for values in inputs_for(made, 3, draw.rng):
            got = ours(values)
            for oracle in oracles:
                np.testing.assert_array_equal(got, oracle(values))

    check()
