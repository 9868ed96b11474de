from __future__ import annotations

import numpy as np
import pytest

from edgebench.datasets.dataset import Dataset
from edgebench.datasets.scoring import SCORERS, auc_of_reconstruction, auc_of_score, top1
from edgebench.errors import DatasetMismatch
from edgebench.metrics import METRICS, is_classification, metric_called


def dataset(labels: list[int], groups: list[int] | None = None, inputs: object = None) -> Dataset:
    return Dataset(
        name="d",
        count=len(groups or labels),
        sample=lambda i: (np.asarray(inputs)[i],),
        labels=np.array(labels),
        groups=None if groups is None else np.array(groups),
    )


def test_of_equal_outputs_the_first_counts() -> None:
    outputs = np.array([[0.4, 0.4, 0.2], [0.4, 0.4, 0.2]], np.float32)
    assert top1(outputs, dataset([0, 1])).value == 50.0


def test_a_label_beyond_the_outputs_is_refused() -> None:
    with pytest.raises(DatasetMismatch, match="class 3"):
        top1(np.zeros((1, 3), np.float32), dataset([3]))


def test_outputs_and_labels_must_be_as_many() -> None:
    with pytest.raises(DatasetMismatch, match="2 labelled samples, 1 outputs"):
        top1(np.zeros((1, 3), np.float32), dataset([0, 1]))


def test_auc_of_a_score_takes_the_last_output() -> None:
    outputs = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]], np.float32)
    score = auc_of_score(outputs, dataset([0, 1, 0, 1]))
    assert score.value == 1.0
    assert score.interval.low == score.interval.high == 1.0


def test_windows_are_averaged_over_their_recording() -> None:
    inputs = np.zeros((6, 2), np.float32)
    outputs = np.array([[0, 0], [3, 3], [1, 1], [1, 1], [2, 2], [2, 2]], np.float32)
    # Errors of the windows: 0, 9 | 1, 1 | 4, 4; of the recordings 4.5, 1, 4.
    score = auc_of_reconstruction(outputs, dataset([1, 0, 0], [0, 0, 1, 1, 2, 2], inputs))
    assert (score.value, score.count) == (1.0, 3)


def test_an_autoencoder_must_return_its_input() -> None:
    with pytest.raises(DatasetMismatch, match="2 values in, 3 out"):
        auc_of_reconstruction(np.zeros((1, 3), np.float32), dataset([0], None, np.zeros((1, 2))))


def test_a_dataset_s_fields_keep_their_places() -> None:
    """As calls by position of the first release have them; what is new comes after."""
    labels, groups = np.array([0, 1]), np.array([0, 1])
    sample = (np.zeros(1),)
    data = Dataset("d", 2, lambda index: sample, labels, groups, ("cat", "dog"), "top1", "small")
    assert (data.classes, data.metric, data.limits) == (("cat", "dog"), "top1", "small")
    assert data.files == ()


def test_what_data_are_scored_by_is_in_the_table_of_metrics() -> None:
    assert set(SCORERS) <= set(METRICS)
    assert [name for name in METRICS if is_classification(name)] == ["top1"]
    assert not is_classification(None)


@pytest.mark.parametrize(
    ("name", "text"),
    [("top1", "91.23 % top-1"), ("auc-clicks", "91.2345 AUC"), ("a new one", "91.2345 a new one")],
)
def test_a_value_has_its_unit_and_the_field_s_name(name: str, text: str) -> None:
    assert metric_called(name).text(91.2345) == text
