"""Messages between a worker and its scheduler: a line of JSON each."""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.farm.planning.jobs import Job
from edgebench.farm.tagged_json import Tagged, UnknownTag
from edgebench.text.json_text import json_text, parse_json
from edgebench.text.typed_json import TypedJsonError, structure, unstructure


@dataclass(frozen=True)
class Waiting:
    """The target is somebody else's, and reserved for us."""

    reason: str


@dataclass(frozen=True)
class Ready:
    """The target is ours."""


@dataclass(frozen=True)
class Refused:
    """The target can't be had: not now, or (without ``again``) not at all."""

    reason: str
    again: bool = False


@dataclass(frozen=True)
class Done:
    """A job is done; its run directories, as paths."""

    runs: tuple[str, ...]


@dataclass(frozen=True)
class Failed:
    """A job has failed; whether another try may help."""

    reason: str
    again: bool = False


@dataclass(frozen=True)
class Died:
    """The worker has ended by itself: by which signal, or with which exit code and last line."""

    how: str


@dataclass(frozen=True)
class Stopped:
    """The worker has ended and its target is released; why a power cycle failed, if it has."""

    reason: str = ""


FromWorker = Waiting | Ready | Refused | Done | Failed
"""What a worker says itself."""
Message = FromWorker | Died | Stopped
MESSAGES = Tagged(
    "message",
    {
        "waiting": Waiting,
        "ready": Ready,
        "refused": Refused,
        "done": Done,
        "failed": Failed,
    },
)


@dataclass(frozen=True)
class Order:
    """A job, and the folder for its run directories."""

    job: Job
    out: str


def message_to_line(message: FromWorker) -> str:
    """Return a message as it is sent."""
    return json_text(MESSAGES.plain(message), indent=None)


def parse_message(line: str) -> FromWorker | None:
    """Read a worker's line; None for what is no message, such as a library's print."""
    try:
        message: FromWorker = MESSAGES.value(parse_json(line))
    except (ValueError, UnknownTag, TypedJsonError):
        return None
    return message


def order_to_line(order: Order) -> str:
    """Return an order as it is sent."""
    return json_text(unstructure(order), indent=None)


def parse_order(line: str) -> Order:
    """Read what a worker is given.

    Raises
    ------
    TypedJsonError
        If a key is missing or unknown, or a value is of another type.
    """
    return structure(Order, parse_json(line))
