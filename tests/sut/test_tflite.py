from __future__ import annotations

import gc
import os
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from flatbuffers import flexbuffers

from edgebench.datasets.load import load_dataset
from edgebench.errors import (
    DatasetMismatch,
    DelegateFailed,
    ModelNotSupported,
    RuntimeMissing,
    SutFailed,
    UsageError,
)
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import Model, resolve_model
from edgebench.runtime_settings import Resolver, RuntimeSettings
from edgebench.sut.contract import LaneAhead
from edgebench.sut.process.shared_batch import SharedBatch
from tests.conftest import RUNTIME_NAMES
from tests.models.made_models import dense_model
from tests.sut.opened import sut_factory

ByHand = Callable[..., list[bytes]]


def answers(model: Model, options: RuntimeSettings, samples: list, runtime: str = "litert") -> list:
    """Return every lane's answers, as one list of bytes a lane."""
    with sut_factory(runtime)(model, options) as sut:
        sut.load(dict(enumerate(samples)))
        found = []
        for lane in sut.lanes:
            inference = lane.infer(range(len(samples)))
            found.append([row.tobytes() for row in inference.outputs[: len(samples)]])
        return found


@pytest.mark.parametrize("runtime", RUNTIME_NAMES)
@pytest.mark.parametrize("resolver", ["default", "reference", "no-delegate"])
@pytest.mark.parametrize("name", ["kws-ds-cnn:int8", "digits-resnet8:float32"])
def test_answers_are_the_runtimes_own_byte_for_byte(
    runtime: str, resolver: Resolver, name: str, by_hand: ByHand
) -> None:
    model = resolve_model(name)
    data = load_dataset(name.partition("-")[0])
    samples = [data.sample(i) for i in range(8)]
    expected = by_hand(model, samples, runtime, resolver)
    assert answers(model, RuntimeSettings(resolver=resolver), samples, runtime) == [expected]


def test_one_sample_and_many_give_the_same_answers(by_hand: ByHand) -> None:
    model, data = resolve_model("kws-ds-cnn"), load_dataset("kws")
    samples = [data.sample(i) for i in range(5)]
    expected = by_hand(model, samples, "litert", "default")
    with sut_factory("litert")(model, RuntimeSettings()) as sut:
        sut.load(dict(enumerate(samples)))
        assert [sut.infer((i,)).outputs[0].tobytes() for i in range(5)] == expected
        outputs = sut.infer([4, 0]).outputs
        assert [row.tobytes() for row in outputs[:2]] == [expected[4], expected[0]]
        assert sut.infer([3]).invoke_ns > 0


@pytest.mark.parametrize(
    "options",
    [
        RuntimeSettings(instances=2),
        RuntimeSettings(instances=2, instance_kind="processes"),
        RuntimeSettings(batch=3),
        RuntimeSettings(threads=2),
        RuntimeSettings(batch=2, instances=2, instance_kind="processes"),
    ],
    ids=str,
)
def test_instances_batches_and_threads_answer_alike(
    options: RuntimeSettings, by_hand: ByHand
) -> None:
    model, data = resolve_model("kws-ds-cnn"), load_dataset("kws")
    samples = [data.sample(i) for i in range(7)]  # not a multiple of any batch
    expected = by_hand(model, samples, "litert", "default")
    assert answers(model, options, samples) == [expected] * options.instances


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_several_inputs_and_outputs(two_by_two: Model, by_hand: ByHand, kind: str) -> None:
    rng = np.random.default_rng(2)
    samples = [tuple(rng.uniform(-5, 5, (2, 6)).astype(np.float32)) for _ in range(4)]
    expected = by_hand(two_by_two, samples, "litert", "default")
    options = RuntimeSettings(instance_kind=kind)  # type: ignore[arg-type]
    assert answers(two_by_two, options, samples) == [expected]
    with sut_factory("litert")(two_by_two, options) as sut:
        sut.load({0: samples[0]})
        row = sut.infer([0]).outputs[0].tobytes()
        assert row == expected[0]
        total, small = sut.decode(row)
        assert np.allclose(total, samples[0][0] + samples[0][1])
        assert np.abs(small - samples[0][1]).max() <= 0.05 + 1e-5
        with pytest.raises(SutFailed, match="bytes of output"):
            sut.decode(row[:-1])


def test_nothing_is_allocated_on_the_timed_path() -> None:
    model, data = resolve_model("kws-ds-cnn"), load_dataset("kws")
    with sut_factory("litert")(model, RuntimeSettings()) as sut:
        sut.load({0: data.sample(0)})
        infer, which = sut.lanes[0].infer, [0]
        for _ in range(10):
            infer(which)
        tracemalloc.start()
        try:
            before = tracemalloc.take_snapshot()
            for _ in range(1000):
                infer(which)
            after = tracemalloc.take_snapshot()
        finally:
            tracemalloc.stop()
    here = tracemalloc.Filter(True, "*/edgebench/sut/*")
    grown = after.filter_traces([here]).compare_to(before.filter_traces([here]), "lineno")
    # The one number that stays is the time of the last invoke.
    assert sum(each.size_diff for each in grown) < 200


