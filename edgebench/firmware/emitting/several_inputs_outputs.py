"""Write what a header has where a network takes several inputs or gives several outputs.

A struct for all inputs and one for all outputs, with a member for each in its own type; macros with
each one's scale and zero point; and a function that takes the two structs. Padding is written out:
members lie where the network has them by any compiler.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from edgebench.firmware.emitting import c_text
from edgebench.firmware.emitting.names import CNames
from edgebench.models.resolve import Model
from edgebench.models.tflite.block import Part, alignment_of, parts_of
from edgebench.models.tflite.tensors import Tensor

_WORDS = (
    "alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t "
    "char8_t class co_await co_return co_yield compl concept const const_cast consteval constexpr "
    "constinit continue decltype default delete do double dynamic_cast else enum explicit export "
    "extern false float for friend goto if inline int long mutable namespace new noexcept not "
    "not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires "
    "restrict return short signed sizeof static static_assert static_cast struct switch template "
    "this thread_local throw true try typedef typeid typename typeof typeof_unqual union unsigned "
    "using virtual void volatile wchar_t while xor xor_eq"
)
_MACROS = (
    "complex errno far i386 imaginary linux m68k mips near noreturn pascal sparc stderr stdin "
    "stdout sun unix vax"
)
KEYWORDS = frozenset((*_WORDS.split(), *_MACROS.split(), *c_text.TYPES.values()))
"""C's and C++'s, macros of compilers and headers, types: no member may have such a name."""
MOST_CHARACTERS = 40


def has_several(model: Model) -> bool:
    """Whether a model has more than one input or more than one output."""
    return len(model.facts.inputs) > 1 or len(model.facts.outputs) > 1


def parts(model: Model) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Return where the inputs and the outputs lie in the caller's memory."""
    facts = model.facts
    alignment = alignment_of((*facts.inputs, *facts.outputs))
    return parts_of(facts.inputs, alignment), parts_of(facts.outputs, alignment)


def structs(model: Model, names: CNames) -> str:
    """Return the macros and the two structs; nothing for a model of one input and one output."""
    if not has_several(model):
        return ""
    text = []
    shown = (("INPUT", model.facts.input_names), ("OUTPUT", model.facts.output_names))
    for (what, labels), ends in zip(shown, parts(model), strict=True):
        members = member_names(labels, what.lower())
        text += list(_macros(what, ends, members, names))
        text.append(f"\nstruct {names.network}_{what.lower()}s {{\n")
        text += list(_members(ends, members))
        text.append("};\n")
    return "\n" + "".join(text)


def lists(model: Model) -> str:
    """Return the macros of which the firmware's core makes tables of inputs and outputs."""
    facts, text = model.facts, []
    shown = (("INPUT", facts.input_names), ("OUTPUT", facts.output_names))
    for (what, labels), ends in zip(shown, parts(model), strict=True):
        rows = []
        for part, member in zip(ends, member_names(labels, what.lower()), strict=True):
            scale, zero_point = quantization(part.tensor)
            type_name = f"EB_PART_{part.tensor.type_name}"
            numbers = f"{part.offset}U, {part.tensor.elements}U"
            rows.append(
                f'{{"{member}", {numbers}, {type_name}, {c_text.real(scale)}, {zero_point}}}'
            )
        listed = ", \\\n     ".join(rows)
        text.append(f"#define EB_MODEL_{what}_PARTS \\\n    {{{listed}}}\n")
    return (
        "\n/* Name, place, number of values, type, scale and zero point of each: eb_parts.h. */\n"
        + "".join(text)
    )


def run(model: Model, names: CNames) -> str:
    """Return the function that takes the structs; nothing for one input and one output."""
    if not has_several(model):
        return ""
    network = names.network
    return (
        "\n/* The same with a member for each input and output; define both structs with\n"
        f" * {names.macros}_ALIGNED. */\n"
        f"static inline void {network}_run(const struct {network}_inputs *inputs,\n"
        f"                                 struct {network}_outputs *outputs)\n{{\n"
        f"    {network}_invoke((const int8_t *)(const void *)inputs, "
        "(int8_t *)(void *)outputs);\n}\n"
    )


def readme(model: Model) -> str:
    """Return what a project's README has of several inputs or outputs, as a template."""
    if not has_several(model):
        return ""
    taken, given = model.facts.input_names, model.facts.output_names
    return (
        "\nIts inputs lie in one block of memory, its outputs in another. `@name@.h` has a struct "
        "for each,\nand `@NAME@_INPUT_0_SCALE` and the like for every one:\n\n```c\n"
        "@NAME@_ALIGNED static struct @name@_inputs inputs;\n"
        "@NAME@_ALIGNED static struct @name@_outputs outputs;\n\n"
        f"inputs.{member_names(taken, 'input')[0]}[0] = 1;\n"
        "@name@_run(&inputs, &outputs);\n"
        f"use(outputs.{member_names(given, 'output')[0]}[0]);\n```\n"
    )


def member_names(labels: Sequence[str], otherwise: str) -> list[str]:
    """Return a C name for each input or output: its own as far as C allows, no two the same.

    Examples
    --------
    >>> member_names(["image:0", "Image 0", "", "int"], "input")
    ['image_0', 'image_0_2', 'input', 'input_int']
    """
    found: list[str] = []
    for label in labels:
        name = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:MOST_CHARACTERS]
        if not name[:1].isalpha() or name in KEYWORDS:
            name = f"{otherwise}_{name}".rstrip("_")
        other, number = name, 1
        while other in found:
            number += 1
            other = f"{name}_{number}"
        found.append(other)
    return found


def _macros(what: str, ends: Sequence[Part], members: list[str], names: CNames) -> Iterable[str]:
    for number, (part, member) in enumerate(zip(ends, members, strict=True)):
        tensor, start = part.tensor, f"#define {names.macros}_{what}_{number}"
        scale, zero_point = quantization(tensor)
        yield (
            f"\n/* {what.capitalize()} {number}, `{member}`: {sentence(tensor)} */\n"
            f"{start}_OFFSET {part.offset}U\n{start}_BYTES {tensor.size_bytes}U\n"
            f"{start}_TYPE {c_text.TYPES[tensor.dtype.name]}\n"
            f"{start}_SCALE {c_text.real(scale)}\n{start}_ZERO_POINT ({zero_point})\n"
        )


def _members(ends: Sequence[Part], members: list[str]) -> Iterable[str]:
    place = 0
    for part, member in zip(ends, members, strict=True):
        if part.offset > place:
            yield f"    int8_t before_{member}_[{part.offset - place}];\n"
        tensor = part.tensor
        yield f"    {c_text.TYPES[tensor.dtype.name]} {member}[{tensor.elements}];\n"
        place = part.end


def quantization(tensor: Tensor) -> tuple[float, int]:
    """Return the scale and the zero point of an input or output; of real values 1 and 0."""
    if tensor.quantization is None or tensor.dtype.kind == "f":
        return 1.0, 0
    return tensor.quantization.scales[0], tensor.quantization.zero_points[0]


def sentence(tensor: Tensor) -> str:
    """Return an input's or output's type, shape and scale."""
    shape = " x ".join(map(str, tensor.shape)) or "1"
    text = f"{tensor.type_name.lower()}, {shape}"
    if tensor.quantization is None or tensor.dtype.kind == "f":
        return text
    scale, zero_point = quantization(tensor)
    return f"{text}, real value = {scale:.9g} * (number - ({zero_point}))"
