"""quantize, compare-models, pull and reduce as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgebench.models.resolve import resolve_model
from tests.cli.call import call


def test_quantize_writes_a_model_and_a_table(tmp_path: Path) -> None:
    done = call(
        "quantize",
        "digits-resnet8:float32",
        "--recipe",
        "int8",
        "--check",
        "digits",
        "--out",
        "small.tflite",
        "--target",
        "mcu",
        "--samples",
        "50",
        "--clip",
        "minmax",
        COLUMNS="120",
    )
    assert done.returncode == 0, done.stderr
    assert "ranges by minmax of 50 calibration samples" in done.stdout
    assert "% top-1" in done.stdout
    assert "litert" in done.stdout
    assert resolve_model(str(tmp_path / "small.tflite")).facts.inputs[0].type_name == "INT8"


@pytest.mark.tflite_runtime
def test_a_version_that_one_runtime_cannot_load_is_said_and_is_no_failure() -> None:
    done = call(
        "quantize",
        "digits-resnet8:float32",
        "--recipe",
        "weight-int4",
        "--check",
        "digits",
        "--out",
        "q",
        COLUMNS="120",
    )
    assert done.returncode == 0, done.stderr
    assert "does not run" in done.stdout
    assert "weight-int4 on tflite-runtime: tflite-runtime can't run" in done.stdout


def test_what_is_quantized_already_is_refused() -> None:
    done = call("quantize", "kws-ds-cnn:int8", "--check", "kws")
    assert done.returncode == 2
    assert "quantized already" in done.stderr
    assert "Traceback" not in done.stderr


def test_compare_models_prints_layers_and_json(dense_tflite: Path) -> None:
    shown = call("compare-models", str(dense_tflite), str(dense_tflite))
    assert shown.returncode == 0, shown.stderr
    assert "FULLY_CONNECTED" in shown.stdout
    found = json.loads(call("compare-models", *[str(dense_tflite)] * 2, "--json").stdout)
    assert found["agreement"]["top1"] == 1.0
    other = call("compare-models", str(dense_tflite), "kws-ds-cnn")
    assert other.returncode == 2
    assert "values a sample" in other.stderr


def test_pull_lists_fetches_and_says_what_to_run(tiny: Path, tmp_path: Path) -> None:
    assert "mlperf-tiny/ic" in call("pull").stdout
    mirror, cache = str(tiny / "models"), str(tmp_path / "cache")
    done = call("pull", "mlperf-tiny/ic", "--mirror", mirror, XDG_CACHE_HOME=cache)
    assert done.returncode == 0, done.stderr
    assert "2 files fetched, 2 checked" in done.stdout
    line = next(line for line in done.stdout.splitlines() if "pretrainedResnet_quant" in line)
    arguments = line.split()[1:]
    ran = call(*arguments, "--duration", "0.2", "--warmup", "0", "--scenario", "offline")
    assert ran.returncode == 0, ran.stderr
    again = call("pull", "mlperf-tiny/ic", "--mirror", "/nowhere", XDG_CACHE_HOME=cache)
    assert "all of it was there" in again.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("pull", "imagenet"), 2, "NAME: unknown value 'imagenet'; choose from mlperf-tiny"),
        (("pull", "mlperf-tiny/ic", "--mirror", "/nowhere"), 2, "neither a folder"),
        (("pull", "mlperf-tiny/ic", "--mirror", "file:///nowhere"), 1, "can't be fetched"),
        (("reduce", "kws-ds-cnn", "--train", "no.npz"), 2, "there is no training set"),
        (("reduce", "x.tflite", "--train", "no.npz"), 2, "no model of the zoo"),
        (("quantize", "kws-ds-cnn:float32"), 2, "with --calibrate"),
        (
            ("quantize", "kws-ds-cnn:float32", "--recipe", "int1"),
            2,
            "--recipe: unknown value 'int1'; choose from int8",
        ),
    ],
)
def test_what_is_asked_wrongly_gets_one_sentence_and_its_code(
    arguments: tuple[str, ...], code: int, says: str, tmp_path: Path
) -> None:
    done = call(*arguments, XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr
