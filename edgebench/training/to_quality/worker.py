"""One timed training run: ``python -m edgebench.training.to_quality.worker JOB.json``.

A process of its own, so that no run finds what another has left in memory.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgebench.clock import now_ns
from edgebench.text.json_text import parse_json
from edgebench.text.typed_json import structure

NANOSECONDS_KEY = "edgebench_time_to_quality_ns"
STARTED_KEY = "edgebench_started_ns"
"""When the clock started, by the host's monotonic clock: a meter's samples have the same."""


@dataclass(frozen=True)
class Job:
    """The job of a run.

    Attributes
    ----------
    log
        The result file.
    batch, threads
        None: the script's own; TensorFlow's own.
    data, keep
        The user's data to learn from, and the folder for the model that learns them; or empty.
    """

    model: str
    seed: int
    target: float
    most_evaluations: int
    log: str
    benchmark: str
    organization: str
    platform: str
    batch: int | None = None
    threads: int | None = None
    data: str = ""
    keep: str = ""


def run(job: Job) -> None:
    """Train until the target is reached or there were enough evaluations; write the log."""
    from mlperf_logging import mllog

    mllog.config(filename=job.log, root_dir=str(Path(__file__).parents[2]))
    log = mllog.get_mllogger()
    _only_to_file(log)
    for key, value in (
        ("submission_benchmark", job.benchmark),
        ("submission_org", job.organization),
        ("submission_division", "open"),
        ("submission_status", "onprem"),
        ("submission_platform", job.platform),
    ):
        log.event(key, value)

    log.start("init_start")
    from edgebench.training.siblings.reduce import load_task
    from edgebench.training.to_quality.trainee import files_of, trainee

    _limit_threads(job.threads)
    task, _ = load_task(job.model)
    if job.batch is not None:
        task = dataclasses.replace(task, batch=job.batch)
    log.event("cache_clear", _dropped(files_of(task, job.data)))
    log.event("seed", job.seed)
    log.event("quality_target", job.target)
    learner = trainee(task, job.seed, job.data)
    log.event("global_batch_size", learner.batch)
    log.end("init_stop")

    log.start("run_start")
    started = now_ns()
    learner.begin()
    for name, setting in learner.hyperparameters().items():
        log.event(name, setting)
    log.event("train_samples", learner.train_samples)
    log.event("eval_samples", learner.eval_samples)
    reached = False
    for epoch in range(1, job.most_evaluations + 1):
        at: dict[str, Any] = {"epoch_num": epoch}
        log.start("epoch_start", metadata=at)
        learner.learn()
        log.end("epoch_stop", metadata=at)
        log.start("eval_start", metadata=at)
        quality = learner.quality()
        log.event("eval_accuracy", quality, metadata=at)
        log.end("eval_stop", metadata=at)
        print(
            f"  epoch {epoch}: {quality:.4g} after {(now_ns() - started) / 1e9:.1f} s", flush=True
        )
        reached = quality >= job.target
        if reached:
            break
    spent = now_ns() - started
    log.end("run_stop", metadata={"status": "success" if reached else "aborted"})
    log.event(NANOSECONDS_KEY, spent)
    log.event(STARTED_KEY, started)
    if job.keep:
        learner.keep(Path(job.keep))


def _limit_threads(threads: int | None) -> None:
    """Set how many threads TensorFlow has for an op, and for ops next to each other."""
    if threads is not None:
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)


def _only_to_file(log: Any) -> None:
    """Take away the handler that copies every line to the screen."""
    for handler in list(log.logger.handlers):
        if not isinstance(handler, logging.FileHandler):
            log.logger.removeHandler(handler)


def _dropped(files: list[Path]) -> bool:
    """Have the kernel forget the training set, which it would else serve from memory.

    Returns
    -------
    Whether there was a file: data that are made as they are needed lie in no cache.
    """
    for path in files:
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return bool(files)


def main() -> None:
    """Run as a process."""
    run(structure(Job, parse_json(Path(sys.argv[1]).read_bytes())))


if __name__ == "__main__":
    main()
