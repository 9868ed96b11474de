"""Try a job that comes on standard input, on a model that comes as an open file.

``python -m edgebench.models.trial.child PARENT SECONDS DESCRIPTOR`` is how it is started.

Each stage that is reached is a line on standard output. Only how the process ends matters: an
error of the runtime's is raised again, with its message, where the model is opened for good.
"""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path

from edgebench.models.tflite.details import in_order, resize_inputs
from edgebench.models.trial.job import ALLOCATED, BEGUN, OPENED, RAISED, RAN, Job
from edgebench.models.trial.model_file import path_of
from edgebench.processes.expendable import begin
from edgebench.runtimes.contract import TrialDriver
from edgebench.runtimes.drivers import interpreter_driver, runtime_driver
from edgebench.runtimes.interpreter import new_interpreter, run_first

RUNS = 2
"""The first run may lay memory out; the second one finds it."""


def _report(stage: str) -> None:
    # On a line of its own, whatever a library has printed.
    os.write(1, f"\n{stage}\n".encode())


def attempt(job: Job, model: Path) -> None:
    """Open a model, allocate its tensors, and run a sample."""
    settings = job.settings
    driver = runtime_driver(str(settings.runtime))
    if isinstance(driver, TrialDriver):
        return driver.try_model(job, model, _report)
    module = interpreter_driver(driver.name).load_interpreter()
    _report(BEGUN)
    delegates = []
    if settings.delegate is not None:
        delegates.append(module.load_delegate(settings.delegate, dict(settings.delegate_options)))
    interpreter = new_interpreter(
        module, model, settings.resolver, settings.threads, delegates, job.keep_tensors
    )
    _report(OPENED)
    resize_inputs(interpreter, job.tensors, settings.batch)
    interpreter.allocate_tensors()
    _report(ALLOCATED)
    details = in_order(interpreter.get_input_details(), job.tensors)
    for _ in range(RUNS):
        run_first(interpreter, details, job.inputs)
    _report(RAN)
    return None


if __name__ == "__main__":
    begin()
    try:
        job: Job = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent
        attempt(job, path_of(int(sys.argv[3])))
    except Exception:  # whatever it is, opening the model for good ends in it as well
        _report(RAISED)
        os._exit(1)
    # Nothing is torn down: what ends the process there would be no fault of a run.
    os._exit(0)
