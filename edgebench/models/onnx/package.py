"""The package that reads .onnx files; it is imported only where there is one to read."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from edgebench.errors import ModelInvalid
from edgebench.models.tflite.flatbuffer.other_formats import foreign_kind
from edgebench.runtimes.package import RuntimePackage

INSTALL = "`pip install 'edgebench[onnx]'` (64-bit Linux, Python 3.11 or newer)"
READER = RuntimePackage("onnx", "onnx", INSTALL)


def reader() -> ModuleType:
    """Return the module ``onnx``.

    Raises
    ------
    RuntimeMissing
        If it is not installed.
    """
    return READER.load("onnxruntime")


def parsed(content: bytes, where: str) -> Any:
    """Return a file as a ``ModelProto``.

    Raises
    ------
    ModelInvalid
        If it is none, is cut short, or has a string that is not UTF-8.
    RuntimeMissing
        If the package that reads it is not installed.
    """
    onnx = reader()
    from google.protobuf.message import DecodeError

    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except DecodeError as error:
        kind = foreign_kind(content)
        what = f"it is {kind}" if kind and "ONNX" not in kind else "it is damaged or cut short"
        raise ModelInvalid(
            f"{where}: not a whole ONNX model ({len(content):,} bytes): {what}. Compare its "
            "SHA-256 with its source and fetch it again"
        ) from error
    if not model.graph.node or not model.ir_version:
        raise ModelInvalid(
            f"{where}: not an ONNX model, or a damaged one: it has no "
            f"{'op' if model.ir_version else 'version'}"
        )
    if not all(map(_has_text, messages_of(model))):
        raise ModelInvalid(f"{where}: the model is damaged: a name in it is not UTF-8")
    return model


def messages_of(message: Any) -> Iterator[Any]:
    """Yield a message and all messages in it: graphs, functions, nodes, tensors and others."""
    yield message
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            for inner in (value,) if hasattr(value, "ListFields") else value:
                yield from messages_of(inner)


def _has_text(message: Any) -> bool:
    """Return whether a message's strings are text: protobuf gives others as bytes."""
    return not any(
        isinstance(each, bytes)
        for field, value in message.ListFields()
        if field.type == field.TYPE_STRING
        for each in ((value,) if isinstance(value, str | bytes) else value)
    )
