"""What is written for MLCommons' runner."""

from __future__ import annotations

import csv
import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from click.testing import CliRunner

import edgebench
from edgebench.cli.commands.hardware.rehearse import command
from edgebench.datasets.load import load_dataset
from edgebench.errors import DatasetMismatch, DeviceLost, UsageError
from edgebench.harness.rehearsal.benchmarks import REHEARSED
from edgebench.harness.rehearsal.request import RehearsalRequest
from edgebench.harness.rehearsal.runner_data import write_inputs
from edgebench.mlperf.tiny.inputs import TINY_INPUTS
from edgebench.models.resolve import resolve_model
from tests.harness.rehearsal.conftest import CLASSES

STREAMED = [name for name, benchmark in REHEARSED.items() if benchmark.is_streamed]
PACKAGED = [name for name, benchmark in REHEARSED.items() if benchmark.model]


@pytest.mark.parametrize("name", PACKAGED)
def test_data_are_read_back_as_they_were(name: str, tmp_path: Path) -> None:
    benchmark = REHEARSED[name]
    model = resolve_model(benchmark.model)
    assert model.card is not None
    first = write_inputs(tmp_path, model, None, benchmark, 10)
    rows = list(csv.reader((tmp_path / "y_labels.csv").read_text().splitlines()))
    assert len(rows) == 10
    whole = load_dataset(model.card.dataset)
    assert whole.labels is not None
    assert {int(row[2]) for row in rows} == set(np.unique(whole.labels)[:10].tolist())
    contents = [(tmp_path / row[0]).read_bytes() for row in rows]
    assert contents[0].startswith(first)
    (tensor,) = model.facts.inputs
    size = {"int8": 1, "uint8": 1, "float32": 4}[TINY_INPUTS[benchmark.name]] * tensor.elements
    assert len(first) == size
    for row, content in zip(rows, contents, strict=True):
        number = int(row[0].rsplit("_", 1)[1].removesuffix(".bin"))
        own = number if whole.groups is None else int(np.flatnonzero(whole.groups == number)[0])
        real = whole.sample(own)[0]
        stored = np.frombuffer(content[:size], "<f4" if size > tensor.elements else np.uint8)
        if TINY_INPUTS[benchmark.name] == "float32":
            np.testing.assert_array_equal(stored, real.reshape(-1))
            assert [int(each) for each in row[3:]] == [size, size]
        else:
            flip = 0 if TINY_INPUTS[benchmark.name] == "int8" else 0x80
            expected = tensor.encode(real).reshape(-1).view(np.uint8) ^ np.uint8(flip)
            np.testing.assert_array_equal(stored, expected)
            assert len(row) == 3


def test_mlperf_s_own_data_come_through_unchanged(tiny: Path, tmp_path: Path) -> None:
    model = resolve_model(str(tiny / "models/kws_ref_model.tflite"))
    write_inputs(tmp_path, model, str(tiny / "kws01"), REHEARSED["kws"], 0)
    written = {each.read_bytes() for each in tmp_path.glob("*.bin")}
    own = {each.read_bytes() for each in (tiny / "kws01").glob("*.bin")}
    assert written <= own
    assert len(written) > 100


