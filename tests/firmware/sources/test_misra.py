"""The record of deviations from MISRA C is what cppcheck finds."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from edgebench.firmware.c_files import CORE, KERNELS, firmware_folder, folders, sources
from edgebench.firmware.emitting.source import emit
from edgebench.firmware.streaming.source import stream_files
from edgebench.models.resolve import resolve_model
from tests.models.made_models import dense_model

PARTS = (*CORE, "streaming", *KERNELS["helium"])
RECORDED_WITH = "Cppcheck 2.10"
ROW = re.compile(r"^\| (\d+\.\d+) \| (\d+) \| (.+) \|$", re.MULTILINE)
REPORT = re.compile(r"^(\S+?):\d+:\d+: .*\[misra-c2012-(\d+\.\d+)\]$", re.MULTILINE)


def recorded() -> dict[str, int]:
    rows = ROW.findall((firmware_folder() / "MISRA.md").read_text())
    return {rule: int(count) for rule, count, _ in rows}


def reported(folder: Path) -> Counter[str]:
    """Count cppcheck's reports of the firmware's own files by rule."""
    path = folder / "m.tflite"
    path.write_bytes(dense_model((600, 8), "int8").to_bytes())
    model = resolve_model(str(path))
    for name, text in {**emit(model).files, **stream_files(model)}.items():
        (folder / name).write_text(text)
    # cppcheck writes files next to those that it reads.
    copy = shutil.copytree(firmware_folder(), folder / "firmware")
    c_files = [each for each in sources(*PARTS) if each.suffix == ".c"]
    done = subprocess.run(
        [
            "cppcheck",
            "--addon=misra",
            "--std=c99",
            "--quiet",
            "--inline-suppr",
            "--suppress=unusedStructMember",
            *(f"-I{copy / each.relative_to(firmware_folder())}" for each in folders(*PARTS)),
            f"-I{folder}",
            *(str(copy / each.relative_to(firmware_folder())) for each in c_files),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    found = REPORT.findall(done.stderr)
    return Counter(rule for path, rule in found if Path(path).is_relative_to(copy))


@pytest.mark.slow
def test_the_deviations_are_those_on_record(tmp_path: Path) -> None:
    if shutil.which("cppcheck") is None:
        pytest.skip("cppcheck is not installed (`make test` installs it)")
    version = subprocess.run(["cppcheck", "--version"], capture_output=True, text=True, check=True)
    if version.stdout.strip() != RECORDED_WITH:
        pytest.skip(f"recorded with {RECORDED_WITH}; this is {version.stdout.strip()}")
    assert dict(reported(tmp_path)) == recorded()
