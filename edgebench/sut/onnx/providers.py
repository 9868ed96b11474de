"""Execution providers: what `provider` names, and which package has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

from edgebench.errors import RuntimeMissing

DEFAULT = "cpu"


@dataclass(frozen=True)
class Provider:
    """A provider: its name in ONNX Runtime, the processor it computes on, and how to get it.

    ``processor`` is empty where that is an option of the provider's.
    """

    own_name: str
    processor: str
    install: str


_GPU = "`pip install onnxruntime-gpu` (on a Jetson NVIDIA's own wheel for its JetPack)"
PROVIDERS: Mapping[str, Provider] = {
    "cpu": Provider("CPUExecutionProvider", "cpu", "`pip install onnxruntime`"),
    "xnnpack": Provider("XnnpackExecutionProvider", "cpu", "build onnxruntime with --use_xnnpack"),
    "cuda": Provider("CUDAExecutionProvider", "gpu", _GPU),
    "tensorrt": Provider("TensorrtExecutionProvider", "gpu", _GPU),
    "openvino": Provider("OpenVINOExecutionProvider", "", "`pip install onnxruntime-openvino`"),
    "qnn": Provider("QNNExecutionProvider", "npu", "`pip install onnxruntime-qnn`"),
    "migraphx": Provider("MIGraphXExecutionProvider", "gpu", "`pip install onnxruntime-migraphx`"),
    "webgpu": Provider("WebGpuExecutionProvider", "gpu", "`pip install onnxruntime-webgpu`"),
    "dnnl": Provider("DnnlExecutionProvider", "cpu", "build onnxruntime with --use_dnnl"),
    "rknpu": Provider("RknpuExecutionProvider", "npu", "build onnxruntime with --use_rknpu"),
    "vitisai": Provider("VitisAIExecutionProvider", "npu", "install AMD's Ryzen AI software"),
    "azure": Provider("AzureExecutionProvider", "", "`pip install onnxruntime`"),
}
"""By the names that `provider` takes."""


def missing(module: ModuleType) -> dict[str, str]:
    """Return the providers that an installed package lacks, and how to get each."""
    here = set(module.get_available_providers())
    return {name: each.install for name, each in PROVIDERS.items() if each.own_name not in here}


def provider_in(module: ModuleType, name: str, runtime: str) -> str:
    """Return what the runtime calls a provider.

    Raises
    ------
    RuntimeMissing
        If the installed package lacks it.
    """
    lacking = missing(module)
    if name in lacking:
        here = ", ".join(each for each in PROVIDERS if each not in lacking)
        raise RuntimeMissing(
            f"`provider`: the installed {runtime} has no {name}, only {here}; {lacking[name]}",
            field="provider",
            value=name,
        )
    return PROVIDERS[name].own_name