def test_devices_scripts_and_ports_are_written(small_kws: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "out"
    with edgebench.rehearse_tiny(
        ["kws"], out=out, inputs=6, window_s=0.5, tiny_dir=tmp_path / "my tiny", **small_kws
    ) as rehearsal:
        (kws,) = rehearsal.benchmarks
        words = {mode: shlex.split(text) for mode, text in kws.commands.items()}
        listed = json.loads((out / "ports.json").read_text())["kws01"]
    assert words["e"][:3] == ["python", "with_ports.py", "kws01"]
    assert words["e"][3] == f"{tmp_path}/my tiny/benchmark/runner/main.py"
    assert words["e"][-1] == "e"
    devices = {each["type"]: each for each in yaml.safe_load((out / "devices.yaml").read_text())}
    usb = {kind: next(iter(each["usb"].items())) for kind, each in devices.items()}
    assert [(each["vid"], each["pid"]) for each in listed["a"]] == [usb["dut"]]
    assert [(each["vid"], each["pid"]) for each in listed["e"]] == [usb["interface"], usb["power"]]
    assert [each["device"] for each in listed["p"]] == [kws.device]
    assert [each["device"] for each in listed["e"]] == [kws.interface, rehearsal.meter]
    assert devices["dut"]["baud"] == dict.fromkeys(("accuracy", "performance", "energy"), 921600)
    assert devices["interface"]["name"] == "stm32h573i-dk"  # which the runner knows it by
    for mode, file in zip("ape", ("accuracy", "performance", "energy"), strict=True):
        test = yaml.safe_load((out / f"tests_{file}.yaml").read_text())["kws01"]
        assert test["truth_file"] == "y_labels.csv"
        ((loop, steps),) = test["script"][0].items()
        assert loop == ("loop" if mode == "a" else "loop 5")
        assert steps[0] == "download"
        count, warmups = map(int, steps[1].removeprefix("infer ").split())
        assert (count == 1) is (mode == "a")
        assert warmups == (0 if mode == "a" else 10)
        # A small network takes microseconds; half a second of them.
        assert mode == "a" or 1000 < count < 10_000_000
    rows = (out / "datasets/kws01/y_labels.csv").read_text().splitlines()
    assert [int(row.split(",")[2]) for row in rows] == [*range(CLASSES), *range(CLASSES)]


def test_another_rehearsal_takes_the_folder_over(small_kws: dict[str, Any], tmp_path: Path) -> None:
    for count in (8, 5):
        with edgebench.rehearse_tiny(["kws"], out="out", inputs=count, **small_kws):
            pass
    assert len(list(Path("out/datasets/kws01").glob("*.bin"))) == 5
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"other exists and was not made by `rehearse`"):
        edgebench.rehearse_tiny(["kws"], out=other, **small_kws)
    assert [each.name for each in other.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"benchmarks": ["kw"]}, "`benchmarks`: unknown value 'kw'"),
        ({"benchmarks": ["sww"]}, "name them with `models` and `datasets`"),
        ({"models": {"pix": "a"}}, "unknown value 'pix'"),
        ({"inputs": 3}, "`inputs` must be 5 or more, or 0 for all, not 3"),
        ({"window_s": 40.0}, "`window_s` must be above 0 and at most 25"),
        ({"baud": 3_000_000}, "`baud` must be 1200 to 2000000"),
    ],
)
def test_what_can_t_be_is_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        edgebench.rehearse_tiny(**options)
    assert not Path("edgebench-rehearsal").exists()


def test_all_are_those_with_a_model_and_data() -> None:
    assert RehearsalRequest().chosen == tuple(PACKAGED)
    named = RehearsalRequest(models={"sww": "a"}, datasets={"sww": "b"})
    assert set(named.chosen) == {*PACKAGED, *STREAMED}


def test_what_is_named_is_not_left_out() -> None:
    for half in ({"models": {"sww": "a"}}, {"datasets": {"sww": "b"}}):
        with pytest.raises(UsageError, match="sww has no packaged model"):
            _ = RehearsalRequest(**half).chosen  # type: ignore[arg-type]
        with pytest.raises(UsageError, match="sww, which is not among the benchmarks"):
            RehearsalRequest(("kws",), **half)  # type: ignore[arg-type]
    twice = CliRunner().invoke(command, ["tiny", "--model", "kws=a", "--model", "kws=b"])
    assert twice.exit_code == 2
    assert "each BENCHMARK may be there once" in twice.output


def test_data_without_labels_can_t_be_scored(small_kws: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "bare.npz"
    np.savez(path, inputs=np.zeros((9, 24), np.float32))
    with pytest.raises(DatasetMismatch, match="has no labels: kws01 can't be scored"):
        edgebench.rehearse_tiny(["kws"], models=small_kws["models"], datasets={"kws": str(path)})
    with pytest.raises(DatasetMismatch, match="kws01's data must be named"):
        edgebench.rehearse_tiny(["kws"], models=small_kws["models"])


def test_what_ends_by_itself_is_said(small_kws: dict[str, Any]) -> None:
    with edgebench.rehearse_tiny(["kws"], inputs=5, **small_kws) as rehearsal:
        rehearsal._stages[0]._interface._process.kill()
        with pytest.raises(DeviceLost, match="device or interface of kws has ended"):
            rehearsal.wait()
