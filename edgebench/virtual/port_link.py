"""A name of one's own for a pseudo-terminal, which has another number each time."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import FolderNotWritable, UsageError
from edgebench.files.refusals import refusal

PSEUDO_TERMINALS = Path("/dev/pts")


class PortLink(CloseOnExit):
    """A context manager: a symbolic link to a port; removed at the end, if it still is that one.

    A link that an earlier device has left is replaced: to a pseudo-terminal, or to nothing.

    Raises
    ------
    UsageError
        If something else has the name.
    FolderNotWritable
        If it can't be made there.
    """

    def __init__(self, path: Path, port: str) -> None:
        self._path, self._port = path, port
        if path.exists() and not (path.is_symlink() and _is_terminal(path)):
            raise UsageError(f"`port_link`: {path} is there already", field="port_link")
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            draft.symlink_to(port)
            draft.replace(path)
        except OSError as error:
            with suppress(OSError):
                draft.unlink()
            raise FolderNotWritable(f"{path} can't be made: {refusal(error)}") from error

    def close(self) -> None:
        """Remove it."""
        with suppress(OSError):
            if str(self._path.readlink()) == self._port:
                self._path.unlink()


def _is_terminal(link: Path) -> bool:
    return PSEUDO_TERMINALS in link.resolve().parents
