"""A model that gives its last inputs, which it keeps in a variable, as a streaming one does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.tflite.tensors import Quantization

SCALE = Quantization((0.25,), (-7,))
WINDOW, STEP = (1, 4, 3), (1, 1, 3)
PAST = (1, 3, 3)


def int8(name: str, shape: Sequence[int], values: Any = None) -> NewTensor:
    return NewTensor(name, tuple(shape), "int8", SCALE, values)


def numbers(name: str, values: Sequence[int]) -> NewTensor:
    return NewTensor(name, (len(values),), "int32", None, np.array(values, np.int32))


def handle(name: str = "past") -> NewTensor:
    return NewTensor(name, (), "resource")


def variable(name: str, shared: str = "past") -> NewOp:
    return NewOp("VAR_HANDLE", (), (name,), ("VarHandle", {"container": "", "sharedName": shared}))


def first_values(values: Any) -> NewModel:
    """Return the graph that CALL_ONCE runs."""
    assign = NewOp("ASSIGN_VARIABLE", ("v", "first"), (), ("AssignVariable", {}))
    return NewModel([handle("v"), int8("first", PAST, values)], [variable("v"), assign], [], [])


def window_model(*, graphs: Sequence[NewModel] = (), assigns_early: bool = False) -> NewModel:
    """Return a model that gives its last four inputs, as a streaming one sees them."""
    once = [NewOp("CALL_ONCE", (), (), ("CallOnce", {"initSubgraphIndex": 1}))] if graphs else []
    assign = NewOp("ASSIGN_VARIABLE", ("past", "rest"), (), ("AssignVariable", {}))
    again = NewOp("CONCATENATION", ("read", "in"), ("out",), ("Concatenation", {"axis": 1}))
    return NewModel(
        [
            *(int8("in", STEP), int8("read", PAST), int8("all", WINDOW), int8("rest", PAST)),
            *(int8("out", WINDOW), handle(), numbers("b", (0, 1, 0))),
            *(numbers("e", (1, 4, 3)), numbers("s", (1, 1, 1))),
        ],
        [
            *once,
            variable("past"),
            NewOp("READ_VARIABLE", ("past",), ("read",), ("ReadVariable", {})),
            NewOp("CONCATENATION", ("read", "in"), ("all",), ("Concatenation", {"axis": 1})),
            NewOp("STRIDED_SLICE", ("all", "b", "e", "s"), ("rest",), ("StridedSlice", {})),
            *([assign, again] if assigns_early else [again, assign]),
        ],
        ["in"],
        ["out"],
        graphs=graphs,
    )
