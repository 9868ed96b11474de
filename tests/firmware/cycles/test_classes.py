"""Instructions sorted into the classes of processors' timing tables, from what objdump prints."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from edgebench.errors import BuildFailed, DeviceError
from edgebench.firmware.cycles.block_counts import BlockCount, read_block_counts
from edgebench.firmware.cycles.classes import Classes, classes_by_site, classes_of
from edgebench.firmware.cycles.disassembly import Instruction, disassembled, functions

ARM = """
    .syntax unified
    .thumb
    .cpu cortex-m4
    .fpu fpv4-sp-d16
    .text
    .global work
    .type work, %function
work:
    ldr r0, [r1]
    ldrsb r2, [r1, #4]
    ldrh.w r3, [r1, #6]
    adds r0, r0, r2
    ldrb r2, [r1, #9]
    ldrd r4, r5, [r1]
    ldmia r1!, {r4-r7, r12}
    push {r4, lr}
    strb r0, [r1]
    smlad r0, r2, r3, r0
    smlabb r0, r2, r3, r0
    smull r4, r5, r2, r3
    smmulr r4, r2, r3
    mul r4, r2, r3
    mla r4, r2, r3, r4
    sdiv r4, r2, r3
    vadd.f32 s0, s1, s2
    vpush {d8-d9}
    cmp r0, #0
    it ne
    ldrne r0, [r1]
    bx lr
    .size work, . - work
"""
EXPECTED = Classes(
    instructions=22,
    single_loads=5,
    load_runs=3,
    multi_words=2 + 5 + 2 + 4,
    multiples=4,
    stores=1,
    multiplies=2,
    long_multiplies=2,
    divides=1,
    float_ops=1,
    simd_macs=2,
)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    if shutil.which("arm-none-eabi-as") is None:
        pytest.skip("arm-none-eabi-as is not installed (`make test` installs it)")
    (tmp_path / "work.s").write_text(ARM)
    made = tmp_path / "work.o"
    subprocess.run(["arm-none-eabi-as", str(tmp_path / "work.s"), "-o", str(made)], check=True)
    return made


def test_every_class_is_known_from_what_objdump_prints(image: Path) -> None:
    code = disassembled("arm-none-eabi-gcc", image)
    assert classes_of(instruction for instruction, _ in code.values()) == EXPECTED
    function = functions("arm-none-eabi-gcc", image)["work"]
    assert (function.begin, function.end) == (0, max(code) + 2)


def test_blocks_are_multiplied_by_how_often_they_were_executed(image: Path) -> None:
    code = disassembled("arm-none-eabi-gcc", image)
    blocks = [
        BlockCount(0x10, 0, 4, 100, 7, 3, 50, 9),  # three loads next to each other, and ADDS
        BlockCount(0x10, 0, 2, 10, 0, 0, 0, 0),
        BlockCount(0x20, 0, 1, 5, 5, 0, 0, 0),
    ]
    found = classes_by_site(blocks, code)
    assert set(found) == {0x10, 0x20}
    assert found[0x10] == Classes(
        instructions=4 * 100 + 2 * 10,
        single_loads=3 * 100 + 2 * 10,
        load_runs=100 + 10,
        taken_branches=7,
        blocks=110,
        flash_reads=50,
        data_misses=9,
        code_misses=3,
    )
    assert found[0x20].taken_branches == 5


def test_riscv_has_the_same_classes() -> None:
    words = "lw lbu addi mul mulh sb div bne fadd.s flw lhu"
    assert classes_of(Instruction(word) for word in words.split()) == Classes(
        instructions=11,
        single_loads=4,
        load_runs=2,
        stores=1,
        multiplies=1,
        long_multiplies=1,
        divides=1,
        float_ops=1,
    )


def test_helium_s_loads_and_multiplications_are_its_vectors() -> None:
    words = "vldrb.s16 vldrw.u32 vmladava.s8 vmullb.s16 vqrdmulh.s32 vstrb.8 vadd.i32 le"
    assert classes_of(Instruction(word) for word in words.split()) == Classes(
        instructions=8, vector_loads=2, vector_stores=1, vector_macs=3
    )


def test_code_that_objdump_takes_for_data_counts_as_instructions() -> None:
    found = classes_by_site([BlockCount(1, 0x100, 3, 2, 0, 0, 0, 0)], {})
    assert found[1] == Classes(instructions=6, blocks=2)


@pytest.mark.parametrize("text", ["", "1 2 3\nend", "1 2 3 4 5 6 7 8", "1 2 x 4 5 6 7 8\nend"])
def test_counts_that_are_cut_off_or_damaged_are_refused(text: str) -> None:
    with pytest.raises(DeviceError, match="counts"):
        read_block_counts(text)


def test_a_file_that_is_no_image_is_refused(tmp_path: Path) -> None:
    if shutil.which("arm-none-eabi-objdump") is None:
        pytest.skip("arm-none-eabi-objdump is not installed (`make test` installs it)")
    (tmp_path / "x").write_text("no image")
    with pytest.raises(BuildFailed, match="can't read the image"):
        disassembled("arm-none-eabi-gcc", tmp_path / "x")


def test_arm_s_subtraction_is_no_store_though_its_name_is_one_with_a_condition() -> None:
    words = "sbcs sbcs.w sbcne strne ldrbcs strhcs"
    assert classes_of(Instruction(word) for word in words.split()) == Classes(
        instructions=6, single_loads=1, load_runs=1, stores=2
    )
