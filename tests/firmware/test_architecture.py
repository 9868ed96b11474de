"""The page that follows a .tflite to an image names files that exist, and all folders."""

from __future__ import annotations

import re

from edgebench.firmware.emitting.names import CNames
from tests.conftest import ROOT

FIRMWARE = ROOT / "edgebench" / "firmware"


def test_every_file_of_the_way_to_an_image_exists() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    _, _, section = text.partition("## The way of a .tflite to an image")
    section, _, _ = section.partition("\n## ")
    generated = CNames().source
    files = re.findall(r"`([\w/*]+\.(?:py|c))`", section)
    assert generated in files
    files.remove(generated)
    assert len(files) > 15
    folders = (FIRMWARE, ROOT / "edgebench", ROOT)
    for name in files:
        assert any(list(folder.glob(name)) for folder in folders), name
    subfolders = {path.parent.name for path in FIRMWARE.glob("*/__init__.py")}
    assert subfolders <= {name.split("/")[0] for name in files}
