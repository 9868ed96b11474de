"""A model in training, as the clock sees it: made, then shown data, evaluated at intervals."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, Protocol, cast

import keras
import numpy as np

from edgebench.datasets.card import load_dataset_card
from edgebench.datasets.clicks.make import make_log
from edgebench.datasets.clicks.spec import Recipe
from edgebench.datasets.dataset import Dataset
from edgebench.datasets.load import load_dataset
from edgebench.datasets.scoring import SCORERS
from edgebench.models.recommend.graph import FORMATS, recommendation_model
from edgebench.registry import card_files
from edgebench.training.click_logs import shuffled, split_log
from edgebench.training.data import Batches
from edgebench.training.export import write_float32
from edgebench.training.fit import compile_for
from edgebench.training.recommend import ClickTask, Trainer
from edgebench.training.task import Task
from edgebench.training.training_sets import training_set

CLICK_STEPS = 50
"""Batches between evaluations of a recommendation model, whose data have no end."""
EVALUATED_AT_ONCE = 500
"""Clicks of an evaluation that are run together: the MLPs are small."""


class Trainee(Protocol):
    """Made before the clock starts; touches data from `begin` on.

    Attributes
    ----------
    train_samples, eval_samples, batch
        Samples of an interval and of an evaluation; of an update.
    """

    train_samples: int
    eval_samples: int
    batch: int

    def begin(self) -> None:
        """Open the training and the evaluation data."""

    def hyperparameters(self) -> dict[str, str | float | int]:
        """Return what the optimizer was set to, by MLPerf's keys; once it has begun."""

    def learn(self) -> None:
        """Train for one interval."""

    def quality(self) -> float:
        """Evaluate on the held-out data."""

    def keep(self, folder: Path) -> None:
        """Write what was learned as .tflite files."""


def trainee(task: Task | ClickTask, seed: int, data: str = "") -> Trainee:
    """Return a model of the zoo, not yet trained.

    Parameters
    ----------
    data
        The user's data that it is to learn from: a Criteo log, or a training set.
    """
    seeded = dataclasses.replace(task, seed=seed)
    if isinstance(seeded, ClickTask):
        return LogClicker(seeded, Path(data)) if data else Clicker(seeded)
    return Classifier(seeded, Path(data) if data else training_set(task.dataset))


def files_of(task: Task | ClickTask, data: str = "") -> list[Path]:
    """Return the training set's file; none where it is made as it is needed."""
    if data:
        return [Path(data)]
    return [] if isinstance(task, ClickTask) else [training_set(task.dataset)]


def _hyperparameters(model: keras.Model) -> dict[str, str | float | int]:
    """Return the settings of a compiled model's optimizer, from the optimizer itself."""
    found = model.optimizer.get_config()
    schedule = found["learning_rate"]["config"]
    return {
        "opt_name": found["name"],
        "opt_base_learning_rate": schedule["initial_learning_rate"],
        "opt_learning_rate_decay_schedule": "cosine",
        "opt_learning_rate_decay_steps": schedule["decay_steps"],
        "opt_end_learning_rate": schedule["initial_learning_rate"] * schedule["alpha"],
        "opt_adam_beta_1": found["beta_1"],
        "opt_adam_beta_2": found["beta_2"],
        "opt_adam_epsilon": found["epsilon"],
    }


def _scored(outputs: Any, data: Dataset) -> float:
    return SCORERS[data.metric or ""](np.asarray(outputs, np.float32), data).value


