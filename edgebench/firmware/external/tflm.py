"""TensorFlow Lite Micro as an engine: the user's own checkout, with CMSIS-NN where that is there.

Only what a model needs is compiled: the interpreter, and the kernels of its ops.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from edgebench.errors import ModelNotSupported, UsageError
from edgebench.firmware.c_files import firmware_folder
from edgebench.firmware.external.contract import HEADERS, ExternalEngine, below, may_be_included
from edgebench.models.prefix import name_of
from edgebench.models.resolve import Model
from edgebench.models.tflite.block import Part, alignment_of, parts_of

NAME, WITH_CMSIS_NN = "tflm", "tflm-cmsis-nn"
LITE = Path("tensorflow/lite")
KERNELS = LITE / "micro/kernels"
RESOLVER = LITE / "micro/micro_mutable_op_resolver.h"
DOWNLOADS = LITE / "micro/tools/make/downloads"
"""Where TFLM's own Makefile puts what its headers need."""
NEEDED = ("flatbuffers", "gemmlowp", "ruy")
CMSIS, CMSIS_NN = "cmsis", "cmsis_nn"
MICRO = ("micro", "micro/arena_allocator", "micro/memory_planner", "micro/tflite_bridge")
NOT_LIBRARY = re.compile(r"_test\.cc$|^(fake|mock|test)_|^test_helper|^recording_|^hexdump")
DEFINES = (
    *("TF_LITE_STATIC_MEMORY", "TF_LITE_DISABLE_X86_NEON", "TF_LITE_STRIP_ERROR_STRINGS"),
    "NDEBUG",
)
CMSIS_NN_DEFINES = ("CMSIS_NN", "ARM_NN_ENABLE_F16=0", "ARM_NN_ENABLE_F32=0")
"""As TFLM's Makefile has them in a release."""
REAL = re.compile(r"_f(16|32)\.c$|arm_nntables_flt\.c$")
ADDED = re.compile(
    r"TfLiteStatus (Add\w+)\((?:(?!TfLiteStatus).)*?AddBuiltin\(\s*BuiltinOperator_(\w+)", re.DOTALL
)
REGISTERED = re.compile(r"^\s*(?:const )?TFLMRegistration\*? (Register_\w+)\(\)", re.MULTILINE)
INCLUDED = re.compile(r'#include "tensorflow/lite/micro/kernels/(\w+)\.h"')
ARENA_BYTES, OP_BYTES = 12_288, 512
"""Of the interpreter's own, for all and for each op, besides one and a half of the activations:
TFLM says how much it needs when it has planned the model."""


@dataclass(frozen=True)
class Checkout:
    """A checkout of tflite-micro; ``cmsis_nn`` says whether its kernels are taken."""

    folder: Path
    cmsis_nn: bool

    @property
    def downloads(self) -> Path:
        """Where its third parties are."""
        return self.folder / DOWNLOADS


def tflm_engine(
    folder: Path, model: Model, *, is_cortex_m: bool, optimized: bool
) -> ExternalEngine:
    """Return the engine for a model.

    Parameters
    ----------
    is_cortex_m
        Whether the processor is one that CMSIS-NN is for.
    optimized
        Whether CMSIS-NN is taken where it is there.

    Raises
    ------
    UsageError
        If the folder is no checkout, or lacks what TFLM's headers need.
    ModelNotSupported
        If TFLM has none of the model's ops, or it is not the file's first graph.
    """
    there = all((folder / DOWNLOADS / each).is_dir() for each in (CMSIS, CMSIS_NN))
    checkout = Checkout(folder, cmsis_nn=optimized and is_cortex_m and there)
    _check(checkout)
    ops = _ops_of(model, checkout)
    found = checkout.downloads
    includes = [folder, found / "flatbuffers/include", found / "gemmlowp", found / "ruy"]
    if checkout.cmsis_nn:
        includes += [found / CMSIS, found / CMSIS_NN, found / CMSIS / "CMSIS/Core/Include"]
        includes.append(found / CMSIS_NN / "Include")
    adapter = firmware_folder() / "external/tflm"
    return ExternalEngine(
        WITH_CMSIS_NN if checkout.cmsis_nn else NAME,
        folder,
        sources=(adapter / "eb_tflm.cc",),
        library=(tuple(_interpreter(checkout)), *((each,) for each in _kernels(checkout, ops))),
        includes=(*includes, firmware_folder() / "protocol"),
        included=tuple(_headers([folder / "tensorflow", *includes[1:]])),
        defines=(*DEFINES, *(CMSIS_NN_DEFINES if checkout.cmsis_nn else ())),
        files=_model_files(model, list(ops)),
        reports_arena=True,
    )


def _headers(folders: Iterable[Path]) -> list[Path]:
    """Return TFLM's headers, and those of the downloads that it takes: there are others."""
    return [each for each in may_be_included(folders) if each.suffix in HEADERS]


