"""docs/deploy.md lists every op that TensorFlow Lite Micro has and the firmware lacks."""

from __future__ import annotations

import os
import re
from pathlib import Path
from tempfile import TemporaryFile

from edgebench.firmware.reading import folding
from edgebench.firmware.reading.network import RULES
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.tflite.flatbuffer.schema import names_of
from edgebench.models.tflite.tensors import Quantization

DEPLOY = Path(__file__).parents[3] / "docs" / "deploy.md"
NO_OPS = ("CUSTOM", "PLACEHOLDER_FOR_GREATER_OP_CODES")
OPTIONS = {"VAR_HANDLE": ("VarHandle", {"sharedName": "kept"})}
"""Without these the interpreter's own Python fails."""
MISSING = re.compile("builtin opcode '(.*)'")


def test_every_op_that_only_tflm_has_is_listed_with_a_reason() -> None:
    wanted = _ops_of_tflm() - RULES.keys() - folding.NAMES
    assert _listed() == wanted


def _ops_of_tflm() -> set[str]:
    """Return the builtin ops that the installed interpreter registers: it is asked for each."""
    names = set(names_of("BuiltinOperator").values()) - {*NO_OPS}
    lacking = set(MISSING.findall("".join(map(_said_of, sorted(names)))))
    assert {"STABLEHLO_ADD", "RANGE"} <= lacking
    return names - lacking


def _said_of(name: str) -> str:
    """Return what the interpreter prints about an op; a custom one keeps it from preparing any."""
    from tflite_micro.python.tflite_micro import runtime

    stored = Quantization((0.1,), (0,))
    made = NewModel(
        [NewTensor(each, (1, 4), "int8", stored) for each in "abc"],
        [
            NewOp(name, ("a",), ("b",), OPTIONS.get(name)),
            NewOp("CUSTOM", ("b",), ("c",), custom="NoSuchOp"),
        ],
        ["a"],
        ["c"],
    )
    with TemporaryFile() as printed:
        kept = os.dup(2)
        os.dup2(printed.fileno(), 2)
        try:
            runtime.Interpreter.from_bytes(made.to_bytes(), arena_size=1 << 14)
        except RuntimeError:
            pass
        else:
            raise AssertionError(name)
        finally:
            os.dup2(kept, 2)
            os.close(kept)
        printed.seek(0)
        return printed.read().decode()


def _listed() -> set[str]:
    """Return the ops of the table's first column; each row has a reason."""
    _, _, behind = DEPLOY.read_text().partition("| TFLM's op | why not |\n|---|---|\n")
    rows = behind.partition("\n\n")[0].splitlines()
    found: set[str] = set()
    for row in rows:
        _, ops, reason, _ = row.split("|")
        assert reason.strip()
        found.update(each.strip() for each in ops.split(","))
    return found
