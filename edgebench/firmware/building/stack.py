"""How deep a firmware's stack can get: the compiler's frames, added up along the call graph.

The compiler writes each function's frame and calls (``-fstack-usage -fcallgraph-info=su``).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

FLAGS = ("-fstack-usage", "-fcallgraph-info=su")
ENTRY = "reset_handler"
INDIRECT = "__indirect_call"
EXCEPTION_BYTES = 108
"""Pushed by a Cortex-M for an interrupt, floating-point registers and alignment included."""
ASSEMBLY_BYTES = {
    "eb_conv_2_by_3": 68,
    "eb_conv_2_by_3_wide": 68,
    "eb_dense_4": 64,
    "eb_depthwise_taps": 48,
    "eb_depthwise_line": 48,
    "eb_depthwise_line_of_2": 48,
    "eb_widen_line": 24,
}
"""Bytes that the functions in assembly push."""
LIBRARY_BYTES = 96
"""For a function of the compiler's or of libc and those that it calls: a division or a conversion
takes most, 88 on a Cortex-M0+."""

_NODE = re.compile(r'node: \{ title: "([^"]+)" label: "([^"]*)"')
_EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')
_BYTES = re.compile(r"(\d+) bytes \((\w+)")


@dataclass
class CallGraph:
    """Frames by function, and who calls whom."""

    frames: dict[str, int] = field(default_factory=dict)
    calls: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    is_bounded: bool = True


def stack_bytes(*folders: Path) -> int | None:
    """Return the deepest that the stack can get, by the ``.ci`` files in folders.

    Returns
    -------
    None where that has no bound: a function calls itself, or its frame grows as it runs.
    """
    graph = read_graph(path.read_text() for path in _call_graphs(folders))
    handlers, called_by_pointer = _uncalled(graph)
    graph.calls[INDIRECT] |= called_by_pointer
    try:
        main = depth(graph, ENTRY)
        interrupt = max((depth(graph, each) + EXCEPTION_BYTES for each in handlers), default=0)
    except RecursionError:
        return None
    return main + interrupt if graph.is_bounded else None


def _call_graphs(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(folder.glob("*.ci"))


def _uncalled(graph: CallGraph) -> tuple[set[str], set[str]]:
    """Return the interrupt handlers and the functions that are called by a pointer.

    The latter are static functions that nothing else calls; the compiler writes their file in front
    of their name.
    """
    uncalled = graph.frames.keys() - set().union(*graph.calls.values())
    handlers = {name for name in uncalled if name.endswith("_handler") and name != ENTRY}
    return handlers, {name for name in uncalled - handlers if ":" in name}


def read_graph(texts: Iterable[str]) -> CallGraph:
    """Read the compiler's call graphs."""
    graph = CallGraph()
    for text in texts:
        for name, label in _NODE.findall(text):
            found = _BYTES.search(label)
            if found is not None:
                graph.frames[name] = int(found[1])
                graph.is_bounded &= found[2] == "static" or "bounded" in label
        for source, target in _EDGE.findall(text):
            graph.calls[source].add(target)
    return graph


def depth(graph: CallGraph, name: str, above: Mapping[str, None] | None = None) -> int:
    """Return what a function and the deepest of those that it calls push.

    Raises
    ------
    RecursionError
        If it comes back to itself.
    """
    path = {**(above or {}), name: None}
    if above and name in above:
        raise RecursionError(name)
    own = graph.frames.get(name, 0 if name == INDIRECT else ASSEMBLY_BYTES.get(name, LIBRARY_BYTES))
    return own + max((depth(graph, each, path) for each in graph.calls.get(name, ())), default=0)
