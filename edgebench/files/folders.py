"""The user's folders: for cards, for what was fetched or made, for what a tuning found.

They are where the XDG base directory specification has them, `platformdirs` says on which system.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import FolderNotWritable
from edgebench.files.disk import disk_errors

NAME = "edgebench"


@dataclass(frozen=True)
class UserFolder:
    """A folder of this user's, and the environment variable that moves it elsewhere."""

    path: Path
    variable: str

    def __truediv__(self, name: str) -> UserFolder:
        """Return a folder in it."""
        return UserFolder(self.path / name, self.variable)

    def ready(self) -> Path:
        """Make the folder if it is missing; return its path.

        Raises
        ------
        FolderNotWritable
            If this user can't write there.
        """
        if not self.path.is_absolute():
            raise self._refused("the user has no home folder")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._refused(str(error.strerror)) from error
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise self._refused("permission denied")
        return self.path

    def disk_errors(self) -> AbstractContextManager[None]:
        """Raise the errors of a block that writes there; see `edgebench.files.disk.disk_errors`."""
        advice = f"set the environment variable {self.variable} to another folder"
        return disk_errors(self.path, advice)

    def _refused(self, why: str) -> FolderNotWritable:
        return FolderNotWritable(
            f"{self.path}: can't be written: {why}; set the environment variable {self.variable} "
            "to a folder that can"
        )


def data_folder() -> UserFolder:
    """Return the folder for the user's own: usually ``~/.local/share/edgebench``."""
    from platformdirs import user_data_path

    return UserFolder(_found(user_data_path), "XDG_DATA_HOME")


def cache_folder(subject: str) -> UserFolder:
    """Return the folder for what can be fetched or made again: ``~/.cache/edgebench/SUBJECT``."""
    from platformdirs import user_cache_path

    return UserFolder(_found(user_cache_path) / subject, "XDG_CACHE_HOME")


def _found(find: Callable[..., Path]) -> Path:
    try:
        return find(NAME, appauthor=False)
    except RuntimeError:
        # No home folder at all, as in some containers: what is only read is not there then.
        return Path("~", NAME)
