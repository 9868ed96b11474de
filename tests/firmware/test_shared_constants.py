"""Numbers that C and Python both have are the same: a compiler compares them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from edgebench.device.conversation import REFERENCE_COMMAND_BYTES
from edgebench.device.frames import REPORT
from edgebench.device.options import DEFAULT_BAUD
from edgebench.device.repair import BAUD_TRIAL_S, BINARY_SILENCE_S
from edgebench.firmware.building.size import FRAME_DATA_BYTES, LAYER_CONSTANTS_BYTES
from edgebench.firmware.c_files import KERNELS, firmware_folder
from edgebench.firmware.emitting.network_c import ROWS, STRUCTS
from edgebench.firmware.emitting.source import ROW_BYTES
from edgebench.firmware.engines import candidate, dsp, mve
from edgebench.firmware.layers import LOOPS, RAISED
from edgebench.firmware.reading.ops import resizing, softmax, weighted

HEADERS = ("eb_command.h", "eb_extensions.h", "eb_frame.h", "eb_port.h", "eb_kernels_mve.h")
EQUAL = {
    "EB_FRAME_DATA_BYTES": FRAME_DATA_BYTES,
    "EB_FRAME_REPORT": REPORT,
    "EB_COMMAND_BYTES": REFERENCE_COMMAND_BYTES,
    "EB_PORT_FIRST_BAUD": DEFAULT_BAUD,
    "EB_LOOP_NEST_DEPTH": LOOPS,
    "EB_ADD_RAISED": RAISED,
    "EB_SOFTMAX_DIFFERENCE_BITS": softmax.INTEGER_BITS,
    "EB_BILINEAR_ONE": resizing.ONE,
    "EB_16X8_MOST_LEFT_SHIFT": weighted.MOST_LEFT_SHIFT,
    **{f"sizeof(struct eb_{struct})": ROW_BYTES for struct in ROWS.values()},
    "EB_DEPTHWISE_MOST_TAPS": candidate.MOST_DEPTHWISE_TAPS,
    "EB_DSP_TAPS": dsp.TAPS,
    "EB_DSP_GROUP": dsp.GROUP,
    "EB_MVE_TAPS": mve.TAPS,
    "EB_MVE_GROUP": mve.CHANNELS,
    "EB_MVE_DEPTHWISE_GROUP": mve.DEPTHWISE_CHANNELS,
}


def fails(condition: str, folder: Path, compiler: str = "gcc") -> bool:
    """Whether a condition is false for a compiler."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed (`make test` installs it)")
    source = folder / "check.c"
    includes = "".join(f'#include "{each}"\n' for each in HEADERS)
    source.write_text(f"{includes}typedef char check[({condition}) ? 1 : -1];\n")
    folders = [f"-I{firmware_folder() / part}" for part in ("core", *KERNELS["helium"])]
    done = subprocess.run(
        [compiler, "-std=c99", *folders, "-fsyntax-only", str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 or "negative" in done.stderr, done.stderr
    return done.returncode != 0


@pytest.mark.parametrize("name", EQUAL)
def test_a_constant_is_the_same_in_c(name: str, tmp_path: Path) -> None:
    assert not fails(f"{name} == {EQUAL[name]}", tmp_path)
    assert fails(f"{name} == {EQUAL[name] + 1}", tmp_path)


def test_the_host_waits_longer_than_the_device(tmp_path: Path) -> None:
    assert not fails(f"EB_SILENCE_US < {BINARY_SILENCE_S * 1e6:.0f}U", tmp_path)
    assert not fails(f"EB_BAUD_TRIAL_US < {BAUD_TRIAL_S * 1e6:.0f}U", tmp_path)


@pytest.mark.parametrize("struct", sorted(STRUCTS.values()))
def test_a_layer_s_struct_takes_no_more_than_size_says(struct: str, tmp_path: Path) -> None:
    size = f"sizeof(struct eb_{struct})"
    assert not fails(f"{size} <= {LAYER_CONSTANTS_BYTES}", tmp_path, "arm-none-eabi-gcc")
