"""A worker of the farm: ``python -m edgebench.farm.worker TARGET LABGRID``, both in JSON.

One process a board: labgrid's client is not thread-safe, boards must not wait for each other, and
a worker that hangs or dies takes nothing along. It is told jobs on stdin, one line each, and says
what came of them on stdout; it lets its place go when stdin ends or it is told to stop.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from edgebench.errors import EdgebenchError
from edgebench.farm.access import Access, access_to, is_worth_another_try
from edgebench.farm.labgrid import FarmUnreachable, Labgrid, PlaceTaken
from edgebench.farm.messages import (
    DONE,
    FAILED,
    READY,
    REFUSED,
    WAITING,
    Message,
    parse_job,
    target_from,
)
from edgebench.logs import start_logging

Say = Callable[[Message], None]


def serve(access: Access, jobs: TextIO, say: Say) -> None:
    """Take the target, carry jobs out until there are no more, and let it go."""
    try:
        with access:
            try:
                say(Message(READY))
                for line in jobs:
                    say(_carried_out(access, line))
            finally:
                # Being told to stop must not stop the release.
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
    except (PlaceTaken, FarmUnreachable) as error:
        say(Message(REFUSED, reason=str(error), again=True))
    except EdgebenchError as error:
        say(Message(REFUSED, reason=str(error)))


def _carried_out(access: Access, line: str) -> Message:
    job, out = parse_job(line)
    try:
        runs = access.run(job, Path(out))
    except PlaceTaken:
        raise  # there is nothing to go on with
    except EdgebenchError as error:
        return Message(FAILED, reason=str(error), again=is_worth_another_try(error))
    except Exception as error:
        return Message(FAILED, reason=f"{type(error).__name__}: {error}", again=True)
    return Message(DONE, runs=tuple(str(run) for run in runs))


def _stop(signum: int, frame: object) -> None:
    raise SystemExit(128 + signum)


def main() -> None:
    """Run as a process."""
    # Ctrl-C is the scheduler's: it tells us to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    # What libraries print must not come among the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    target = target_from(json.loads(sys.argv[1]))
    labgrid = json.loads(sys.argv[2])

    def say(message: Message) -> None:
        print(message.to_line(), file=answers, flush=True)

    def waiting(reason: str) -> None:
        say(Message(WAITING, reason=reason))

    # Into the target's own log file, which the farm keeps beside its runs.
    start_logging(1, None)
    access = access_to(target, Labgrid(**labgrid) if labgrid else None, waiting)
    serve(access, sys.stdin, say)


if __name__ == "__main__":
    main()
