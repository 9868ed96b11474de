"""Programs that can't be started, or do not end."""

from __future__ import annotations

import os
import re
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edgebench.boards.card import board_cards
from edgebench.diagnostics.toolchains import toolchains
from edgebench.errors import BuildFailed, DiskFull, MeterNotFound, ProgramFailed, UsageError
from edgebench.firmware.building.compiling import run_tool
from edgebench.power.open import open_meter
from edgebench.processes.programs import captured
from edgebench.results.check.official import run_official

LEFT = 3
"""Descriptors that a folder can be removed with; a program with pipes needs more."""


@contextmanager
def few_descriptors() -> Iterator[None]:
    """Leave this process so few that it can start no program."""
    some = [os.open("/dev/null", os.O_RDONLY) for _ in range(LEFT)]
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(some) + 1, before[1]))
    for each in some:
        os.close(each)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_program_that_does_not_end_is_named() -> None:
    words = [sys.executable, "-c", "import time; time.sleep(600)"]
    with pytest.raises(
        ProgramFailed, match=f"^{re.escape(sys.executable)} has not ended after 0.01 s$"
    ):
        captured(words, 0.01)


def test_a_file_that_is_no_program_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gcc"
    path.write_bytes(b"\x7fELF and nothing")
    path.chmod(0o755)
    with pytest.raises(ProgramFailed, match=f"^{path} can't be run: Exec format error$"):
        captured([str(path)], 10)


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProgramFailed, match=f"can't be run in {tmp_path}/none: No such file"):
        captured([sys.executable], 10, cwd=tmp_path / "none")


def _official(folder: Path) -> None:
    (folder / "submission_checker.py").touch()
    run_official(folder, folder, "v6.0")


@pytest.mark.parametrize(
    ("begin", "error"),
    [
        (lambda _: open_meter(f"rpi5-pmic:{sys.executable}"), MeterNotFound),
        (_official, UsageError),
    ],
)
def test_a_process_that_may_start_no_more_programs_says_so(
    begin: Callable[[Path], object], error: type[Exception], tmp_path: Path
) -> None:
    says = "no program starts: Too many open files: the limit is"
    with pytest.raises(error, match=says), few_descriptors():
        begin(tmp_path)


def test_doctor_goes_on_where_no_program_can_be_started() -> None:
    board_cards()
    with few_descriptors():
        found = {each.name: each for each in toolchains()}
    assert "no program starts: Too many open files" in found["gcc"].detail


def test_what_a_program_has_started_ends_with_it(tmp_path: Path) -> None:
    held = tmp_path / "held"
    os.mkfifo(held)
    reading = os.open(held, os.O_RDONLY | os.O_NONBLOCK)
    # Opened before anything sleeps: it is closed when the last process has ended.
    script = f"exec 3> {held}; echo ready >&3; sleep 600 & sleep 600"
    with pytest.raises(ProgramFailed, match="has not ended"):
        captured(["sh", "-c", script], 1.0)
    os.set_blocking(reading, True)
    with os.fdopen(reading) as pipe:
        pipe.read()  # to its end


def test_a_compiler_on_a_full_disk_is_no_failed_build(tmp_path: Path) -> None:
    source = tmp_path / "one.c"
    source.write_text("int one(void) { return 1; }\n")
    with pytest.raises(DiskFull, match="XDG_CACHE_HOME and TMPDIR"):
        run_tool(["gcc", "-c", str(source), "-o", "/dev/full"])


def test_a_compiler_s_temporary_files_go_with_it(tmp_path: Path) -> None:
    said = tmp_path / "said"
    compiler = f'echo part > "$TMPDIR/cc1.o"; echo "$TMPDIR" > {said}; kill -9 $$'
    with pytest.raises(BuildFailed):
        run_tool(["sh", "-c", compiler])
    assert not Path(said.read_text().strip()).exists()
