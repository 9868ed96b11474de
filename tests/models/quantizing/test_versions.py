"""Versions of ops: what an older runtime can load, and what the quantizer writes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from edgebench.datasets.dataset import Dataset
from edgebench.datasets.load import load_dataset
from edgebench.errors import ModelNotSupported
from edgebench.models.interpret import outputs_of, samples_of
from edgebench.models.quantize.postflight import postflight
from edgebench.models.quantize.preflight import Checked, preflight, renamed
from edgebench.models.quantize.quantize import quantized
from edgebench.models.quantize.recipes import RECIPES
from edgebench.models.resolve import Model, resolve_model
from edgebench.runtimes.drivers import installed_interpreters
from tests.models.made_models import altered


def test_a_model_without_a_signature_gets_one(kws: Model, calibration: list, few: Dataset) -> None:
    bare = altered(kws, lambda table: setattr(table, "signatureDefs", []))
    assert bare.facts.signatures == ()
    checked = preflight(bare)
    assert any("no signature" in repair for repair in checked.repairs)
    assert checked.model.facts.signatures == ("serving_default",)
    with_it = quantized(preflight(kws), RECIPES["int8"], calibration, "minmax").model
    without = quantized(checked, RECIPES["int8"], calibration, "minmax").model
    assert np.array_equal(
        outputs_of(with_it, samples_of(few, 20)), outputs_of(without, samples_of(few, 20))
    )


def test_op_codes_of_an_old_converter_are_put_right(
    kws: Model, calibration: list, few: Dataset
) -> None:
    def age(table: object) -> None:
        for code in table.operatorCodes:  # type: ignore[attr-defined]
            code.builtinCode = 0

    old = altered(kws, age)
    assert [op.name for op in old.facts.ops] == [op.name for op in kws.facts.ops]
    checked = preflight(old)
    assert any("old converter" in repair for repair in checked.repairs)
    right = quantized(preflight(kws), RECIPES["int8"], calibration, "minmax").model
    mended = quantized(checked, RECIPES["int8"], calibration, "minmax").model
    assert np.array_equal(
        outputs_of(mended, samples_of(few, 20)), outputs_of(right, samples_of(few, 20))
    )
    # The trap: as it is, every op is taken for an ADD, and nothing is what it was.
    try:
        ruined = quantized(Checked(old, ()), RECIPES["int8"], calibration, "minmax").model
    except ModelNotSupported:
        return
    assert len(ruined.content) != len(right.content)


@pytest.mark.tflite_runtime
def test_dynamic_models_answer_rightly_on_the_old_runtime(kws: Model, few: Dataset) -> None:
    """A scale a channel in FULLY_CONNECTED is misread there without a word."""
    from ai_edge_quantizer import quantizer, recipe

    reference = outputs_of(kws, samples_of(few))
    ours = quantized(preflight(kws), RECIPES["dynamic"]).model
    theirs = quantizer.Quantizer(bytearray(kws.content), recipe.dynamic_wi8_afp32())
    content = bytes(theirs.quantize(enable_progress_report=False).quantized_model)
    checks = {check.runtime: check for check in postflight(ours, few, reference)}
    assert (
        set(checks)
        == {driver.name for driver in installed_interpreters()}
        == {"litert", "tflite-runtime"}
    )
    for check in checks.values():
        assert check.agreement is not None
        assert check.agreement.top1 > 0.97
    ruined = {c.runtime: c for c in postflight(renamed(kws, "theirs", content), few, reference)}
    old = ruined["tflite-runtime"]
    assert old.agreement is not None
    assert old.agreement.top1 < 0.5
    assert any("is wrong" in warning for warning in old.warnings)
    assert any("misread by old runtimes" in warning for warning in old.warnings)


@pytest.mark.tflite_runtime
def test_a_runtime_that_cannot_load_a_version_is_said(kws: Model, few: Dataset) -> None:
    made = quantized(preflight(kws), RECIPES["weight-int4"]).model
    checks = {c.runtime: c for c in postflight(made, few, outputs_of(kws, samples_of(few)))}
    assert not checks["litert"].problem
    assert "can't run" in checks["tflite-runtime"].problem


@pytest.mark.tflite_runtime
def test_a_wrong_version_is_found_where_nothing_is_classified() -> None:
    """The quantizer's own dynamic recipe on the autoencoder, which is all FULLY_CONNECTED."""
    from ai_edge_quantizer import quantizer, recipe

    model = resolve_model("machine-autoencoder:float32")
    data = load_dataset("machines")
    assert data.labels is not None
    assert data.groups is not None
    few = dataclasses.replace(data, metric=None, count=100)
    reference = outputs_of(model, samples_of(few))
    theirs = quantizer.Quantizer(bytearray(model.content), recipe.dynamic_wi8_afp32())
    content = bytes(theirs.quantize(enable_progress_report=False).quantized_model)
    checks = {c.runtime: c for c in postflight(renamed(model, "theirs", content), few, reference)}
    assert checks["tflite-runtime"].is_wrong
    ours = quantized(preflight(model), RECIPES["dynamic"]).model
    assert not any(check.is_wrong for check in postflight(ours, few, reference))
