"""What a device was to answer, and what it did answer, in words for people."""

from __future__ import annotations

import re
from collections.abc import Mapping

from edgebench.device import protocol
from edgebench.printable import quoted

EXPECTED: Mapping[type[object], str] = {
    protocol.Name: "m-name-dut-[NAME]",
    protocol.Lap: "m-lap-us-N",
    protocol.Expecting: "m-[Expecting N bytes]",
    protocol.InferStart: "m-infer-start-N",
    protocol.InferDone: "m-infer-done",
    protocol.Results: "m-results-[N,N,...]",
    protocol.BaudTaken: "m-eb-baud-[N]",
    protocol.InputSum: "m-eb-sum-[CRC]",
    protocol.Missing: "m-eb-load-[ok]",
    protocol.Output: "m-eb-output-[HEX CRC CRC]",
    protocol.Steps: "m-eb-steps-[N N N,...]",
}
"""What each kind of answer looks like on the line."""
READY = "m-ready"
REFUSAL = re.compile(
    r"(?i)\b(exceeds|expected \d|too (?:large|big|small|short|long|many|few)\b|wrong size|"
    r"does not fit|out of memory|invoke failed|allocatetensors\(\) failed)"
)
"""How firmware refuses a command without an e-[...]: the reference firmware's words and others'."""


def answer_quoted(heard: bytes) -> str:
    """Return what a device said, in quotes and printable; ``nothing`` if it said nothing.

    Examples
    --------
    >>> answer_quoted(b"buffer size 490 exceeds maximum of 400\\nm-ready\\r\\n")
    "'buffer size 490 exceeds maximum of 400'"
    >>> answer_quoted(b"m-ready\\r\\n")
    'm-ready alone'
    """
    lines = heard.decode("utf-8", "replace").replace("\r", "\n").split("\n")
    said = [line for line in lines if line.strip("\0 ") not in ("", READY)]
    if not said and any(READY in line for line in lines):
        return f"{READY} alone"
    return quoted("\n".join(said), keeps_end=False)


def refuses(text: str) -> bool:
    """Return whether a line that is no message says that a command was refused."""
    return REFUSAL.search(text) is not None
