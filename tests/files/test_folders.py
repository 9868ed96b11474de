"""The user's folders: where they are, and what is said when they can't be written."""

from __future__ import annotations

import pwd
from pathlib import Path

import pytest

from edgebench.errors import FolderNotWritable
from edgebench.files.folders import cache_folder, data_folder
from edgebench.registry import packaged_data, search_path

REFUSES = "/proc/nobody/may"
"""Not even root may make a folder there."""


def test_they_are_below_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert data_folder().path == tmp_path / ".local" / "share" / "edgebench"
    assert cache_folder("pull").path == tmp_path / ".cache" / "edgebench" / "pull"
    assert not list(tmp_path.iterdir())  # asking where they are makes nothing


def test_xdg_variables_move_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert (data_folder() / "tuned").ready() == tmp_path / "data" / "edgebench" / "tuned"
    assert cache_folder("pull").ready() == tmp_path / "cache" / "edgebench" / "pull"
    assert (tmp_path / "data" / "edgebench" / "tuned").is_dir()


def test_a_folder_that_cannot_be_written_names_itself_and_the_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", REFUSES)
    with pytest.raises(FolderNotWritable, match=f"^{REFUSES}/edgebench/pull: .*XDG_CACHE_HOME"):
        cache_folder("pull").ready()


def test_a_file_in_the_way_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with pytest.raises(FolderNotWritable, match=r"/data/edgebench: .*Not a directory.*XDG_DATA"):
        data_folder().ready()


def test_a_user_without_a_home_folder_can_read_cards_and_hears_what_to_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def nobody(uid: int) -> None:
        raise KeyError(uid)

    for name in ("HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert search_path() == (packaged_data(),)
    with pytest.raises(FolderNotWritable, match=r"no home folder; set .* XDG_DATA_HOME"):
        data_folder().ready()
    assert not list(tmp_path.iterdir())


def test_cards_are_looked_for_in_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EDGEBENCH_PATH", f"{tmp_path / 'a'}:{tmp_path / 'b'}")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "c"))
    assert search_path()[:3] == (tmp_path / "a", tmp_path / "b", tmp_path / "c" / "edgebench")
