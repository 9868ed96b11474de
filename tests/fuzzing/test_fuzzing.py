"""A share of `make fuzz` that always does the same: the parsers' C, and every reader of files."""

from __future__ import annotations

import shutil
import subprocess
from itertools import islice
from pathlib import Path

import pytest

from edgebench.errors import UsageError
from tests.fuzzing import firmware
from tests.fuzzing.mutations import stream
from tests.fuzzing.networks import check_network, compile_kernels
from tests.fuzzing.property import holds
from tests.fuzzing.targets import names, target

C_EXECUTIONS = 20_000
EXECUTIONS = 60
SEED = 1


@pytest.mark.parametrize("name", firmware.TARGETS)
def test_no_bytes_harm_the_device(name: str, tmp_path: Path) -> None:
    """With address and undefined-behaviour sanitizers; afterwards the device still answers."""
    if shutil.which("clang") is None:
        pytest.skip("clang is not installed (`make test` installs it)")
    command = firmware.command_of(firmware.TARGETS[name], tmp_path, C_EXECUTIONS)
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert firmware.executions_of(done.stderr) == C_EXECUTIONS


@pytest.mark.parametrize("name", list(names()))
def test_no_bytes_get_past_a_reader(name: str, tmp_path: Path) -> None:
    chosen = target(name, tmp_path)
    for data in islice(stream(chosen.seeds, SEED), EXECUTIONS):
        chosen.check(data)


@pytest.mark.parametrize("name", [name for name in names() if name != "protocol"])
def test_a_reader_takes_what_mutations_begin_with(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise all that is tried of it is how it refuses its first byte."""
    refused: list[BaseException] = []

    def taken(read: object, size_bytes: int) -> None:
        try:
            read()  # type: ignore[operator]
        except Exception as error:
            refused.append(error)

    monkeypatch.setattr("tests.fuzzing.targets.holds", taken)
    chosen = target(name, tmp_path)
    for seed in chosen.seeds:
        chosen.check(seed)
    assert len(refused) < len(chosen.seeds), refused


@pytest.mark.parametrize(("op", "seed"), [("conv_2d", 1), ("strided_slice", 2), ("add", 3)])
def test_a_random_network_is_sound(op: str, seed: int, tmp_path: Path) -> None:
    pytest.importorskip("tflite_micro", reason="TFLM's reference is not installed")
    check_network(op, seed, tmp_path, compile_kernels(tmp_path))


def test_the_property_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def raising(error: Exception) -> None:
        raise error

    holds(lambda: raising(UsageError("a word of ours")), 1)
    with pytest.raises(KeyError):
        holds(lambda: raising(KeyError("x")), 1)
    with pytest.raises(AssertionError, match="invalid literal"):
        holds(lambda: raising(UsageError("invalid literal for int()")), 1)
    monkeypatch.setattr("tests.fuzzing.property.LEAST_S", 0.01)
    with pytest.raises(AssertionError, match="s, 0 bytes"):
        holds(lambda: sum(range(10_000_000)), 0)


def test_mutations_are_the_same_for_the_same_seed() -> None:
    first, second = (list(islice(stream([b"abc", b"12"], 5), 50)) for _ in range(2))
    assert first == second
    assert len(set(first)) > 30
    assert all(len(each) <= 200_000 for each in first)
