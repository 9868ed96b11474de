"""MPI: whether this process is one of several, and what they do together.

mpi4py starts MPI when it is imported, so it is imported by workers alone.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeVar

from edgebench.errors import EdgebenchError, RuntimeMissing, SutFailed, UsageError

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

T = TypeVar("T")
INSTALL = (
    "`pip install 'edgebench[shard]'` brings mpi4py and MPICH; another MPI on the PATH will do too"
)
RANKS = ("PMI_RANK", "PMIX_RANK", "OMPI_COMM_WORLD_RANK")
"""Where MPICH, PMIx and Open MPI have a process's number."""


def launched_rank() -> int | None:
    """Return which process of ``mpirun`` this is; None if ``mpirun`` has not started it."""
    found = next((os.environ[name] for name in RANKS if name in os.environ), "")
    return int(found) if found.isdigit() else None


def require_mpi4py() -> None:
    """Raise `RuntimeMissing` if mpi4py is not installed."""
    if find_spec("mpi4py") is None:
        raise RuntimeMissing(f"sharding needs MPI, and mpi4py is not installed: {INSTALL}")


def join_world() -> Intracomm:
    """Start MPI and return the communicator of all workers.

    Raises
    ------
    RuntimeMissing
        If mpi4py is not installed, or finds no MPI library.
    """
    require_mpi4py()
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:
        why = str(error).splitlines()[0]
        raise RuntimeMissing(f"mpi4py can't load an MPI library ({why}): {INSTALL}") from error
    return MPI.COMM_WORLD


def on_all(world: Intracomm, step: Callable[[], T]) -> T:
    """Carry a step out on every worker; if it fails on one, raise that error on all of them.

    Without that the others would wait for the failed one for ever.

    Raises
    ------
    UsageError, SutFailed
        If it failed, with the lowest number of a worker that it failed on, and its host.
    """
    from mpi4py import MPI

    results: list[T] = []
    failure: tuple[bool, str] | None = None
    try:
        results.append(step())
    except EdgebenchError as error:
        failure = (isinstance(error, UsageError), str(error))
    failures = world.allgather((MPI.Get_processor_name(), failure))
    for rank, (host, each) in enumerate(failures):
        if each is not None:
            is_usage, text = each
            where = f"worker {rank} on {host}: " if len(failures) > 1 else ""
            raise (UsageError if is_usage else SutFailed)(where + text)
    return results[0]


@contextmanager
def aborting(world: Intracomm) -> Iterator[None]:
    """End every worker if this one can't go on, as the others would wait for it for ever.

    Errors of `on_all` are raised on all workers anyway, and pass.
    """
    try:
        yield
    except EdgebenchError:
        raise
    except BaseException:  # Ctrl-C and SystemExit as well: the others wait after these too
        traceback.print_exc()
        sys.stderr.flush()
        world.Abort(1)
        raise
