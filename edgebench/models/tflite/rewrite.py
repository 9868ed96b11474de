"""Write a changed .tflite, and put right what old or bare files lack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edgebench.models.tflite.reading import FILE_IDENTIFIER
from edgebench.models.tflite.schema import schema

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
    signature = schema().SignatureDefT()
    signature.signatureKey = SIGNATURE_KEY
    signature.subgraphIndex = 0
    signature.inputs = [_tensor_map("input", n, i) for n, i in enumerate(graph.inputs)]
    signature.outputs = [_tensor_map("output", n, i) for n, i in enumerate(graph.outputs)]
    model.signatureDefs = [signature]
    return True


def bring_to_front(model: Any, subgraph: int) -> None:
    """Exchange a subgraph with the first, which is the one that the runtimes run.

    Whatever names either by its number (signatures, control flow, composites) is changed too.
    """
    graphs = model.subgraphs
    graphs[0], graphs[subgraph] = graphs[subgraph], graphs[0]
    exchanged = {0: subgraph, subgraph: 0}
    for signature in model.signatureDefs or ():
        signature.subgraphIndex = exchanged.get(signature.subgraphIndex, signature.subgraphIndex)
    for options in _options_of(model):
        for name, value in vars(options).items():
            if name.lower().endswith(("subgraphindex", "subgraph")):
                setattr(options, name, exchanged.get(value, value))
            elif name == "calledComputations" and value is not None:
                setattr(options, name, [exchanged.get(int(each), int(each)) for each in value])


def _options_of(model: Any) -> Iterator[Any]:
    for graph in model.subgraphs:
        for op in graph.operators or ():
            for name in ("builtinOptions", "builtinOptions2"):
                options = getattr(op, name, None)
                if options is not None:
                    yield options


def _tensor_map(kind: str, number: int, index: int) -> Any:
    entry = schema().TensorMapT()
    entry.name, entry.tensorIndex = f"{kind}_{number}", int(index)
    return entry
