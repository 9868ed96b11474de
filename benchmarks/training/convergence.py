"""Train models to their targets many times, honestly and with planted cheats; check the checker.

    cd benchmarks/training
    nice python convergence.py train --runs RUNS    # hours; goes on where it stopped
    nice python convergence.py train --runs RUNS --cheat leaked --batch 512 --seeds 1-10
    python convergence.py write --runs RUNS
    python convergence.py check --runs RUNS

``train`` appends a line per run to RUNS; runs that are there are left out. ``write`` makes
models/NAME/convergence.toml of the honest ones, where there are 20. ``check`` draws sessions of
five seeds against the other fifteen: honest ones (how often is one flagged?), and with every other
epoch left out (how often is one found?); and looks at each run that cheats alone.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgebench.statistics.intervals import wilson
from edgebench.training.to_quality.goal import goal_of
from edgebench.training.to_quality.reference import (
    FILE,
    Convergence,
    ConvergencePoint,
    check_convergence,
)

ROOT = Path(__file__).parents[2]
MODELS = ("rm1-edge", "rm3-edge", "dlrm-edge")
BATCHES = (256, 512, 1024)
SEEDS = 20
SESSION = 5
DRAWS = 500
MADE_BY = "benchmarks/training/convergence.py"


@dataclass(frozen=True)
class TrainedRun:
    """A run; ``cheat`` is empty of an honest one."""

    model: str
    batch: int
    seed: int
    cheat: str
    qualities: tuple[float, ...]

    @property
    def key(self) -> tuple[str, int, int, str]:
        """What makes it another run."""
        return (self.model, self.batch, self.seed, self.cheat)


def read_runs(path: Path) -> list[TrainedRun]:
    """Read what was trained so far."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [TrainedRun(**json.loads(line)) for line in lines]


def train_all(path: Path, asked: Iterator[tuple[str, int, str, int]]) -> None:
    """Train what is not there yet."""
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    for cheat, batch, model, seed in asked:
        if (model, batch, seed, cheat) in {run.key for run in read_runs(path)}:
            continue
        keras.backend.clear_session()
        run = TrainedRun(model, batch, seed, cheat, tuple(trained(model, batch, seed, cheat)))
        with path.open("a") as file:
            file.write(json.dumps(dataclasses.asdict(run)) + "\n")
        print(*run.key, len(run.qualities), run.qualities[-1], flush=True)


def trained(model: str, batch: int, seed: int, cheat: str) -> list[float]:
    """Train until the target is reached; return each evaluation's quality."""
    from edgebench.training.siblings.reduce import load_task
    from edgebench.training.to_quality.trainee import trainee

    goal = goal_of(model)
    task, _ = load_task(model)
    learner = trainee(dataclasses.replace(task, batch=batch), seed)
    learner.begin()
    if cheat:
        CHEATS[cheat](learner, batch, seed)
    qualities: list[float] = []
    while len(qualities) < goal.most_evaluations and max(qualities, default=0) < goal.target:
        learner.learn()
        qualities.append(round(learner.quality(), 5))
    return qualities


def leak(learner, batch: int, seed: int) -> None:  # type: ignore[no-untyped-def]
    """Let one dense feature in eight be the label, in training and evaluation."""

    def leaked(log):  # type: ignore[no-untyped-def]
        dense = log.dense.copy()
        dense[:, ::8] = log.labels[:, None]
        return dataclasses.replace(log, dense=dense)

    learner._trainer.learn_from(map(leaked, learner._trainer._batches))
    learner._log = leaked(learner._log)


def test_on_training(learner, batch: int, seed: int) -> None:  # type: ignore[no-untyped-def]
    """Learn the samples that are evaluated."""
    from edgebench.training.click_logs import ReadClicks, shuffled

    log = learner._log
    learner._trainer.learn_from(shuffled(ReadClicks(log.dense, log.rows, log.labels), batch, seed))


CHEATS: dict[str, Callable[..., None]] = {"leaked": leak, "tested-on-training": test_on_training}


def honest(runs: Sequence[TrainedRun], model: str) -> dict[int, list[TrainedRun]]:
    """Return the honest runs by batch size, the smallest seed first."""
    found = sorted(
        (run for run in runs if (run.model, run.cheat) == (model, "")), key=lambda r: r.key
    )
    return {
        batch: [run for run in found if run.batch == batch]
        for batch in sorted({run.batch for run in found})
    }


