"""Which nodes of a model ONNX Runtime gave to which provider, by the runtime's own word."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

from edgebench.models.onnx.package import parsed
from edgebench.models.resolve import Model
from edgebench.rundir.records.placement import Placement, placed
from edgebench.runtime_settings import RuntimeSettings
from edgebench.sut.onnx.providers import DEFAULT, PROVIDERS
from edgebench.sut.onnx.session import new_session

Node = tuple[str, str, str]
"""A node's name, its kind and the provider that it was given to."""


def placement_of(
    module: ModuleType,
    session: Any,
    model: Model,
    settings: RuntimeSettings,
    inputs: Mapping[str, Any],
) -> Placement | None:
    """Return what computes each node; None if the runtime does not tell.

    Parameters
    ----------
    inputs
        What the model can be run with, by name.
    """
    facts = model.facts
    macs = {op.index: op.macs for op in facts.ops if op.knows_macs}
    if settings.provider in (None, DEFAULT):
        kinds = {op.index: op.custom or op.name for op in facts.ops}
        takers = dict.fromkeys(kinds, (DEFAULT, "cpu"))
        return Placement(placed(kinds, takers, macs), "the only provider of the session")
    list_parts = getattr(session, "get_provider_graph_assignment_info", None)
    if list_parts is not None:
        nodes = [
            (node.name, node.op_type, part.ep_name)
            for part in list_parts()
            for node in part.get_nodes()
        ]
        return _placement(nodes, model, "the runtime's assignment of nodes to providers")
    return _placement(
        profiled_nodes(module, model, settings, inputs), model, "a profile of one inference"
    )


def profiled_nodes(
    module: ModuleType, model: Model, settings: RuntimeSettings, inputs: Mapping[str, Any]
) -> list[Node]:
    """Return the nodes that one inference ran, as the runtime's profile has them."""
    with TemporaryDirectory() as folder:
        session = new_session(
            module, model.content, model.path.parent, settings, Path(folder) / "profile"
        )
        session.run(None, dict(inputs))
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    found: dict[str, Node] = {}
    for event in events:
        args = event.get("args", {})
        if event.get("cat") == "Node" and "provider" in args:
            name = str(event["name"]).removesuffix("_kernel_time")
            found[name] = (name, str(args["op_name"]), str(args["provider"]))
    return list(found.values())


def _placement(nodes: Iterable[Node], model: Model, source: str) -> Placement | None:
    """Return nodes by provider; MACs are known where each has a name of its own in the file."""
    numbered = dict(enumerate(nodes))
    if not numbered:
        return None
    file_nodes = parsed(model.content, str(model.path)).graph.node
    names = [node.name for node in file_nodes]
    by_name = {
        name: op.macs
        for name, op in zip(names, model.facts.ops, strict=True)
        if name and names.count(name) == 1 and op.knows_macs
    }
    own_names = {each.own_name: name for name, each in PROVIDERS.items()}
    takers = {}
    for number, (_, _, own_name) in numbered.items():
        name = own_names.get(own_name, own_name)
        takers[number] = (name, PROVIDERS[name].processor if name in PROVIDERS else "")
    return Placement(
        placed(
            {number: kind for number, (_, kind, _) in numbered.items()},
            takers,
            {number: by_name[name] for number, (name, _, _) in numbered.items() if name in by_name},
        ),
        source,
    )
