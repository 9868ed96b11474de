"""Describe the expected and the received answer of a device, for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from edgebench.device import messages
from edgebench.text.printable import quoted

EXPECTED: Mapping[type[object], str] = {
    messages.Name: "m-name-dut-[NAME]",
    messages.Lap: "m-lap-us-N",
    messages.Expecting: "m-[Expecting N bytes]",
    messages.InferStart: "m-infer-start-N",
    messages.InferDone: "m-infer-done",
    messages.Results: "m-results-[N,N,...]",
    messages.BaudTaken: "m-eb-baud-[N]",
    messages.InputSum: "m-eb-sum-[CRC]",
    messages.Missing: "m-eb-load-[ok]",
    messages.Output: "m-eb-output-[HEX CRC CRC]",
    messages.Steps: "m-eb-steps-[N N N,...]",
}
"""The form of each kind of answer on the line."""
READY = "m-ready"
REFUSAL = re.compile(
    r"(?i)\b(invoke failed|allocatetensors\(\) failed|"
    r"buffer size \d+ exceeds|input db has (?P<has>\d+) \w+, expected (?!(?P=has)\b)\d)"
)
"""The reference firmware's refusals without an e-[...]; it may then answer in full, with what it
computed before. Some boards print the sizes of every input, equal ones too."""
SUSPICION = re.compile(
    r"(?i)\b(exceeds|expected \d|too (?:large|big|small|short|long|many|few)\b|wrong size|"
    r"does not fit|out of memory)"
)
"""How others' firmware refuses; or, where the answer comes, what a board's other programs print."""


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


def refusal_of(events: Iterable[messages.Event], *, is_answered: bool) -> str | None:
    """Return the line by which a device refuses a command, among those that are no messages.

    Parameters
    ----------
    is_answered
        Whether what the command is to bring may have come: only plain words refuse it then.

    Examples
    --------
    >>> noise = [messages.Noise("temperature exceeds 50")]
    >>> refusal_of(noise, is_answered=True)
    >>> refusal_of(noise, is_answered=False)
    'temperature exceeds 50'
    """
    refusing = (REFUSAL,) if is_answered else (REFUSAL, SUSPICION)
    lines = [event.text for event in events if isinstance(event, messages.Noise)]
    return next((line for each in refusing for line in lines if each.search(line)), None)


def advice_on(events: Iterable[messages.Event]) -> str:
    """Return what to look at where a device's answer is not the one that is due."""
    if not all(isinstance(each, messages.Noise | messages.Ready) for each in events):
        return "is it the answer to an earlier command, and `timeout_s` too short for this device?"
    return "does its firmware speak MLPerf Tiny's protocol, and is the line quiet?"
