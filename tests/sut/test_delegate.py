"""Delegates, with real ones built here: a library that takes no op, and one that fails."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from edgebench.errors import DelegateFailed
from edgebench.models.resolve import resolve_model
from edgebench.sut.contract import SutOptions
from edgebench.sut.open import sut_factory

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


@pytest.fixture(scope="module")
def idle_delegate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("delegate")
    source, library = folder / "idle.c", folder / "idle.so"
    source.write_text(IDLE)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source], check=True)
    return library


@pytest.mark.parametrize("runtime", ["litert", "tflite-runtime"])
def test_a_delegate_that_takes_no_op_is_refused(idle_delegate: Path, runtime: str) -> None:
    options = SutOptions(delegate=str(idle_delegate))
    with pytest.raises(DelegateFailed, match="takes no op of kws-ds-cnn:int8"):
        sut_factory(runtime)(resolve_model("kws-ds-cnn"), options)


def test_a_delegate_that_refuses_its_options_is_told(idle_delegate: Path) -> None:
    options = SutOptions(delegate=str(idle_delegate), delegate_options={"fail": "1"})
    with pytest.raises(DelegateFailed, match="can't be loaded"):
        sut_factory("litert")(resolve_model("kws-ds-cnn"), options)
