"""Models that leave dimensions open: where their shapes come from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgebench.datasets.load import load_dataset
from edgebench.errors import DatasetMismatch, ModelNotSupported, UsageError
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.fit import fit
from edgebench.models.interpret import Interpreted
from edgebench.models.prefix import prefix_of
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.sizing import at_shape
from edgebench.models.tflite.shapes import parse_shapes
from edgebench.runtime_settings import RuntimeSettings
from tests.conftest import RUNTIME_NAMES
from tests.models.made_models import open_image_model, segmentation_model, token_model
from tests.sut.opened import sut_factory


def written(path: Path, model: NewModel) -> Model:
    path.write_bytes(model.to_bytes())
    return resolve_model(str(path))


@pytest.fixture
def images(tmp_path: Path) -> Model:
    return written(tmp_path / "images.tflite", open_image_model())


def test_nothing_is_measured_at_a_size_that_nobody_gave(images: Model) -> None:
    with pytest.raises(
        UsageError, match=r"`image` \(\?x\?x\?x3, dimensions 1 and 2\).*`shape=image=1x16x16x3`"
    ) as raised:
        fit(images, None, {})
    assert raised.value.field == "shape"


@pytest.mark.parametrize("name", ["image", ""])
def test_a_given_shape_is_that_of_every_tensor(images: Model, name: str) -> None:
    sized = at_shape(images, {name: (1, 20, 30, 3)})
    assert sized.facts.inputs[0].sample_shape == (20, 30, 3)
    assert [tensor.shape for tensor in sized.facts.tensors if tensor.name in ("maps", "means")] == [
        (1, 20, 30, 8),
        (1, 8),
    ]
    assert sized.facts.macs == 20 * 30 * 8 * 27
    assert sized.facts.arena_bytes == 20 * 30 * 11 * 4
    assert sized.measured_as == "image 1x20x30x3"
    assert not sized.facts.open_inputs


def test_the_data_give_the_shape(images: Model, tmp_path: Path) -> None:
    for shape in ((20, 30, 3), (1, 20, 30, 3)):
        np.savez(tmp_path / "d.npz", inputs=np.zeros((4, *shape), np.float32))
        sized, _ = fit(images, load_dataset(str(tmp_path / "d.npz")), {})
        assert sized.facts.inputs[0].shape == (1, 20, 30, 3)


def test_grey_images_without_a_channel_give_the_shape(tmp_path: Path) -> None:
    model = written(tmp_path / "m.tflite", segmentation_model())
    np.savez(tmp_path / "d.npz", inputs=np.zeros((4, 20, 30), np.float32))
    sized, _ = fit(model, load_dataset(str(tmp_path / "d.npz")), {})
    assert sized.facts.outputs[0].shape == (1, 20, 30, 1)


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ({"image": (1, 20, 30, 4)}, r"can't be 1x20x30x4: the model has \?x\?x\?x3"),
        ({"image": (20, 30, 3)}, "can't be 20x30x3"),
        ({"image": (1, 0, 30, 3)}, "can't be 1x0x30x3"),
        ({"image": (4, 20, 30, 3)}, "first dimension of image is its batch.*`batch` sets"),
        ({"picture": (1, 20, 30, 3)}, "choose from image"),
        ({"image": (1, 2, 2, 3), "": (1, 2, 2, 3)}, "twice"),
    ],
)
def test_a_shape_that_the_model_does_not_allow_is_refused(
    images: Model, shape: dict[str, tuple[int, ...]], says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        at_shape(images, shape)


def test_a_fixed_dimension_can_t_be_set() -> None:
    model = resolve_model("kws-ds-cnn")
    assert at_shape(model, {"": (1, 49, 10, 1)}) is model
    with pytest.raises(UsageError, match="can't be 1x98x10x1"):
        at_shape(model, {"": (1, 98, 10, 1)})


def test_samples_of_another_shape_than_the_given_one_are_refused(
    images: Model, tmp_path: Path
) -> None:
    np.savez(tmp_path / "d.npz", inputs=np.zeros((4, 20, 30, 3), np.float32))
    with pytest.raises(DatasetMismatch, match=r"takes 30x20x3 .* Transpose each sample by \(1, 0"):
        fit(images, load_dataset(str(tmp_path / "d.npz")), {"image": (1, 30, 20, 3)})


def test_several_inputs_are_named(tmp_path: Path) -> None:
    model = written(tmp_path / "m.tflite", token_model())
    with pytest.raises(UsageError, match=r"`tokens` \(\?x\?, dimension 1\), `mask`"):
        fit(model, None, {})
    with pytest.raises(UsageError, match=r"`shape` must name its input.*tokens, mask"):
        at_shape(model, {"": (1, 12)})
    with pytest.raises(UsageError, match="`mask`"):
        at_shape(model, {"tokens": (1, 12)})
    sized = at_shape(model, parse_shapes(["tokens=1x12", "mask=1x12"]))
    assert sized.facts.outputs[0].shape == (1, 12)


def test_a_shape_that_the_graph_can_t_have_names_the_runtimes_reason(tmp_path: Path) -> None:
    model = written(tmp_path / "m.tflite", token_model())
    with pytest.raises(ModelNotSupported, match="can't run m"):
        at_shape(model, {"tokens": (1, 12), "mask": (1, 5)})


def test_a_batch_of_single_values_is_one_value(tmp_path: Path) -> None:
    single = NewModel(
        [NewTensor(name, (1,), "float32", shape_signature=(-1,)) for name in ("x", "y")],
        [NewOp("ADD", ("x", "x"), ("y",), ("Add", {}))],
        ["x"],
        ["y"],
    )
    model = written(tmp_path / "m.tflite", single)
    assert at_shape(model, {}) is model
    assert model.facts.single_values == ("x",)
    assert at_shape(model, {"x": (7,)}).facts.outputs[0].shape == (7,)


def test_a_sound_of_any_length_needs_a_length(tmp_path: Path) -> None:
    sound = NewModel(
        [
            NewTensor("sound", (1,), "float32", shape_signature=(-1,)),
            NewTensor("axis", (), "int32", values=np.array(0)),
            NewTensor("level", (1,), "float32"),
        ],
        [NewOp("MEAN", ("sound", "axis"), ("level",), ("Reducer", {"keepDims": True}))],
        ["sound"],
        ["level"],
    )
    model = written(tmp_path / "m.tflite", sound)
    with pytest.raises(UsageError, match=r"`sound` \(\?, dimension 0\)"):
        at_shape(model, {})
    assert at_shape(model, {"sound": (16000,)}).facts.inputs[0].elements == 16000


def test_a_dimension_of_zero_is_refused(tmp_path: Path) -> None:
    empty = NewModel(
        [NewTensor("x", (1, 0, 3), "float32"), NewTensor("y", (1, 0, 3), "float32")],
        [NewOp("RELU", ("x",), ("y",))],
        ["x"],
        ["y"],
    )
    with pytest.raises(ModelNotSupported, match="`x` has the shape 1x0x3, which holds no value"):
        fit(written(tmp_path / "m.tflite", empty), None, {})


@pytest.mark.parametrize(
    "settings",
    [
        RuntimeSettings(),
        RuntimeSettings(batch=3),
        RuntimeSettings(instances=2, instance_kind="processes"),
        RuntimeSettings(batch=2, instances=2, instance_kind="processes"),
        RuntimeSettings(resolver="reference"),
    ],
    ids=str,
)
@pytest.mark.parametrize("runtime", RUNTIME_NAMES)
def test_every_instance_answers_at_the_chosen_shape(
    tmp_path: Path, runtime: str, settings: RuntimeSettings
) -> None:
    model = at_shape(written(tmp_path / "m.tflite", open_image_model()), {"image": (1, 6, 5, 3)})
    rng = np.random.default_rng(5)
    images = rng.uniform(-1, 1, (7, 6, 5, 3)).astype(np.float32)
    whole = Interpreted(model, runtime, "reference")
    expected = [whole.run((image,))[0].ravel() for image in images]
    with sut_factory(runtime)(model, settings) as sut:
        sut.load({index: (image,) for index, image in enumerate(images)})
        for lane in sut.lanes:
            rows = lane.infer(range(7)).outputs[:7]
            found = [sut.decode(row.tobytes())[0] for row in rows]
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_a_prefix_has_the_shapes_of_the_whole(images: Model) -> None:
    sized = at_shape(images, {"image": (1, 20, 30, 3)})
    prefix = prefix_of(sized, 1)
    assert prefix.facts.outputs[0].shape == (1, 20, 30, 8)
    assert Interpreted(prefix).run((np.zeros((20, 30, 3)),))[0].shape == (1, 20, 30, 8)


def test_the_first_run_at_a_shape_is_on_the_data(tmp_path: Path) -> None:
    """A table of three rows: other numbers than the data's would be refused."""
    table = NewModel(
        [
            NewTensor("ids", (1, 1), "int32", shape_signature=(1, -1)),
            NewTensor("one", (1,), "int32", values=np.array([100])),
            NewTensor("row", (1, 1), "int32", shape_signature=(1, -1)),
            NewTensor("table", (3, 4), "float32", values=np.ones((3, 4))),
            NewTensor("made", (1, 1, 4), "float32", shape_signature=(1, -1, 4)),
        ],
        [
            NewOp("SUB", ("ids", "one"), ("row",), ("Sub", {})),
            NewOp("GATHER", ("table", "row"), ("made",), ("Gather", {"axis": 0})),
        ],
        ["ids"],
        ["made"],
    )
    model = written(tmp_path / "m.tflite", table)
    np.savez(tmp_path / "d.npz", inputs=np.full((4, 6), 101))
    sized, _ = fit(model, load_dataset(str(tmp_path / "d.npz")), {})
    assert sized.facts.outputs[0].shape == (1, 6, 4)


def test_an_output_without_a_value_is_refused_by_whatever_looks_at_it(tmp_path: Path) -> None:
    empty = NewModel(
        [
            NewTensor("x", (1, 4), "float32"),
            NewTensor("begin", (2,), "int32", values=np.array([0, 0])),
            NewTensor("size", (2,), "int32", values=np.array([1, 0])),
            NewTensor("y", (1, 0), "float32"),
        ],
        [NewOp("SLICE", ("x", "begin", "size"), ("y",))],
        ["x"],
        ["y"],
    )
    model = written(tmp_path / "m.tflite", empty)
    with pytest.raises(ModelNotSupported, match=r"`y` has the shape \[1, 0\]"):
        Interpreted(model)
    with pytest.raises(ModelNotSupported, match=r"`y` has the shape \[1, 0\]"):
        sut_factory("litert")(model, RuntimeSettings())
