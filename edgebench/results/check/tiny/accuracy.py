"""Check MLPerf Tiny's accuracy mode: score the logged answers again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import DatasetMismatch, LogInvalid
from edgebench.metrics import is_classification
from edgebench.mlperf.log_text import real, shown, whole
from edgebench.mlperf.tiny.files import RESULTS_JSON, RESULTS_TXT
from edgebench.mlperf.tiny.sentences import Sentences
from edgebench.results.check.tiny.checked_benchmark import CheckedBenchmark, entries
from edgebench.statistics.auc import auc

CLASSES = range(1 << 31)
"""Numbers that a class may have: no benchmark has a thousand."""
TOP1_ROUNDING = 0.0501
AUC_ROUNDING = 0.000501
"""Half of the last digit that the official runner prints, and a little for its binary numbers."""


_FIGURES = {True: ("top1_percent", "Top 1%"), False: ("auc", "AUC")}
"""By whether the benchmark is a classification: the figure, and how it is stated."""


@dataclass(frozen=True)
class Answers:
    """The mean answer to each file, and its label: shapes (files, classes) and (files,)."""

    outputs: NDArray[np.float64]
    labels: NDArray[np.int64]

    @property
    def top1_percent(self) -> float | None:
        """How many are right; None where an answer is one score."""
        if self.outputs.shape[1] == 1:
            return None
        return float(np.mean(self.outputs.argmax(axis=1) == self.labels) * 100)

    @property
    def auc(self) -> float | None:
        """Of the second class, or the mean over all against the rest; None where it has none."""
        columns = self.outputs.shape[1]
        if columns <= 2:
            return _auc(self.outputs[:, -1], self.labels == 1)
        found = [_auc(self.outputs[:, k], self.labels == k) for k in range(columns)]
        known = [each for each in found if each is not None]
        return float(np.mean(known)) if len(known) == columns else None


def _auc(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float | None:
    try:
        return auc(scores, positive)
    except DatasetMismatch:
        return None


def check_accuracy(checked: CheckedBenchmark, folder: Path) -> None:
    """Check the stated accuracy against the target, and against the logged answers."""
    path, rules = folder / RESULTS_TXT, checked.rules
    with checked.findings.noting(path):
        said = checked.sentences(path)
        figure, name = _FIGURES[is_classification(rules.metric)]
        stated: float | None = getattr(said, figure)
        checked.read_officially(path, said, figure, name)
        if stated is None:
            checked.findings.error(path, f"has no {name}")
        elif stated < rules.target:
            text = f"{stated:g} is below the benchmark's {rules.target:g}"
            checked.closed_only(path, text)
        _check_answers(checked, folder, said)


def _check_answers(checked: CheckedBenchmark, folder: Path, said: Sentences) -> None:
    path, answers_path = folder / RESULTS_TXT, folder / RESULTS_JSON
    with checked.findings.noting(answers_path, "damage"):
        rows = entries(folder)
        if not rows:
            return
        answers = _answers(rows)
        _check_inputs(checked, answers_path, len(answers.labels))
        for name, value, scored, rounding in (
            ("Top 1%", said.top1_percent, answers.top1_percent, TOP1_ROUNDING),
            ("AUC", said.auc, answers.auc, AUC_ROUNDING),
        ):
            if value is not None and scored is not None and abs(value - scored) > rounding:
                checked.findings.contradiction(
                    path,
                    f"says {name} = {value:g}, the answers in {RESULTS_JSON} come to {scored:.4g}",
                )


def _check_inputs(checked: CheckedBenchmark, path: Path, count: int) -> None:
    if not checked.rules.takes(count):
        text = f"accuracy on {count} inputs, the benchmark has {checked.rules.inputs}"
        checked.closed_only(path, text)


def _answers(rows: list[Any]) -> Answers:
    """Take the mean of a file's windows, as the official runner does.

    Raises
    ------
    LogInvalid
        If an entry has no file, no label or no answer, or answers differ in length.
    """
    outputs: dict[str, list[list[float]]] = {}
    labels: dict[str, int] = {}
    for number, row in enumerate(rows):
        if isinstance(row, dict) and row.get("error"):
            continue
        where = f"{RESULTS_JSON}, entry {number}"
        answer = _answer(row, where)
        file = str(row.get("file"))
        labels[file] = _label(row.get("class"), f"{where}, class")
        outputs.setdefault(file, []).append(answer)
    lengths = {len(each) for several in outputs.values() for each in several}
    if len(lengths) != 1 or 0 in lengths:
        raise LogInvalid(f"{RESULTS_JSON}: no answers, or answers of different lengths")
    return Answers(
        np.array([np.mean(several, axis=0) for several in outputs.values()]),
        np.array(list(labels.values()), np.int64),
    )


def _answer(row: Any, where: str) -> list[float]:
    """Return an entry's answer: one score, or a share of 1 for each class."""
    infer = row.get("infer") if isinstance(row, dict) else None
    if not isinstance(infer, dict) or not isinstance(infer.get("results"), list):
        raise LogInvalid(f"{where}: has no results")
    values = [real(each, f"{where}, results") for each in infer["results"]]
    total = sum(values)
    return [each / total for each in values] if len(values) > 1 and total else values


def _label(value: object, where: str) -> int:
    label = whole(value, where)
    if label not in CLASSES:
        raise LogInvalid(f"{where}: {shown(value)} is no class")
    return label
