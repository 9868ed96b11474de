"""Every version of a float model that was asked for, side by side with what each costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Dataset, Sample
from edgebench.datasets.load import load_dataset
from edgebench.errors import DatasetNotFound, ModelNotSupported, UsageError
from edgebench.events import OnEvent, ignore
from edgebench.files.atomic import write_bytes
from edgebench.files.disk import disk_errors
from edgebench.metrics import LOG_LOSS, metric_called
from edgebench.models.fit import in_order
from edgebench.models.interpret import outputs_of, samples_of
from edgebench.models.quantize.postflight import (
    RuntimeCheck,
    postflight,
    require_mcu,
    require_mcu_ops,
)
from edgebench.models.quantize.preflight import Checked, preflight
from edgebench.models.quantize.quantize import AUTO, Quantized, quantized
from edgebench.models.quantize.recipes import RECIPES, Recipe, recipe_called
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.sizing import Shapes, at_shape
from edgebench.processes.interruptions import interruptible, nothing_kept
from edgebench.text.brief import Brief
from edgebench.text.html_table import html_table

CALIBRATION_SAMPLES = 200


@dataclass(frozen=True)
class Version:
    """A quantized version, where it was written, and its checks; or why it can't be made."""

    recipe: str
    made: Quantized | None
    path: Path | None
    checks: tuple[RuntimeCheck, ...] = ()
    problem: str = ""


@dataclass(frozen=True, repr=False)
class Versions(Brief):
    """All versions of a model. ``float_checks`` are those of the float model itself."""

    model: Model
    repairs: tuple[str, ...]
    warnings: tuple[str, ...]
    float_checks: tuple[RuntimeCheck, ...]
    versions: tuple[Version, ...]
    data_limits: str

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows: a row per version and runtime."""
        rows = _rows("float32", self.model, self.float_checks)
        for each in self.versions:
            rows += _rows(each.recipe, each.made.model if each.made else None, each.checks)
        problems = [f"{each.recipe}: {each.problem}" for each in self.versions if each.problem]
        limits = [f"accuracy: {self.data_limits}"] if self.data_limits else []
        return html_table(rows, (*self.repairs, *self.warnings, *problems, *limits))


def _rows(name: str, model: Model | None, checks: Sequence[RuntimeCheck]) -> list[dict[str, str]]:
    """Return the texts of a version on each runtime, or of one that was not run."""
    size = {"version": name, "bytes": f"{len(model.content):,}" if model else "can't be made"}
    return [{**size, **_check_texts(each)} for each in checks or (RuntimeCheck("", ""),)]


def _check_texts(check: RuntimeCheck) -> dict[str, str]:
    score, same = check.score, check.agreement
    return {
        "on": check.runtime,
        "accuracy": metric_called(score.metric).text(score.value) if score else check.problem,
        LOG_LOSS.shown_name: "" if check.log_loss is None else f"{check.log_loss:.4f}",
        "SNR, dB": "" if same is None else f"{same.snr_db:.1f}",
        "invoke p50, us": "" if check.p50_ns is None else f"{check.p50_ns / 1e3:,.1f}",
    }


def make_versions(
    model_spec: str,
    recipes: Sequence[str] = ("int8",),
    *,
    calibrate: str | None = None,
    check: str | None = None,
    samples: int = CALIBRATION_SAMPLES,
    clipping: str = AUTO,
    signature: str | None = None,
    shape: Shapes | None = None,
    out: Path | None = None,
    target: str | None = None,
    on_event: OnEvent = ignore,
) -> Versions:
    """Quantize a float model and prove what each version costs.

    Parameters
    ----------
    model_spec
        A card's float variant (``kws-ds-cnn:float32``) or a float .tflite.
    recipes
        Names of `RECIPES`; all of them if empty.
    calibrate
        The dataset for calibration; ``check``'s own calibration part if left out.
    check
        The dataset that the versions are scored on.
    signature, shape
        As `edgebench.models.resolve.resolve_model` and `edgebench.models.sizing.at_shape` take
        them.
    out
        The .tflite to write (one recipe), or the folder (several); nothing is written if left out.
    target
        ``mcu``: only what a microcontroller can run.
    on_event
        Called with a line for each step.

    Raises
    ------
    UsageError, ModelNotSupported, DatasetMismatch, RuntimeMissing
        As the steps do. With several recipes one that can't be made does not stop the others.
    """
    names = tuple(recipes) or tuple(RECIPES)
    chosen = [recipe_called(name) for name in names]
    if target not in (None, "mcu"):
        raise UsageError(f"no target {target!r}; there is mcu")
    source = resolve_model(model_spec, signature)
    _refuse_bad_place(out, source, len(chosen))
    dataset = in_order(load_dataset(check), source.facts) if check else None
    needs_samples = any(recipe.is_static for recipe in chosen)
    calibration = _calibration(calibrate or check, samples, source) if needs_samples else []
    source = _at_shape(source, shape or {}, calibration, dataset)
    checked = preflight(source)
    if target == "mcu":
        require_mcu_ops(checked.model)
    if needs_samples:
        on_event(f"calibrating with {len(calibration)} samples")
    reference = _reference(checked.model, dataset, on_event)
    float_checks = _checks(checked.model, dataset, reference)
    versions: list[Version] = []
    with interruptible(lambda: _finished_before(versions)):
        for recipe in chosen:
            on_event(f"making {recipe.name}")
            try:
                made = _made(checked, recipe, calibration, clipping, target)
            except (ModelNotSupported, UsageError) as error:
                if len(chosen) == 1:
                    raise
                versions.append(Version(recipe.name, None, None, problem=str(error)))
                continue
            path = _write(made, out, alone=len(chosen) == 1)
            checks = _checks(made.model, dataset, reference)
            versions.append(Version(recipe.name, made, path, checks))
    limits = dataset.limits if dataset else ""
    return Versions(
        checked.model, checked.repairs, checked.warnings, float_checks, tuple(versions), limits
    )


def _reference(
    model: Model, dataset: Dataset | None, on_event: OnEvent
) -> NDArray[np.float32] | None:
    """Return the float model's outputs for all samples that versions are scored on, if any."""
    if dataset is None:
        return None
    on_event(f"running the float model on {dataset.count} samples")
    return outputs_of(model, samples_of(dataset))