class Classifier:
    """A model of a stored training set; an interval is an epoch."""

    def __init__(self, task: Task, training_data: Path) -> None:
        keras.utils.set_random_seed(task.seed)
        self._task = task
        self._path = training_data
        self._model = task.build(1.0, None)
        self.batch = task.batch
        self.train_samples = self.eval_samples = 0

    def begin(self) -> None:
        """Open the training and the evaluation data."""
        card = load_dataset_card(card_files("datasets")[self._task.dataset])
        self._batches = Batches(self._path, card.encoding, self._task)
        self._data = load_dataset(self._task.dataset)
        samples = (self._data.sample(index)[0] for index in range(self._data.count))
        self._inputs = np.stack(list(samples))
        self.train_samples = len(self._batches) * self.batch
        self.eval_samples = self._data.count
        compile_for(self._model, self._task, len(self._batches) * self._task.epochs)

    def hyperparameters(self) -> dict[str, str | float | int]:
        """Return what the optimizer was set to."""
        return _hyperparameters(self._model)

    def learn(self) -> None:
        """Train for one epoch."""
        self._model.fit(self._batches, epochs=1, verbose=0)

    def quality(self) -> float:
        """Evaluate on the held-out data."""
        return _scored(self._model.predict(self._inputs, verbose=0), self._data)

    def keep(self, folder: Path) -> None:
        """Write what was learned as a .tflite file."""
        folder.mkdir(parents=True, exist_ok=True)
        write_float32(self._model, folder / f"{self._task.name}_float32.tflite")


class Clicker:
    """A recommendation model, on clicks that are made as it goes."""

    def __init__(self, task: ClickTask) -> None:
        self._task = task
        self._trainer = Trainer(task)
        self.batch = task.batch
        self.train_samples = CLICK_STEPS * task.batch
        self.eval_samples = task.clicks.samples

    def begin(self) -> None:
        """Make the evaluation data."""
        self._data = load_dataset(self._task.dataset)
        recipe = self._data.name.partition(":")[2]
        # `load_dataset` has refused any other name.
        self._log = make_log(self._task.clicks, cast("Recipe", recipe))

    def hyperparameters(self) -> dict[str, str | float | int]:
        """Return what the optimizer was set to."""
        return _hyperparameters(self._trainer.model)

    def learn(self) -> None:
        """Train for `CLICK_STEPS` batches."""
        for _ in range(CLICK_STEPS):
            self._trainer.step()

    def quality(self) -> float:
        """Evaluate on the held-out clicks."""
        inputs = [self._log.dense, self._log.rows]
        return _scored(_likely(self._trainer, *inputs), self._data)

    def keep(self, folder: Path) -> None:
        """Write what was learned as .tflite files, one per format."""
        _keep(self._trainer, folder)


class LogClicker:
    """A recommendation model, on a click log of the user's."""

    def __init__(self, task: ClickTask, path: Path) -> None:
        self._task, self._path = task, path
        self._trainer = Trainer(task)
        self.batch = task.batch
        self.train_samples = CLICK_STEPS * task.batch
        self.eval_samples = 0

    def begin(self) -> None:
        """Read the log, and hold its end out."""
        split = split_log(load_dataset(f"{self._task.dataset}@{self._path}"))
        self._held_out, self._data = split.held_out, split.held_out_data
        self.eval_samples = self._data.count
        self._trainer.learn_from(shuffled(split.learned, self.batch, self._task.seed))

    def hyperparameters(self) -> dict[str, str | float | int]:
        """Return what the optimizer was set to."""
        return _hyperparameters(self._trainer.model)

    def learn(self) -> None:
        """Train for `CLICK_STEPS` batches."""
        for _ in range(CLICK_STEPS):
            self._trainer.step()

    def quality(self) -> float:
        """Evaluate on the end of the log."""
        held_out = self._held_out
        return _scored(_likely(self._trainer, held_out.dense, held_out.rows), self._data)

    def keep(self, folder: Path) -> None:
        """Write what was learned as .tflite files, one per format."""
        _keep(self._trainer, folder)


def _likely(trainer: Trainer, *inputs: Any) -> Any:
    logits = trainer.model.predict(list(inputs), EVALUATED_AT_ONCE, verbose=0)
    return 1 / (1 + np.exp(-logits))


def _keep(trainer: Trainer, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    weights = trainer.weights()
    for form in FORMATS:
        path = folder / f"{trainer.task.name}_{form}.tflite"
        path.write_bytes(recommendation_model(trainer.geometry, weights, form).to_bytes())
