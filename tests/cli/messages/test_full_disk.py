"""A disk that is full before a command writes: nothing half-written is left, and it is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.messages.test_refusals import called, disk, fill, refused

__all__ = ["disk"]

EXPORT = ("deploy", "kws-ds-cnn", "--export", "make", "--out")


@pytest.mark.parametrize("disk", ["size=200k"], indirect=True)
@pytest.mark.parametrize("is_there", [False, True])
def test_no_half_of_a_project_is_left(disk: Path, is_there: bool) -> None:
    out = disk / "out"
    if is_there:
        out.mkdir()
    refused(called(*EXPORT, str(out)), f"{out}: no space left")
    assert [each.name for each in disk.iterdir()] == ["out"] * is_there
    assert not is_there or not any(out.iterdir())


@pytest.mark.parametrize("disk", ["size=1m"], indirect=True)
def test_no_empty_description_is_left_to_be_filled_in(disk: Path) -> None:
    fill(disk)
    file = disk / "system.toml"
    refused(called("submit", "tiny", "--init", "--system-file", str(file)), "no space left")
    assert not file.exists()


@pytest.mark.parametrize("disk", ["size=1m"], indirect=True)
def test_a_transcript_that_is_not_whole_is_said(disk: Path) -> None:
    fill(disk)
    file = disk / "transcript.txt"
    done = called("console", "--device", "emulated:kws", "--transcript", str(file))
    refused(done, f"{file}: not every byte could be kept: No space left on device")


@pytest.mark.parametrize("disk", ["size=1m"], indirect=True)
def test_a_full_cache_is_moved_by_its_own_variable(disk: Path, tmp_path: Path) -> None:
    (disk / "edgebench" / "firmware").mkdir(parents=True)
    fill(disk)
    run = ("run", "--device", "emulated:kws", "--out", str(tmp_path / "out"))
    done = called(*run, XDG_CACHE_HOME=str(disk))
    # The first to meet it is a compiler, or edgebench itself where the objects are there already.
    refused(done, "no space left")
    assert "XDG_CACHE_HOME" in done.stderr
    assert "--out" not in done.stderr


@pytest.mark.parametrize("disk", ["size=1m,ro"], indirect=True)
def test_a_file_that_can_t_be_written_has_its_own_name(disk: Path) -> None:
    out = disk / "made.tflite"
    quantize = ("quantize", "kws-ds-cnn:float32", "--recipe", "float16", "--out", str(out))
    refused(called(*quantize), f"{out}: can't be written: Read-only file system")