def _finished_before(versions: Sequence[Version]) -> str:
    """Return what an interruption leaves: the versions that were written."""
    written = [str(each.path) for each in versions if each.path is not None]
    return f"Finished before: {', '.join(written)}" if written else nothing_kept()


def _made(
    checked: Checked,
    recipe: Recipe,
    calibration: Sequence[Sample],
    clipping: str,
    target: str | None,
) -> Quantized:
    made = quantized(checked, recipe, calibration, clipping)
    if target == "mcu":
        require_mcu(made.model)
    return made


def _checks(
    model: Model, dataset: Dataset | None, reference: NDArray[np.float32] | None
) -> tuple[RuntimeCheck, ...]:
    """Return how a model does on the dataset that versions are scored on, if there is one."""
    if dataset is None or reference is None:
        return ()
    return tuple(postflight(model, dataset, reference))


def _refuse_bad_place(out: Path | None, source: Model, recipes: int) -> None:
    if out is None:
        return
    if out.resolve() == source.path.resolve():
        raise UsageError(
            f"`out={out}`: that is the float model itself, which would be lost",
            field="out",
            value=str(out),
        )
    if recipes > 1 and out.suffix == ".tflite":
        raise UsageError(
            f"`out={out}`: {recipes} versions need a folder, not a file",
            field="out",
            value=str(out),
        )


def _at_shape(
    model: Model, shape: Shapes, calibration: Sequence[Sample], dataset: Dataset | None
) -> Model:
    """Return a model at the shapes of its samples, if something runs it at all."""
    sample = next(iter(calibration), None)
    if sample is None and dataset is not None:
        sample = dataset.sample(0)
    if sample is None and not shape:
        return model
    return at_shape(model, shape, sample)


def _calibration(spec: str | None, count: int, model: Model) -> list[Sample]:
    if spec is None:
        raise UsageError(
            "int8 activations need calibration samples: name a card, a file or a folder with "
            "`calibrate`",
            field="calibrate",
        )
    if count < 1:
        raise UsageError(f"`samples` must be at least 1, not {count}", field="samples", value=count)
    dataset = in_order(_calibration_part(spec), model.facts)
    # Evenly spread: data in folders are sorted by class, and the first would be one class only.
    chosen = np.linspace(0, dataset.count - 1, min(count, dataset.count)).round().astype(int)
    return [dataset.sample(int(index)) for index in chosen]


def _calibration_part(spec: str) -> Dataset:
    try:
        return load_dataset(spec, "calibration")
    except DatasetNotFound as error:
        raise DatasetNotFound(
            f"{error} (or name other data with `calibrate`)", field="calibrate"
        ) from (error)


def _write(made: Quantized, out: Path | None, alone: bool) -> Path | None:
    if out is None:
        return None
    path = out if alone and out.suffix == ".tflite" else out / made.model.path.name
    with disk_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, made.model.content)
    return path
