"""Kernels are compiled once for all models, and a compiler's refusal leaves nothing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from edgebench.errors import BuildFailed
from edgebench.files.atomic import ABANDONED_S
from edgebench.files.folders import cache_folder
from edgebench.firmware.building.host import build_host
from edgebench.firmware.building.kernel_objects import kernel_objects
from edgebench.models.resolve import resolve_model


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, and a file with the words of each call of the host's compiler."""
    found = tmp_path / "calls"
    real = shutil.which("gcc")
    wrapper = tmp_path / "bin" / "gcc"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\necho "$*" >> {found}\nexec {real} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return found


def test_the_second_model_finds_the_kernels_compiled(calls: Path) -> None:
    build_host(resolve_model("kws-ds-cnn"))
    *kernels, program = calls.read_text().splitlines()
    assert len(kernels) > 15
    assert all(" -c " in each for each in kernels)
    assert " -c " not in program
    build_host(resolve_model("machine-autoencoder"))
    assert len(calls.read_text().splitlines()) == len(kernels) + 2
    folder = cache_folder("firmware").path
    (kept,) = folder.glob("kernels-*")
    assert len(list(kept.glob("*.o"))) == len(kernels)
    assert not list(folder.glob("*.partial"))


def test_what_killed_builds_left_is_removed_and_what_others_build_stays(calls: Path) -> None:
    cache = cache_folder("firmware").ready()
    killed, building, other = (
        cache / name for name in ("kernels-a.1-2.partial", "kernels-b.3-4.partial", "c.partial")
    )
    for folder in (killed, building, other):
        folder.mkdir()
        (folder / "eb_conv.o").write_bytes(b"half")
    long_ago = killed.stat().st_mtime - ABANDONED_S - 1
    for folder in (killed, other):
        os.utime(folder, (long_ago, long_ago))
    assert kernel_objects("gcc", [], ["kernels_dsp/none"]) == []
    assert sorted(path.name for path in cache.glob("*.partial")) == [other.name, building.name]
    assert not calls.exists()


def test_a_compiler_that_refuses_leaves_no_kernels(calls: Path) -> None:
    with pytest.raises(BuildFailed, match="abacus"):
        kernel_objects("gcc", ["-mcpu=abacus"], ["kernels"])
    assert not list(cache_folder("firmware").path.iterdir())
    assert calls.is_file()
