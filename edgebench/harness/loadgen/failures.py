"""Turn what a system under test raised into one of edgebench's errors."""

from __future__ import annotations

from edgebench.errors import EdgebenchError, SutFailed
from edgebench.host.exhaustion import exhaustion


def as_sut_failure(failure: Exception) -> EdgebenchError:
    """Return an error to raise: a new one of the same class, or a `SutFailed`.

    A new one, since what was raised in another thread has that thread's traceback.
    """
    if isinstance(failure, EdgebenchError):
        return type(failure)(str(failure))
    return SutFailed(
        f"the system under test failed: {type(failure).__name__}: {failure}{exhaustion(failure)}"
    )
