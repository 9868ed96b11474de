"""Run a model for the first time in a child process.

A runtime checks little of what a file says: a model with an op that it computes wrongly, a damaged
one, or a delegate's library can end the whole process by a signal. In a child that ends the child
only, and the op is found by cutting the model shorter.
"""

from __future__ import annotations

import logging
import pickle
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace

from edgebench.errors import EdgebenchError, RuntimeCrashed
from edgebench.models.first_inputs import first_inputs
from edgebench.models.prefix import prefix_of
from edgebench.models.resolve import Model
from edgebench.models.tflite.inspect import Op
from edgebench.models.trial.job import ALLOCATED, BEGUN, OPENED, RAN, STAGES, Job
from edgebench.models.trial.model_file import file_of
from edgebench.models.trial.passed_trials import PassedTrials, key_of
from edgebench.processes.expendable import child_command
from edgebench.runtime_settings import Resolver, RuntimeSettings
from edgebench.runtimes.contract import TFLITE, InterpreterDriver, RuntimeDriver, TrialDriver
from edgebench.runtimes.drivers import installed_interpreters

logger = logging.getLogger(__name__)
CHILD = "edgebench.models.trial.child"
TIMEOUT_S = 300.0
"""A model that takes longer for two inferences than this is taken for one that never ends."""
AGAIN_S = 30.0
"""For what is tried only to say more about a crash."""
DURING = {OPENED: "allocates the tensors of", ALLOCATED: "runs", RAN: "runs"}
"""What the runtime does after a stage; before, it opens the file."""
TRYING = (BEGUN, OPENED, ALLOCATED)
"""Stages after which a child has more to report."""
MOST_SAID = 200
_crashed: dict[str, str] = {}
"""What was said of jobs that crashed in this process's time: a search asks again and again."""


@dataclass(frozen=True)
class End:
    """How a trial ended.

    Attributes
    ----------
    signal
        The signal that ended the child; 0 if none did, None if it had to be stopped.
    stage
        The last stage that it reported; empty if none.
    said
        The last line that the runtime printed.
    exit_code
        The child's; None if a signal ended it.
    """

    signal: int | None
    stage: str
    said: str = ""
    exit_code: int | None = None

    @property
    def is_sound(self) -> bool:
        """Whether the child ended as it should, if only with an error; a library may end it."""
        return self.signal == 0 and self.stage not in TRYING

    @property
    def is_passed(self) -> bool:
        """Whether the model ran; a child may also end by itself without having tried it."""
        return self.exit_code == 0 and self.stage == RAN


def require_survival(
    model: Model,
    driver: RuntimeDriver,
    settings: RuntimeSettings,
    keep_tensors: bool = False,
    can_choose: bool = False,
) -> None:
    """Try a model in a child process, unless that was done on this machine before.

    A trial that ends by an error of the runtime's is no crash: opening the model gives the error.

    Parameters
    ----------
    driver
        The runtime's; one without TensorFlow Lite's interpreter is tried if it is a `TrialDriver`.
    can_choose
        Whether the user can choose other kernels or another runtime: one that survives is named.

    Raises
    ------
    RuntimeCrashed
        If the runtime or a delegate ended the child, or did not come to an end.
    ModelNotSupported
        If an input or output is of a type that can't be fed or read.
    """
    if not isinstance(driver, InterpreterDriver | TrialDriver):
        return
    model.facts.require_readable_ends(model.label)
    if model.is_tried:
        return
    requires = driver.requires
    job = Job(
        content=model.content,
        settings=replace(settings, runtime=driver.name),
        version=str(requires.version),
        tensors=model.facts.inputs,
        inputs=first_inputs(model),
        keep_tensors=keep_tensors,
        path=model.path,
        sha256=model.sha256,
        distribution=requires.installed[0] if requires.installed else "",
    )
    passed, key = PassedTrials(), key_of(job)
    if key in passed:
        return
    said = _crashed.get(key or "")
    if said is None:
        end = tried(job)
        if end is None:
            return
        if end.is_passed:
            passed.add(key)
        if end.is_sound:
            return
        said = _message(model, job, end, can_choose)
        if key is not None:
            _crashed[key] = said
    raise RuntimeCrashed(said)


