"""Say what ended a long piece of work, and what there is of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from signal import SIGINT, Signals

from edgebench.errors import Interrupted, SignalReceived


def ending_signal(error: BaseException | None) -> int:
    """Return the number of the signal that an interruption comes from: SIGINT if unknown."""
    while error is not None and not isinstance(error, SignalReceived):
        error = error.__cause__
    return SIGINT if error is None else error.number


def interrupter(error: BaseException) -> str:
    """Return what interrupted the program: ``Ctrl-C`` or ``SIGTERM``."""
    if not isinstance(error, SignalReceived) or error.number == SIGINT:
        return "Ctrl-C"
    return Signals(error.number).name


def interruption(error: BaseException) -> str:
    """Return how a message about an interruption begins: ``Interrupted by SIGTERM``."""
    by = interrupter(error)
    return "Interrupted" if by == "Ctrl-C" else f"Interrupted by {by}"


@contextmanager
def interruptible(kept: Callable[[], str]) -> Iterator[None]:
    """Add to an interruption of the block what is kept of its work, and how to go on.

    Parameters
    ----------
    kept
        Returns a sentence without its full stop; called when the block was interrupted.

    Raises
    ------
    Interrupted
        In place of a KeyboardInterrupt that says nothing yet.
    """
    try:
        yield
    except Interrupted:
        raise
    except KeyboardInterrupt as stop:
        raise Interrupted(f"{interruption(stop)}. {kept()}") from stop


def nothing_kept() -> str:
    """Return what there is of work whose result comes at its end."""
    return "Nothing of it is kept"
