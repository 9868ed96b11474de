"""Names for pseudo-terminals: what may be replaced, and what is the user's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgebench.errors import FolderNotWritable, UsageError
from edgebench.virtual.port_link import PortLink


@pytest.fixture
def port() -> Iterator[str]:
    ours, theirs = os.openpty()
    yield os.ttyname(theirs)
    os.close(theirs)
    os.close(ours)


@pytest.mark.parametrize("before", ["/dev/pts/none", "nothing", None])
def test_a_link_that_was_left_behind_is_replaced(
    before: str | None, port: str, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(before or port)
    with PortLink(link, port):
        assert str(link.readlink()) == port
    assert not link.is_symlink()


@pytest.mark.parametrize("target", ["/dev/null", "mine"])
def test_a_link_of_the_user_s_own_stays(target: str, port: str, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    link = tmp_path / "link"
    link.symlink_to(target)
    with pytest.raises(UsageError, match="link is there already"):
        PortLink(link, port)
    assert str(link.readlink()) == target


def test_no_draft_is_left_behind(
    port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(FolderNotWritable, match="can't be made"):
        PortLink(tmp_path / "link", port)
    assert not list(tmp_path.iterdir())
