"""The page that follows a .tflite to an image names files that exist, and all rooms."""

from __future__ import annotations

import re

from tests.conftest import ROOT

FIRMWARE = ROOT / "edgebench" / "firmware"


def test_every_file_of_the_way_to_an_image_exists() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    _, _, section = text.partition("## The way of a .tflite to an image")
    section, _, _ = section.partition("\n## ")
    files = re.findall(r"`([\w/*]+\.(?:py|c))`", section)
    assert len(files) > 15
    for name in files:
        found = [path for root in (FIRMWARE, ROOT / "edgebench", ROOT) for path in root.glob(name)]
        assert found, name
    rooms = {path.name for path in FIRMWARE.iterdir() if (path / "__init__.py").is_file()}
    assert rooms == {
        name.split("/")[0]
        for name in files
        if (FIRMWARE / name).parent in (FIRMWARE / room for room in rooms)
    }
