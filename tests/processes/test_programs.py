"""Programs that can't be started, or do not end."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from edgebench.errors import ProgramFailed
from edgebench.processes.programs import captured


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
