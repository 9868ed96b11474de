"""The plug-in as QEMU takes it: whatever its path, and by old and new versions of QEMU."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edgebench.firmware.building.compiling import host_compiler, run_tool
from edgebench.firmware.cycles.plugin import Caches, arguments, build_plugin
from tests.firmware.boards.test_dsp import needs_qemu

FUNCTIONS = (
    "qemu_plugin_register_vcpu_tb_trans_cb qemu_plugin_register_vcpu_tb_exec_cb "
    "qemu_plugin_register_vcpu_mem_cb qemu_plugin_tb_n_insns qemu_plugin_tb_vaddr "
    "qemu_plugin_tb_get_insn qemu_plugin_insn_vaddr qemu_plugin_mem_is_store qemu_plugin_insn_size"
)
LOAD = """
import ctypes, sys
ctypes.CDLL(sys.argv[1], ctypes.RTLD_GLOBAL)
print(ctypes.c_int.in_dll(ctypes.CDLL(sys.argv[2]), "qemu_plugin_version").value)
"""


@needs_qemu
def test_a_path_may_have_what_qemu_separates_options_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a=b,c"))
    options = arguments(16, 32, Caches(0, 1024), tmp_path / "x=y,z.txt")
    command = ["qemu-system-arm", "-machine", "none", "-display", "none", "-monitor", "stdio"]
    done = subprocess.run(
        [*command, *options], input="quit\n", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    refused = subprocess.run(
        [*command, *options[:-1], options[-1].replace("begin=10", "begin=0")],
        input="quit\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert "which function?" in refused.stderr


@pytest.mark.parametrize(("added", "version"), [("", "1"), ("qemu_plugin_scoreboard_new", "2")])
def test_the_plug_in_says_the_version_that_its_qemu_takes(
    added: str, version: str, tmp_path: Path
) -> None:
    program = tmp_path / "qemu.c"
    program.write_text(
        "".join(f"void {name}(void) {{}}\n" for name in f"{FUNCTIONS} {added}".split())
    )
    library = tmp_path / "qemu.so"
    run_tool([host_compiler(), "-shared", "-fPIC", str(program), "-o", str(library)])
    words = [sys.executable, "-c", LOAD, str(library), str(build_plugin())]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == version
