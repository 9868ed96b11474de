"""A worker of the farm: ``python -m edgebench.farm.workers.worker TARGET LABGRID``, both in JSON.

One process per board: labgrid's client is not thread-safe, boards must not wait for each other, and
a worker that hangs or dies takes nothing along. It reads jobs from stdin, one line each, and writes
what came of them to stdout; it lets its place go when stdin ends or it gets SIGTERM.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from edgebench.errors import EdgebenchError, UsageError
from edgebench.farm.access.choose import access_to
from edgebench.farm.access.contract import Access
from edgebench.farm.labgrid.client import Labgrid
from edgebench.farm.labgrid.errors import FarmUnreachable, PlaceTaken
from edgebench.farm.planning.targets import TARGETS
from edgebench.farm.workers.messages import (
    Done,
    Failed,
    FromWorker,
    Ready,
    Refused,
    Waiting,
    message_to_line,
    parse_order,
)
from edgebench.logs import start_logging
from edgebench.text.typed_json import structure

Say = Callable[[FromWorker], None]


def serve(access: Access, orders: TextIO, say: Say) -> None:
    """Take the target, carry jobs out until there are no more, and let it go."""
    try:
        with access:
            try:
                say(Ready())
                for line in orders:
                    say(_carried_out(access, line))
            finally:
                # A second SIGTERM must not stop the release.
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
    except (PlaceTaken, FarmUnreachable) as error:
        say(Refused(str(error), again=True))
    except EdgebenchError as error:
        say(Refused(str(error)))


def _carried_out(access: Access, line: str) -> FromWorker:
    order = parse_order(line)
    try:
        runs = access.run(order.job, Path(order.out))
    except PlaceTaken:
        raise  # there is nothing to go on with
    except EdgebenchError as error:
        # A usage error is the plan's: the board and the way to it have no part in it.
        return Failed(str(error), again=not isinstance(error, UsageError))
    return Done(tuple(map(str, runs)))


def _stop(signum: int, frame: object) -> None:
    raise SystemExit(128 + signum)


def main() -> None:
    """Run as a process."""
    # Ctrl-C is the scheduler's, which ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    # What libraries print must not get among the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    target = TARGETS.value(json.loads(sys.argv[1]))
    labgrid = json.loads(sys.argv[2])

    def say(message: FromWorker) -> None:
        print(message_to_line(message), file=answers, flush=True)

    # Into the target's own log file, which the farm keeps with its runs.
    start_logging(1, None)
    access = access_to(
        target,
        None if labgrid is None else structure(Labgrid, labgrid),
        lambda reason: say(Waiting(reason)),
    )
    serve(access, sys.stdin, say)


if __name__ == "__main__":
    main()
