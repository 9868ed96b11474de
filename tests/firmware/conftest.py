"""What tests of the firmware share: the kernels, compiled once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.firmware.compiled import shared_kernels


@pytest.fixture(scope="session")
def kernels_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for networks that `quickly_compiled` links to the kernels."""
    if shutil.which("tcc") is None:
        pytest.skip("tcc is not installed (`make test` installs it)")
    folder = tmp_path_factory.mktemp("kernels")
    shared_kernels(folder)
    return folder
