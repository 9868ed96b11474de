"""Runtimes as other packages may bring them: another format, an old contract, and broken ones."""

from __future__ import annotations

PYPROJECT = """
[build-system]
requires = ["hatchling>=1.24"]
build-backend = "hatchling.build"

[project]
name = "odd-runtimes"
version = "0.9"

[project.entry-points."edgebench.suts"]
linear = "odd_runtimes:Linear"
old = "odd_runtimes:open_old"
absent = "odd_runtimes:Absent"
broken = "odd_runtimes:Nothing"
half = "odd_runtimes:Half"
typo = "odd_runtimes:Typo"
blind = "odd_runtimes:Blind"

[tool.hatch.build.targets.wheel]
only-include = ["odd_runtimes.py"]
"""
SOURCE = '''
"""A runtime of its own format: a matrix in a .linear file, after one line of text."""

import time

import numpy as np

from edgebench.errors import ModelInvalid
from edgebench.types import (
    HOST_CLOCK,
    Inference,
    ModelFacts,
    RuntimePackage,
    SutDescription,
    Tensor,
)

MARK = b"linear 8 3\\n"
HERE = RuntimePackage("odd-runtimes", "odd_runtimes", "`pip install odd-runtimes`")


def weights_of(content, where):
    if not content.startswith(MARK) or len(content) != len(MARK) + 4 * 8 * 3:
        raise ModelInvalid(f"{where}: not a whole .linear file")
    return np.frombuffer(content[len(MARK):], np.float32).reshape(8, 3)


class Linear:
    name = "linear"
    aliases = ("matrix",)
    summary = "a matrix by a vector"
    requires = HERE
    formats = (".linear",)
    processors = ("abacus", "cpu")
    settings = ("batch",)
    profiles_ops = False
    preference = 0

    def read_model(self, content, where):
        weights_of(content, where)
        entry = Tensor(0, "x", (1, 8), (1, 8), "FLOAT32", None)
        exit_ = Tensor(1, "y", (1, 3), (1, 3), "FLOAT32", None)
        return ModelFacts(
            size_bytes=len(content), description="", tensors=(entry, exit_), inputs=(entry,),
            outputs=(exit_,), ops=(), signatures=(), subgraphs=1, arena_bytes=44,
        )

    def open(self, model, settings):
        return System(weights_of(model.content, str(model.path)), settings)


class System:
    def __init__(self, weights, settings):
        self.weights = weights
        self.samples = {}
        self.inference = Inference(np.zeros((1, 12), np.uint8))
        self.lanes = [self]
        self.description = SutDescription(
            name="linear", runtime="odd-runtimes", runtime_version="0.9", settings=settings,
            delegates=(), clock=HOST_CLOCK,
        )

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.samples.clear()

    def load(self, samples):
        self.samples.update({i: np.asarray(x, np.float32).ravel() for i, (x,) in samples.items()})

    def unload(self, indices):
        for index in indices:
            self.samples.pop(index, None)

    def infer(self, indices):
        started = time.perf_counter_ns()
        if len(indices) > len(self.inference.outputs):
            self.inference.rebind(np.zeros((len(indices), 12), np.uint8))
        for place, index in enumerate(indices):
            self.inference.outputs[place] = (self.samples[index] @ self.weights).view(np.uint8)
        self.inference.invoke_ns = time.perf_counter_ns() - started
        return self.inference

    def decode(self, output):
        return (np.frombuffer(output, np.float32),)


def open_old(model, settings):
    """The contract of 0.2: a function and nothing else."""
    from edgebench.sut.runtimes.litert import LITERT

    return LITERT.open(model, settings)


class Absent(Linear):
    name = "absent"
    aliases = ()
    requires = RuntimePackage("no-such-thing", "no_such_thing", "`pip install no-such-thing`")
    formats = (".tflite",)


class Half:
    name = "half"


class Typo(Linear):
    name = "typo"
    settings = ("treads",)


class Blind:
    name = "blind"
    aliases = settings = processors = ()
    summary = "it takes what nobody reads"
    requires = HERE
    formats = (".onnx",)
    profiles_ops = False
    preference = 0

    def open(self, model, settings):
        raise AssertionError("nothing can be opened")
'''
