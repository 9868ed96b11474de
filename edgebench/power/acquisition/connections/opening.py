"""Opening a meter: nothing stays open if it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from edgebench.errors import MeterLost, MeterNotFound


@contextmanager
def opening(close: Callable[[], None], hint: str = "") -> Iterator[None]:
    """Call `close` if the block fails.

    Parameters
    ----------
    hint
        Added to the error of a meter that does not answer in the block.

    Raises
    ------
    MeterNotFound
        In place of `MeterLost`: it was not there yet.
    """
    with ExitStack() as stack:
        stack.callback(close)
        try:
            yield
        except MeterLost as error:
            raise MeterNotFound(f"{error}{hint}") from error
        stack.pop_all()
