"""The firmware's own C is found, in folders by kind, and no name is taken twice."""

from __future__ import annotations

from collections import Counter

from edgebench.firmware.c_files import CORE, HELIUM, KERNELS, folders, headers, sources

MOST_FILES = 15
"""In a folder; an export has them all in one."""


def test_no_two_files_have_one_name() -> None:
    parts = (*CORE, *KERNELS[HELIUM])
    names = Counter(path.stem for path in sources(*parts))
    names += Counter(path.name for path in headers(*parts))
    assert names
    assert set(names.values()) == {1}


def test_kernels_lie_in_folders_by_kind() -> None:
    kinds = [folder.name for folder in folders("kernels")]
    assert kinds[0] == "kernels"
    assert "convolution" in kinds[1:]
    for folder in folders(*KERNELS[HELIUM]):
        assert len(list(folder.iterdir())) <= MOST_FILES, folder
