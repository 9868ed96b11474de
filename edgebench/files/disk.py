"""Turn the operating system's refusals to write into errors that say what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edgebench.errors import DiskFull, EdgebenchError
from edgebench.files.refusals import refusal

NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
"""What the system says of a full disk, and of a user's share of it that is used up."""


ANOTHER_OUT = "choose another `out`. What was measured before is kept"


@contextmanager
def disk_errors(where: Path, advice: str = ANOTHER_OUT) -> Iterator[None]:
    """Raise the errors of a block that writes below ``where`` as edgebench's own.

    Parameters
    ----------
    advice
        What to do about a full disk but to free some space.

    Raises
    ------
    DiskFull
        If there is no space left, or the user's share of it is used up.
    EdgebenchError
        If something else can't be written.
    """
    try:
        yield
    except OSError as error:
        if error.errno in NO_SPACE:
            quota = " in this user's quota" if error.errno == errno.EDQUOT else ""
            raise DiskFull(f"{where}: no space left{quota}; free some or {advice}") from error
        said = refusal(error)
        raise EdgebenchError(f"{error.filename or where}: can't be written: {said}") from error
