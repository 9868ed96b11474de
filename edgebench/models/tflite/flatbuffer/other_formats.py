"""Name the files that people take for a .tflite, and say what to do with them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from edgebench.files.kinds import file_kind

FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"\x89hdf", "a Keras model (HDF5); convert it with TensorFlow's TFLiteConverter"),
    (b"\x93numpy", "a numpy array; is it the data and not the model?"),
    (b"uf2\n", "firmware (UF2), not the model in it"),
    (b":020000", "firmware (Intel HEX), not the model in it"),
    (b"ml\xefr", "a program of MLIR; make a .tflite of the model it was made of"),
    (b"gguf", "a language model of llama.cpp (GGUF), which no runtime here takes"),
    (b"\x08\x01\x12", "a TensorFlow SavedModel; convert it with TensorFlow's TFLiteConverter"),
)
"""How files begin, in lower case, and what they are."""
ZIP = b"PK\x03\x04"
EXECUTORCH = b"ET1"
"""What bytes 4 to 6 of an ExecuTorch program are; the version follows."""
ONNX_FIELDS = b"\x12\x3a\x42"
"""What may follow the version at the beginning of a ModelProto: its producer, graph or opset."""
IDENTIFIERS: Mapping[bytes, str] = {
    b"ORTM": "an ONNX Runtime model (.ort); make a .tflite of the ONNX model it is of",
    b"CIR0": "a Circle model (.circle); give the .tflite that it was made of",
    b"ftyp": "a film or a picture (MP4, HEIF); is it the data and not the model?",
}
"""Bytes 4 to 8 of other flatbuffers and containers."""
PICKLES = tuple(bytes((0x80, protocol)) for protocol in range(2, 6))
LENGTH_BYTES = 8
"""Safetensors begins with the length of the JSON behind it."""
MOST_ONNX_VERSION = 0x20
TRAINED = (
    ("data.pkl", "a PyTorch model; export it first, with ai-edge-torch for a .tflite"),
    ("model.weights.h5", "a Keras model; convert it with TensorFlow's TFLiteConverter"),
)
"""Members of the archives that training programs write, and what to do with these."""
MOST_NAMED = 3


def foreign_kind(content: bytes) -> str | None:
    """Return what a file is that is no .tflite, with advice; None if it can't be recognized.

    Examples
    --------
    >>> foreign_kind(b"version https://git-lfs.github.com/spec/v1")
    'a pointer of git-lfs; `git lfs pull` fetches the file itself'
    """
    if content.startswith(ZIP):
        return _archive(content)
    if content[4:7] == EXECUTORCH:
        return "an ExecuTorch program (.pte); make a .tflite of the model it was exported from"
    if _is_onnx(content):
        return "an ONNX model; name the file .onnx to run it, or make a .tflite of it with onnx2tf"
    start = content[:64].lower()
    kind = next((kind for mark, kind in FOREIGN if start.startswith(mark)), None)
    return kind or IDENTIFIERS.get(content[4:8]) or _weights(content) or file_kind(content)


def _weights(content: bytes) -> str | None:
    """Say what holds weights, or objects of Python's."""
    length = int.from_bytes(content[:LENGTH_BYTES], "little")
    if content[LENGTH_BYTES : LENGTH_BYTES + 1] == b"{" and length < len(content):
        return "weights without a graph (safetensors); convert the whole model to .tflite"
    if content.startswith(PICKLES):
        return "a pickle of Python, such as a scikit-learn model; export the model to .tflite"
    return None


def _is_onnx(content: bytes) -> bool:
    """Return whether it begins as ONNX's protocol buffer does: with a version of the format."""
    if len(content) < 3 or content[0] != 0x08:
        return False
    # Version 1 is a SavedModel's too, and no program has written it for ONNX since 2017.
    return 1 < content[1] <= MOST_ONNX_VERSION and content[2] in ONNX_FIELDS


def _archive(content: bytes) -> str:
    """Say what models a zip holds, as MediaPipe's .task bundles do; nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            models = [name for name in names if name.endswith(".tflite")]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "an archive of zip, and a damaged one; fetch it again"
    for member, kind in TRAINED:
        if not models and any(name.rpartition("/")[2] == member for name in names):
            return kind
    if not models:
        return "an archive of zip without a .tflite in it"
    named = ", ".join(models[:MOST_NAMED]) + (", ..." if len(models) > MOST_NAMED else "")
    return f"an archive of zip, such as a .task bundle; unpack it and use what is in it: {named}"