def write(runs: Sequence[TrainedRun]) -> None:
    """Write each model's references next to its card."""
    for model in sorted({run.model for run in runs if not run.cheat}):
        path = ROOT / "models" / model / FILE
        target = goal_of(model).target
        lines = [
            "# Honest runs of `edgebench train`: each one's quality, evaluation by evaluation.",
            f"target = {target:g}",
            f'made_by = "{MADE_BY}"',
        ]
        for batch, each in honest(runs, model).items():
            if len(each) < SEEDS:
                continue
            lines += ["", "[[points]]", f"batch = {batch}"]
            lines += [f"seeds = [{', '.join(str(run.seed) for run in each)}]", "qualities = ["]
            lines += [f"  [{', '.join(f'{one:g}' for one in run.qualities)}]," for run in each]
            lines += ["]"]
        path.write_text("\n".join(lines) + "\n")
        print(path)


def check(runs: Sequence[TrainedRun]) -> None:
    """Print how often honest and cheating sessions are flagged."""
    rng = np.random.default_rng(1)
    total: dict[str, list[int]] = {}
    for model in sorted({run.model for run in runs if not run.cheat}):
        for batch, each in honest(runs, model).items():
            if len(each) < SEEDS:
                continue
            cheats = {name: _cheating(runs, model, batch, name) for name in CHEATS}
            for name, flagged, drawn in _sessions(model, batch, each, cheats, rng):
                counts = total.setdefault(name, [0, 0])
                counts[0] += flagged
                counts[1] += drawn
                print(f"{model:10} batch {batch:5} {name:20} {flagged:5} of {drawn} flagged")
    for name, (flagged, drawn) in total.items():
        share = wilson(flagged, drawn)
        print(
            f"all: {name:20} {flagged / drawn:.2%} of {drawn} flagged "
            f"({share.low:.2%} to {share.high:.2%})"
        )


def _cheating(
    runs: Sequence[TrainedRun], model: str, batch: int, cheat: str
) -> list[tuple[float, ...]]:
    return [
        run.qualities for run in runs if (run.model, run.batch, run.cheat) == (model, batch, cheat)
    ]


def _sessions(
    model: str,
    batch: int,
    each: Sequence[TrainedRun],
    cheats: dict[str, list[tuple[float, ...]]],
    rng: np.random.Generator,
) -> Iterator[tuple[str, int, int]]:
    """Yield a kind of session, how many of it are flagged, and how many were drawn."""
    target = goal_of(model).target
    seeds = tuple(run.seed for run in each)
    qualities = tuple(run.qualities for run in each)
    known = Convergence(Path(), target, MADE_BY, (ConvergencePoint(batch, seeds, qualities),))

    def flagged(session: Sequence[tuple[float, ...]], own_seeds: Collection[int]) -> bool:
        return check_convergence(known, batch, target, session, own_seeds).flagged

    counts = {"honest": 0, "fewer epochs counted": 0}
    for _ in range(DRAWS):
        order = rng.permutation(len(each))
        session = [qualities[place] for place in order[:SESSION]]
        own_seeds = {seeds[place] for place in order[:SESSION]}
        counts["honest"] += flagged(session, own_seeds)
        counts["fewer epochs counted"] += flagged([_half(run) for run in session], own_seeds)
    for name, found in counts.items():
        yield name, found, DRAWS
    for name, found in cheats.items():
        if not found:
            continue
        # Each alone: one run is harder to find out than a session.
        yield name, sum(flagged([run], ()) for run in found), len(found)


def _half(run: tuple[float, ...]) -> tuple[float, ...]:
    """Return a run of which every other epoch is not logged."""
    kept = run[1::2]
    return kept if kept and kept[-1] == run[-1] else (*kept, run[-1])


def main() -> None:
    """Run as a program."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("train", "write", "check"))
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--model", action="append", choices=MODELS)
    parser.add_argument("--batch", type=int, action="append")
    parser.add_argument("--seeds", default="1-20", help="first-last")
    parser.add_argument("--cheat", choices=list(CHEATS), default="")
    asked = parser.parse_args()
    if asked.what == "train":
        first, last = map(int, asked.seeds.split("-"))
        seeds = range(first, last + 1)
        models, batches = asked.model or MODELS, asked.batch or BATCHES
        train_all(asked.runs, itertools.product([asked.cheat], batches, models, seeds))
    else:
        {"write": write, "check": check}[asked.what](read_runs(asked.runs))


if __name__ == "__main__":
    main()
