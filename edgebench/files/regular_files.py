"""Files that are read whole must be plain ones: a pipe may never end, a device never does."""

from __future__ import annotations

import errno
import stat
from pathlib import Path


def require_plain_file(path: Path) -> None:
    """Refuse what is there and is neither a plain file nor a folder, which the system refuses.

    Raises
    ------
    OSError
        If it is a pipe, a device or a socket, or is not there.
    """
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "not a plain file", str(path))