def test_what_was_applied_is_described() -> None:
    with sut_factory("litert")(resolve_model("kws-ds-cnn"), RuntimeSettings(threads=2)) as sut:
        assert sut.description.delegates == ("XNNPACK",)
        assert sut.description.default_delegates == ("XNNPACK",)
        placement = sut.description.placement
        assert placement is not None
        assert {part.by: part.ops for part in placement.parts} == {
            "XNNPACK": 11,
            "the runtime's own kernels": 2,  # an average pool and a softmax of int8
        }
        assert sum(part.macs or 0 for part in placement.parts) == 2_656_768
        assert sut.description.settings.threads == 2
        assert sut.description.runtime_version[0].isdigit()
    with sut_factory("litert")(
        resolve_model("kws-ds-cnn"), RuntimeSettings(resolver="reference")
    ) as s:
        assert s.description.delegates == ()


def test_a_runtime_that_is_not_here_lists_those_that_are() -> None:
    with pytest.raises(
        RuntimeMissing, match="`runtime`: unknown value 'onnx'; choose from litert, onnxr"
    ):
        sut_factory("onnx")


def test_zero_threads_are_refused() -> None:
    with pytest.raises(UsageError, match="at least 1"):
        RuntimeSettings(threads=0)


def written(path: Path, model: NewModel) -> Model:
    path.write_bytes(model.to_bytes())
    return resolve_model(str(path))


def one_op(op: NewOp) -> NewModel:
    return NewModel(
        [NewTensor("a", (1, 4), "float32"), NewTensor("b", (1, 4), "float32")], [op], ["a"], ["b"]
    )


def test_a_custom_op_is_named_with_what_to_do(tmp_path: Path) -> None:
    model = written(tmp_path / "m.tflite", one_op(NewOp("CUSTOM", ("a",), ("b",), custom="MyOp")))
    with pytest.raises(ModelNotSupported, match=r"custom op MyOp.*`delegate`"):
        sut_factory("litert")(model, RuntimeSettings())


def test_a_custom_op_that_the_runtime_has_is_run(tmp_path: Path) -> None:
    """LiteRT registers a few: the op's kind alone decides nothing."""
    options = flexbuffers.Dumps(
        {
            "upper_frequency_limit": 4000.0,
            "lower_frequency_limit": 20.0,
            "filterbank_channel_count": 40,
            "dct_coefficient_count": 13,
        }
    )
    spectrogram = NewModel(
        [
            NewTensor("spectrogram", (1, 4, 129), "float32"),
            NewTensor("rate", (1,), "int32", values=np.array([16000])),
            NewTensor("mfcc", (1, 4, 13), "float32"),
        ],
        [
            NewOp(
                "CUSTOM", ("spectrogram", "rate"), ("mfcc",), custom="Mfcc", custom_options=options
            )
        ],
        ["spectrogram"],
        ["mfcc"],
    )
    model = written(tmp_path / "m.tflite", spectrogram)
    with sut_factory("litert")(model, RuntimeSettings()) as sut:
        assert len(sut.lanes) == 1


@pytest.mark.parametrize("runtime", RUNTIME_NAMES)
def test_an_op_that_the_runtime_lacks_is_refused(tmp_path: Path, runtime: str) -> None:
    # Float inputs to an op that takes only strings: every runtime refuses it in Prepare.
    model = written(tmp_path / "m.tflite", one_op(NewOp("HASHTABLE_LOOKUP", ("a",), ("b",))))
    with pytest.raises(ModelNotSupported, match=f"{runtime} .* can't run m"):
        sut_factory(runtime)(model, RuntimeSettings())


def test_a_batch_needs_a_model_that_can_be_resized(tmp_path: Path) -> None:
    model = written(tmp_path / "m.tflite", dense_model((4, 3), batch=2))
    with pytest.raises(ModelNotSupported, match="a batch of 1 to resize"):
        sut_factory("litert")(model, RuntimeSettings(batch=2))


def test_an_output_with_its_batch_elsewhere_is_refused(tmp_path: Path) -> None:
    """Of two rows and a batch of 2 the shape looks like a batch, and values would be swapped."""
    tensors = [
        NewTensor("a", (1, 2, 3), "float32"),
        NewTensor("order", (3,), "int32", values=np.array([1, 0, 2])),
        NewTensor("b", (2, 1, 3), "float32"),
    ]
    op = NewOp("TRANSPOSE", ("a", "order"), ("b",), ("Transpose", {}))
    model = written(tmp_path / "m.tflite", NewModel(tensors, [op], ["a"], ["b"]))
    with pytest.raises(ModelNotSupported, match=r"`b` is 2x1x3 for one sample and 2x2x3 for 2;"):
        sut_factory("litert")(model, RuntimeSettings(batch=2))


def test_samples_that_do_not_fit_are_refused() -> None:
    with sut_factory("litert")(resolve_model("kws-ds-cnn"), RuntimeSettings()) as sut:
        with pytest.raises(DatasetMismatch, match="490 values"):
            sut.load({0: (np.zeros(7),)})
        with pytest.raises(DatasetMismatch, match="1 inputs, a sample of the dataset has 2"):
            sut.load({0: (np.zeros(490), np.zeros(1))})