def _check(checkout: Checkout) -> None:
    folder = checkout.folder
    if not (folder / RESOLVER).is_file():
        raise UsageError(
            f"{folder} is no checkout of tflite-micro: it has no {RESOLVER}",
            field="engine",
            value=str(folder),
        )
    missing = [each for each in NEEDED if not (checkout.downloads / each).is_dir()]
    if missing:
        raise UsageError(
            f"{folder} lacks {', '.join(missing)}, which TFLM's headers need: `make -f "
            "tensorflow/lite/micro/tools/make/Makefile third_party_downloads` in it fetches them",
            field="engine",
            value=str(folder),
        )


def _ops_of(model: Model, checkout: Checkout) -> Mapping[str, str]:
    """Return the resolver's functions for a model's ops, each with the op's name."""
    if model.facts.subgraph != 0:
        raise ModelNotSupported(f"{model.label}: TFLM runs the first graph of a file only")
    text = (checkout.folder / RESOLVER).read_text(encoding="utf-8", errors="replace")
    known = {op: function for function, op in ADDED.findall(text)}
    named = sorted({name_of(op) for op in model.facts.ops})
    missing = [each for each in named if each not in known]
    if missing:
        raise ModelNotSupported(
            f"{model.label}: TFLM in {checkout.folder} has no {', '.join(missing)}"
        )
    return {known[each]: each for each in named}


def _interpreter(checkout: Checkout) -> Iterator[Path]:
    """Yield what every model needs, and CMSIS-NN, of which the linker takes what is called."""
    lite = checkout.folder / LITE
    for name in MICRO:
        yield from _sources(lite / name)
    for folder in (lite / "core", lite / "kernels", checkout.folder / "tensorflow/compiler"):
        yield from (each for each in below(folder, (".cc",)) if not NOT_LIBRARY.search(each.name))
    if checkout.cmsis_nn:
        source = checkout.downloads / CMSIS_NN / "Source"
        yield from (each for each in below(source, (".c",)) if not REAL.search(each.name))


def _sources(folder: Path) -> list[Path]:
    return [each for each in sorted(folder.glob("*.cc")) if not NOT_LIBRARY.search(each.name)]


def _kernels(checkout: Checkout, ops: Mapping[str, str]) -> Iterator[Path]:
    """Yield the files with the ops' kernels, and those whose headers they include."""
    folder = checkout.folder / KERNELS
    by_function = _registering(folder)
    needed = [f"Register_{each}" for each in ops.values()]
    left = [by_function[each] for each in needed if each in by_function]
    seen: set[str] = {"kernel_util", "micro_tensor_utils", *left}
    left = sorted(seen)
    while left:
        stem = left.pop()
        for name in (f"{stem}.cc", f"{stem}_common.cc"):
            path = _optimized(checkout, name)
            if not path.is_file():
                continue
            yield path
            text = path.read_text(encoding="utf-8", errors="replace")
            new = set(INCLUDED.findall(text)) - seen
            seen |= new
            left += sorted(new)


def _optimized(checkout: Checkout, name: str) -> Path:
    """Return a kernel's file: CMSIS-NN's where there is one and it is taken."""
    folder = checkout.folder / KERNELS
    faster = folder / CMSIS_NN / name
    return faster if checkout.cmsis_nn and faster.is_file() else folder / name


@cache
def _registering(folder: Path) -> Mapping[str, str]:
    """Return the stem of the file that defines each ``Register_OP``."""
    found: dict[str, str] = {}
    for path in _sources(folder):
        text = path.read_text(encoding="utf-8", errors="replace")
        found |= dict.fromkeys(REGISTERED.findall(text), path.stem)
    return found


def _model_files(model: Model, functions: list[str]) -> Mapping[str, str]:
    facts = model.facts
    alignment = alignment_of((*facts.inputs, *facts.outputs))
    inputs, outputs = (_parts(parts_of(each, alignment)) for each in (facts.inputs, facts.outputs))
    arena = facts.arena_bytes * 3 // 2 + OP_BYTES * len(facts.ops) + ARENA_BYTES
    added = " ".join(f"(void)(resolver).{each}();" for each in functions)
    header = (
        f"#include <stdint.h>\n#define EB_TFLM_OPS {len(functions)}\n"
        f"#define EB_TFLM_ADD_OPS(resolver) {added}\n"
        f"#define EB_TFLM_INPUTS {inputs}\n#define EB_TFLM_OUTPUTS {outputs}\n"
        f"#define EB_TFLM_ARENA_BYTES {arena}U\n"
        '#ifdef __cplusplus\nextern "C"\n#else\nextern\n#endif\nconst uint8_t eb_tflm_model[];\n'
    )
    numbers = ",".join(map(str, model.content))
    content = (
        '#include "eb_tflm_model.h"\n__attribute__((aligned(16))) const uint8_t eb_tflm_model[] = '
        f"{{{numbers}}};\n"
    )
    return {"eb_tflm_model.h": header, "eb_tflm_model.c": content}


def _parts(ends: Iterable[Part]) -> str:
    rows = ", ".join(f"{{{each.offset}U, {each.tensor.size_bytes}U}}" for each in ends)
    return f"{{{rows}}}"