def tried(job: Job, timeout_s: float = TIMEOUT_S) -> End | None:
    """Try a job in a child process; None if none can be started."""
    try:
        with file_of(job.content, job.path) as file:
            child = subprocess.Popen(
                child_command(CHILD, timeout_s, str(file.fileno())),
                pass_fds=[file.fileno()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
    except OSError as error:
        logger.warning("a trial of the model could not be started: %s", error)
        return None
    with child:
        try:
            reported, said = child.communicate(pickle.dumps(replace(job, content=b"")), timeout_s)
        except subprocess.TimeoutExpired:
            child.kill()
            reported, said = child.communicate()
            return End(None, _last_stage(reported), _last_line(said))
        except BaseException:  # Ctrl-C above all: the child must not outlive us
            child.kill()
            raise
    code = child.returncode
    logger.info("a trial on %s ended with %d", job.settings.runtime, code)
    stage = _last_stage(reported)
    return End(max(0, -code), stage, _last_line(said), None if code < 0 else code)


def _last_stage(reported: bytes) -> str:
    """Return the last stage that is on a line; libraries print there as well."""
    lines = reported.decode("utf-8", "replace").splitlines()
    return next((line for line in reversed(lines) if line in STAGES), "")


def _last_line(text: bytes) -> str:
    lines = [line.strip() for line in text.decode("utf-8", "replace").splitlines()]
    return next((line for line in reversed(lines) if line), "")


def _message(model: Model, job: Job, end: End, can_choose: bool) -> str:
    ran = job.settings
    delegate = f", delegate {ran.delegate}" if ran.delegate else ""
    kernels = f"{ran.resolver} kernels{delegate}" if model.format == TFLITE else ran.provider
    name = f"{ran.runtime} {job.version}" + (f" ({kernels})" if kernels else "")
    if end.signal == signal.SIGKILL:
        return (
            f"{model.label}: the trial run on {name} was killed: there may be too little memory "
            "for the model"
        )
    doing = DURING.get(end.stage)
    can_cut = doing and end.signal is not None and model.format == TFLITE
    op = _culprit(model, job) if can_cut else None
    where = f"op {op.index}, {op.custom or op.name}," if op else "it"
    what = f"{doing} {where}" if doing else "opens the file"
    if end.signal is None:
        how = f"does not end within {TIMEOUT_S:.0f} s when it {what}"
    elif end.signal == 0:
        how = f"exits (code {end.exit_code}) when it {what}"
    else:
        how = f"crashes ({signal.strsignal(end.signal)}) when it {what}"
    said = f": {end.said[:MOST_SAID]!r}" if end.signal == signal.SIGABRT and end.said else ""
    is_choice = can_choose and model.format == TFLITE
    advice = next(_survivors(job), None) if is_choice else None
    doubt = "does it survive without the delegate" if delegate else "is the file damaged"
    hint = f"; it survives with `{advice}`" if advice else f"; {doubt}?"
    return f"{model.label}: {name} {how} in a child process{said}{hint}"


def _culprit(model: Model, job: Job) -> Op | None:
    """Return the first op without which the model survives; None if it can't be known."""
    ops = model.facts.ops
    survives, crashes = 0, len(ops)
    while crashes - survives > 1:
        middle = (survives + crashes) // 2
        try:
            part = prefix_of(model, middle)
        except (EdgebenchError, ValueError):
            return None
        end = tried(replace(job, content=part.content), AGAIN_S)
        if end is None:
            return None
        survives, crashes = (middle, crashes) if end.is_sound else (survives, middle)
    return ops[crashes - 1] if ops else None


def _survivors(job: Job) -> Iterator[str]:
    """Yield settings with which the model comes to the end of its trial."""
    resolvers: tuple[Resolver, ...] = ("no-delegate", "reference", "default")
    for resolver in resolvers:
        if resolver != job.settings.resolver and _runs(job, resolver=resolver):
            yield f"resolver={resolver}"
    for driver in installed_interpreters():
        if driver.name != job.settings.runtime and _runs(job, runtime=driver.name):
            yield f"runtime={driver.name}"


def _runs(job: Job, **changes: str) -> bool:
    settings = replace(job.settings, **changes)  # type: ignore[arg-type]
    end = tried(replace(job, settings=settings), AGAIN_S)
    return end is not None and end.is_passed