def test_a_process_has_two_pieces_of_any_size_ahead() -> None:
    """Neither end waits for the other to read, and no answer lies where another is written."""
    model, data = resolve_model("kws-ds-cnn"), load_dataset("kws")
    with sut_factory("litert")(model, RuntimeSettings(instance_kind="processes")) as sut:
        (lane,) = sut.lanes
        assert isinstance(lane, LaneAhead)
        sut.load({index: data.sample(index) for index in (0, 1)})
        expected = [sut.infer([index]).outputs[0].tobytes() for index in (0, 1)]
        pieces = [[0] * 40_000, [1] * 40_000, [0], [1], [0, 1] * 10]
        found: list[list[bytes]] = []

        def run() -> None:
            lane.send(pieces[0])
            for later in [*pieces[1:], None]:
                if later:
                    lane.send(later)
                outputs = lane.receive().outputs
                count = len(pieces[len(found)])
                found.append([outputs[0].tobytes(), outputs[count - 1].tobytes()])

        running = Thread(target=run, daemon=True)
        running.start()
        running.join(60)
        stands_still = running.is_alive()
        if stands_still:
            lane._process.kill()  # type: ignore[attr-defined]
    assert not stands_still
    assert found == [[expected[piece[0]], expected[piece[-1]]] for piece in pieces]


def test_no_memory_for_the_outputs_of_a_process_is_said() -> None:
    """2**50 bytes: more than a process can address."""
    piece = SharedBatch(os.memfd_create("test"))
    piece.stride = 2**40 - 8
    with pytest.raises(SutFailed, match=r"outputs of 1024 samples: .*; try a smaller `batch`"):
        piece.reserve(1024)


def test_a_process_that_dies_is_told_with_its_end() -> None:
    options = RuntimeSettings(instance_kind="processes")
    with sut_factory("litert")(resolve_model("kws-ds-cnn"), options) as sut:
        sut.load({0: load_dataset("kws").sample(0)})
        sut.lanes[0]._process.kill()  # type: ignore[attr-defined]
        with pytest.raises(SutFailed, match="signal 9"):
            sut.infer([0])


@pytest.mark.parametrize(
    ("program", "said"),
    [("/nonexistent", "can't be started: No such file"), ("/bin/false", r"ended \(exit code 1\)")],
)
def test_a_process_that_can_t_start_is_said_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, program: str, said: str
) -> None:
    """Also where the model is more than a socket takes from one who reads nothing."""
    model = resolve_model("scene-mobilenet:float32")
    monkeypatch.setattr(sys, "executable", program)
    gc.collect()
    opened = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        with pytest.raises(SutFailed, match=said):
            sut_factory("litert")(model, RuntimeSettings(instance_kind="processes", instances=2))
    gc.collect()
    assert len(list(Path("/proc/self/fd").iterdir())) == opened


def test_what_a_process_raises_is_raised_here() -> None:
    """And the next piece is run all the same."""
    model, data = resolve_model("kws-ds-cnn"), load_dataset("kws")
    with sut_factory("litert")(model, RuntimeSettings(instance_kind="processes")) as sut:
        sut.load({0: data.sample(0)})
        with pytest.raises(SutFailed, match="KeyError: 7"):
            sut.infer([7])
        assert len(sut.infer([0]).outputs) == 1


def test_a_python_without_memfd_create_has_other_memory(
    monkeypatch: pytest.MonkeyPatch, by_hand: ByHand
) -> None:
    """Builds for old systems lack it, whatever the kernel has."""
    monkeypatch.delattr(os, "memfd_create")
    model, data = resolve_model("kws-ds-cnn"), load_dataset("kws")
    samples = [data.sample(index) for index in range(5)]
    expected = by_hand(model, samples, "litert", "default")
    assert answers(model, RuntimeSettings(instance_kind="processes"), samples) == [expected]


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_outputs_that_move_are_refused(tmp_path: Path, kind: str) -> None:
    """UNIQUE has as many outputs as there are different inputs."""
    tensors = [NewTensor(name, (size,), "int32") for name, size in (("x", 64), ("y", 1), ("i", 64))]
    op = NewOp("UNIQUE", ("x",), ("y", "i"), ("Unique", {"idxOutType": 2}))  # int32
    model = written(tmp_path / "m.tflite", NewModel(tensors, [op], ["x"], ["y"]))
    with sut_factory("litert")(model, RuntimeSettings(instance_kind=kind)) as sut:  # type: ignore[arg-type]
        sut.load({0: (np.arange(64),)})
        sut.infer([0])
        with pytest.raises(ModelNotSupported, match="size of the model's output depends on its in"):
            sut.unload([0])


def test_a_delegate_that_cannot_be_loaded(tmp_path: Path) -> None:
    not_a_library = tmp_path / "delegate.so"
    not_a_library.write_text("no")
    for path in (not_a_library, tmp_path / "missing.so"):
        with pytest.raises(DelegateFailed, match="can't be loaded"):
            sut_factory("litert")(resolve_model("kws-ds-cnn"), RuntimeSettings(delegate=str(path)))
