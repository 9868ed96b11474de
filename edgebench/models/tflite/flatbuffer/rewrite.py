"""Write a changed .tflite, and put right what old or bare files lack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from edgebench.models.tflite.flatbuffer.reading import FILE_IDENTIFIER
from edgebench.models.tflite.flatbuffer.schema import schema

SIGNATURE_KEY = "serving_default"


def packed(model: Any) -> bytes:
    """Return the schema's objects as a .tflite."""
    import flatbuffers

    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), FILE_IDENTIFIER)
    return bytes(builder.Output())


def normalize_op_codes(model: Any) -> bool:
    """Write every op's code in both fields; return whether any was in the old one only.

    Files of old converters have the code in a byte that was too small for later ops, and 0 (ADD)
    in the field that replaced it.
    """
    changed = False
    for code in model.operatorCodes:
        right = max(code.builtinCode, code.deprecatedBuiltinCode)
        changed |= code.builtinCode != right
        code.builtinCode, code.deprecatedBuiltinCode = right, min(right, 127)
    return changed


def add_signature(model: Any) -> bool:
    """Give a model without a signature one over its inputs and outputs; return whether it did."""
    if model.signatureDefs:
        return False
    graph = model.subgraphs[0]
    inputs = [f"input_{number}" for number in range(len(graph.inputs))]
    outputs = [f"output_{number}" for number in range(len(graph.outputs))]
    write_signature(model, SIGNATURE_KEY, inputs, outputs)
    return True


def write_signature(model: Any, key: str, inputs: Sequence[str], outputs: Sequence[str]) -> None:
    """Write a signature of the first subgraph in place of all that a model has."""
    graph = model.subgraphs[0]
    signature = schema().SignatureDefT()
    signature.signatureKey = key
    signature.subgraphIndex = 0
    signature.inputs = _tensor_maps(inputs, graph.inputs)
    signature.outputs = _tensor_maps(outputs, graph.outputs)
    model.signatureDefs = [signature]


def bring_to_front(model: Any, subgraph: int) -> None:
    """Exchange a subgraph with the first, which is the one that the runtimes run."""
    order = list(range(len(model.subgraphs)))
    order[0], order[subgraph] = subgraph, 0
    _arrange(model, order)


def keep_signature(model: Any, key: str) -> tuple[str, ...]:
    """Keep one signature, which is of the first subgraph; return those that were left out.

    The subgraphs that it does not need go too, and the data that nothing needs any more.
    """
    others = tuple(_decoded(each.signatureKey) for each in model.signatureDefs or ())
    others = tuple(each for each in others if each != key)
    if not others:
        return ()
    model.signatureDefs = [e for e in model.signatureDefs if _decoded(e.signatureKey) == key]
    _arrange(model, _needed_graphs(model))
    _drop_unused_data(model)
    return others


def _needed_graphs(model: Any) -> list[int]:
    """Return the numbers of the first subgraph and of all that it calls, in the file's order."""
    needed = [0]
    for number in needed:
        for options in _options_of(model.subgraphs[number]):
            needed += [each for each in _named_graphs(options) if each not in needed]
    return sorted(needed)


def _drop_unused_data(model: Any) -> None:
    """Empty the buffers that no tensor and no metadata has; the others keep their numbers."""
    used = {tensor.buffer for graph in model.subgraphs for tensor in graph.tensors}
    used |= {each.buffer for each in model.metadata or ()} | set(model.metadataBuffer or ())
    for number, buffer in enumerate(model.buffers):
        if number not in used:
            buffer.data = None


def _decoded(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def _arrange(model: Any, order: Sequence[int]) -> None:
    """Put subgraphs into an order, and change whatever names one by its number.

    That is signatures, control flow and composites.
    """
    number_of = {old: new for new, old in enumerate(order)}
    model.subgraphs = [model.subgraphs[old] for old in order]
    for signature in model.signatureDefs or ():
        signature.subgraphIndex = number_of[signature.subgraphIndex]
    for graph in model.subgraphs:
        for options in _options_of(graph):
            for name in _graph_fields(options):
                value = getattr(options, name)
                renumbered = (
                    [number_of.get(int(each), int(each)) for each in value]
                    if isinstance(value, Iterable)
                    else number_of.get(value, value)
                )
                setattr(options, name, renumbered)


def _options_of(graph: Any) -> Iterator[Any]:
    for op in graph.operators or ():
        for name in ("builtinOptions", "builtinOptions2"):
            options = getattr(op, name, None)
            if options is not None:
                yield options


def _graph_fields(options: Any) -> Iterator[str]:
    """Yield the fields of an op's options that name subgraphs by their numbers."""
    for name, value in list(vars(options).items()):
        is_number = name.lower().endswith(("subgraphindex", "subgraph"))
        if value is not None and (is_number or name == "calledComputations"):
            yield name


def _named_graphs(options: Any) -> Iterator[int]:
    for name in _graph_fields(options):
        value = getattr(options, name)
        numbers = value if isinstance(value, Iterable) else [value]
        yield from (int(each) for each in numbers if each >= 0)


def _tensor_maps(names: Sequence[str], tensors: Iterable[int]) -> list[Any]:
    found = []
    for name, index in zip(names, tensors, strict=True):
        entry = schema().TensorMapT()
        entry.name, entry.tensorIndex = name, int(index)
        found.append(entry)
    return found
