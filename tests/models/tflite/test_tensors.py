from __future__ import annotations

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from hypothesis import given, settings
from hypothesis import strategies as st

from edgebench.errors import DatasetMismatch, ModelNotSupported
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.tflite.tensors import Quantization, Tensor


def tensor(
    type_name: str, shape: tuple[int, ...] = (1, 4), quantization: Quantization | None = None
) -> Tensor:
    return Tensor(0, "in", shape, shape, type_name, quantization)


@settings(max_examples=50)
@given(
    st.floats(2**-10, 4.0),
    st.integers(-128, 127),
    st.lists(st.floats(-600, 600, width=32), min_size=64, max_size=64),
)
def test_inputs_are_quantized_as_tflites_reference_kernel_does(
    scale: float, zero_point: int, values: list[float]
) -> None:
    scale = float(np.float32(scale))
    quantization = Quantization((scale,), (zero_point,))
    model = NewModel(
        [NewTensor("a", (1, 64), "float32"), NewTensor("b", (1, 64), "int8", quantization)],
        [NewOp("QUANTIZE", ("a",), ("b",))],
        ["a"],
        ["b"],
    )
    interpreter = Interpreter(
        model_content=model.to_bytes(),
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
    )
    interpreter.allocate_tensors()
    real = np.array(values, np.float32)
    interpreter.set_tensor(0, real[None])
    interpreter.invoke()
    expected = interpreter.get_tensor(1)[0].astype(int)
    ours = tensor("INT8", (1, 64), quantization).encode(real).astype(int)
    # The kernel divides in float32 where we divide in float64: on a tie they may differ by one.
    ties = np.abs(np.abs(real / np.float32(scale)) % 1 - 0.5) < 1e-3
    assert np.array_equal(ours[~ties], expected[~ties])
    assert np.abs(ours - expected).max(initial=0) <= 1


def test_halves_are_rounded_away_from_zero() -> None:
    stored = tensor("INT8", quantization=Quantization((1.0,), (0,))).encode(
        np.array([0.5, -0.5, 2.5, -2.5])
    )
    assert stored.tolist() == [1, -1, 3, -3]


def test_values_outside_the_range_are_clipped() -> None:
    stored = tensor("INT8", quantization=Quantization((0.5,), (10,))).encode(
        np.array([-1e6, 1e6, 0.0, 5.0])
    )
    assert stored.tolist() == [-128, 127, 10, 20]


def test_decode_undoes_encode_to_half_a_step() -> None:
    each = tensor("INT8", (1, 100), Quantization((0.1,), (-5,)))
    real = np.linspace(-10, 10, 100)
    back = each.decode(each.encode(real))
    assert np.abs(back - real).max() <= 0.05 + 1e-6


def test_a_sample_of_another_size_is_refused_with_both_sizes() -> None:
    with pytest.raises(DatasetMismatch, match=r"takes 4 = 4 values a sample.*gives 3 = 3"):
        tensor("FLOAT32").encode(np.zeros(3))


def test_an_integer_input_refuses_what_it_cannot_hold() -> None:
    with pytest.raises(DatasetMismatch, match="from -3"):
        tensor("UINT8").encode(np.array([-3, 0, 0, 1]))


def test_a_type_that_numpy_lacks_is_refused() -> None:
    with pytest.raises(ModelNotSupported, match="INT4"):
        _ = tensor("INT4").dtype
