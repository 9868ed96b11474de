"""Delegates, real ones built here: one takes an op, one takes none, one fails."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgebench.errors import DelegateFailed
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import resolve_model
from edgebench.rundir.records.placement import PlacedOps
from edgebench.runtime_settings import InstanceKind, RuntimeSettings
from edgebench.sut.contract import SystemUnderTest
from tests.conftest import RUNTIME_NAMES
from tests.sut.opened import sut_factory

# The head of TfLiteDelegate (tensorflow/lite/core/c/common.h) is all that a delegate which
# looks at the graph and takes nothing has to fill.
IDLE = r"""
#include <stdint.h>
#include <stdlib.h>
typedef struct Delegate {
  void* data;
  int (*Prepare)(void* context, struct Delegate* delegate);
  void* copy_from; void* copy_to; void* free_handle;
  int64_t flags;
  void* opaque;
} Delegate;
static int prepare(void* context, Delegate* delegate) { return 0; }
Delegate* tflite_plugin_create_delegate(char** keys, char** values, size_t count,
                                        void (*report)(const char*)) {
  if (count && keys[0][0] == 'f') { report("told to fail"); return NULL; }
  Delegate* delegate = calloc(1, 256);
  delegate->Prepare = prepare;
  return delegate;
}
void tflite_plugin_destroy_delegate(Delegate* delegate) { free(delegate); }
"""

# Takes every RELU, and doubles instead, so that it shows who ran it.
DOUBLING = r"""
#include <stdint.h>
#include <stdlib.h>
#define RELU 19
typedef struct { int size; int data[]; } Ints;
typedef struct { int type; float* data; Ints* dims; float scale; int zero; int kind; size_t bytes; }
  Tensor;
typedef struct { Ints* inputs; Ints* outputs; } Node;
typedef struct Context Context;
typedef struct Delegate Delegate;
typedef struct {
  void* (*init)(Context*, const char*, size_t);
  void (*free)(Context*, void*);
  int (*prepare)(Context*, Node*);
  int (*invoke)(Context*, Node*);
  const char* (*profiling)(const Context*, const Node*);
  int32_t builtin_code;
  const char* custom_name;
  int version;
  void* more[8];
} Registration;
struct Context {
  size_t tensors_size;
  int (*plan)(Context*, Ints**);
  char* tensors;
  void* impl;
  int (*resize)(Context*, void*, Ints*);
  void (*report)(Context*, const char*, ...);
  int (*add)(Context*, int, int*);
  int (*node)(Context*, int, Node**, Registration**);
  int (*replace)(Context*, Registration, const Ints*, Delegate*);
};
struct Delegate {
  void* data;
  int (*Prepare)(Context* context, Delegate* delegate);
  void* copy_from; void* copy_to; void* free_handle;
  int64_t flags;
  void* opaque;
};
static Tensor* tensor(Context* context, int number) {
  return (Tensor*)(context->tensors + number * TENSOR_BYTES);
}
static int ready(Context* context, Node* node) { return 0; }
static int invoke(Context* context, Node* node) {
  Tensor* from = tensor(context, node->inputs->data[0]);
  Tensor* to = tensor(context, node->outputs->data[0]);
  for (size_t i = 0; i < from->bytes / sizeof(float); i++) to->data[i] = 2 * from->data[i];
  return 0;
}
static int prepare(Context* context, Delegate* delegate) {
  Ints* plan;
  if (context->plan(context, &plan)) return 1;
  Ints* taken = calloc(1, sizeof(Ints) + plan->size * sizeof(int));
  for (int i = 0; i < plan->size; i++) {
    Node* node; Registration* registration;
    if (context->node(context, plan->data[i], &node, &registration)) return 1;
    if (registration->builtin_code == RELU) taken->data[taken->size++] = plan->data[i];
  }
  Registration ours = {.prepare = ready, .invoke = invoke, .custom_name = "Doubling", .version = 1};
  int status = context->replace(context, ours, taken, delegate);
  free(taken);
  return status;
}
Delegate* tflite_plugin_create_delegate(char** keys, char** values, size_t count,
                                        void (*report)(const char*)) {
  Delegate* delegate = calloc(1, 256);
  delegate->Prepare = prepare;
  return delegate;
}
void tflite_plugin_destroy_delegate(Delegate* delegate) { free(delegate); }
"""
TENSOR_BYTES = 112  # sizeof(TfLiteTensor) of both runtimes on a 64-bit machine


def built(folder: Path, code: str) -> Path:
    source, library = folder / "delegate.c", folder / "delegate.so"
    source.write_text(code)
    flags = ["-shared", "-fPIC", f"-DTENSOR_BYTES={TENSOR_BYTES}"]
    subprocess.run(["gcc", *flags, "-o", library, source], check=True)
    return library


def placed(sut: SystemUnderTest) -> tuple[PlacedOps, ...]:
    placement = sut.description.placement
    return () if placement is None else placement.parts


@pytest.fixture(scope="module")
def idle_delegate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("idle"), IDLE)


@pytest.mark.parametrize("instance_kind", ["threads", "processes"])
@pytest.mark.parametrize("runtime", RUNTIME_NAMES)
def test_a_delegate_runs_the_ops_that_it_takes_and_is_named(
    tmp_path: Path, runtime: str, instance_kind: InstanceKind
) -> None:
    library = str(built(tmp_path, DOUBLING))
    model = NewModel(
        [NewTensor(name, (1, 4), "float32") for name in ("a", "positive", "sum")],
        [
            NewOp("RELU", ("a",), ("positive",)),
            NewOp("ADD", ("positive", "a"), ("sum",), ("Add", {})),
        ],
        ["a"],
        ["sum"],
    )
    path = tmp_path / "relu.tflite"
    path.write_bytes(model.to_bytes())
    values = np.array([[-1, 0.5, 2, -3]], np.float32)
    options = RuntimeSettings(delegate=library, instance_kind=instance_kind)
    with pytest.raises(DelegateFailed, match=r"not take all of relu: 1 of 2 ops \(ADD\) by "):
        sut_factory(runtime)(resolve_model(str(path)), options)
    options = replace(options, allow_fallback=True)
    with sut_factory(runtime)(resolve_model(str(path)), options) as sut:
        assert library in sut.description.delegates
        assert [(part.by, dict(part.kinds)) for part in placed(sut)] == [
            (library, {"RELU": 1}),
            ("XNNPACK", {"ADD": 1}),
        ]
        assert [dict(part.kinds) for part in sut.description.fallback] == [{"ADD": 1}]
        sut.load({0: (values,)})
        inference = sut.infer([0])
        (answer,) = sut.decode(inference.outputs[0].tobytes())
    np.testing.assert_allclose(answer.reshape(1, 4), 2 * values + values)


@pytest.mark.parametrize("runtime", RUNTIME_NAMES)
def test_a_delegate_that_takes_no_op_is_refused(idle_delegate: Path, runtime: str) -> None:
    options = RuntimeSettings(delegate=str(idle_delegate))
    with pytest.raises(DelegateFailed, match="takes no op of kws-ds-cnn:int8"):
        sut_factory(runtime)(resolve_model("kws-ds-cnn"), options)


def test_a_delegate_that_refuses_its_options_is_said(idle_delegate: Path) -> None:
    options = RuntimeSettings(delegate=str(idle_delegate), delegate_options={"fail": "1"})
    with pytest.raises(DelegateFailed, match="can't be loaded"):
        sut_factory("litert")(resolve_model("kws-ds-cnn"), options)
