"""Talk to labgrid's coordinator in labgrid's own Python, one question after the other.

labgrid brings another ``serial`` package, so it has an environment of its own, where edgebench is
not installed: this file imports nothing of edgebench. A question is a line of JSON on stdin:
``id`` (1 or more), ``action``, ``arguments``, ``limit_s``, and ``variables``, labgrid's own for the
coordinator and for who we are to it (``LG_COORDINATOR``, ``LG_HOSTNAME``, ``LG_USERNAME``). Its
answer is a line on stdout: the ``id``, and ``result`` or ``error``, with a ``kind`` of `Failed` and
a ``text``; ``last`` is set where this process ends with it. Each question has a connection of its
own, so a coordinator that went and came is simply asked.

The process ends when stdin does, `GRACE_S` after a question's limit, and when nothing was asked for
`IDLE_S`: then with the ``id`` 0, as a question that comes just then is not read any more.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from functools import cache
from typing import Any

ADDRESS = "127.0.0.1:20408"
POLL_S = 1.0
IDLE_S = 30.0
"""Its 50 MB must not lie there, once per board, while a run takes hours."""
GRACE_S = 5.0
"""Who asks ends this process at the limit itself, if it is still there."""
MOST_BYTES = 1 << 20
GOODBYE = 0


class Failed(Exception):
    """A reported failure: ``unreachable``, ``no place``, ``taken`` or ``refused``, and a text."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


def version() -> Any:
    """Return labgrid's version; unlike ``labgrid-client version`` it needs no coordinator."""
    from importlib.metadata import version as version_of

    return version_of("labgrid")


def places() -> Any:
    """Return every place, by name, with the serial ports and other resources that it has now."""
    with Session() as session:
        return [_place(session, place) for _, place in sorted(session.places.items())]


def acquire(name: str) -> Any:
    """Acquire a place."""
    with Session() as session:
        place = session.place(name)
        if place.acquired:
            raise Failed("taken", f"place {name} is held by {place.acquired}")
        session.check_matches(place)
        session.ask("AcquirePlace", "AcquirePlaceRequest", "taken", placename=name)


def release(name: str, holder: str) -> Any:
    """Release a place, if this is who holds it."""
    with Session() as session:
        session.place(name)
        session.ask("ReleasePlace", "ReleasePlaceRequest", placename=name, fromuser=holder)


def power_cycle(name: str) -> Any:
    """Switch a place's board off and on."""
    with Session(place=name, action="cycle", delay=None, name=None) as session:
        session.place(name)
        session.power()


def reserve(name: str) -> Any:
    """Reserve a place; return the reservation's token."""
    with Session() as session:
        main = session.messages.Reservation.Filter(filter={"name": name})
        reply = session.ask(
            "CreateReservation", "CreateReservationRequest", filters={"main": main}, prio=0.0
        )
        return reply.reservation.token


def wait(token: str, seconds: str) -> Any:
    """Return a reservation's state as soon as it does not wait any more, or after some seconds."""
    end = time.monotonic() + float(seconds)
    with Session() as session:
        while True:
            reply = session.ask("PollReservation", "PollReservationRequest", token=token)
            state = session.state_name(reply.reservation.state)
            if state != "waiting" or time.monotonic() + POLL_S > end:
                return state
            time.sleep(POLL_S)


def cancel(token: str) -> Any:
    """Cancel a reservation; a place that is acquired by now stays so."""
    with Session() as session:
        session.ask("CancelReservation", "CancelReservationRequest", token=token)


ACTIONS = {
    each.__name__: each
    for each in (version, places, acquire, release, power_cycle, reserve, wait, cancel)
}


LAST = (power_cycle.__name__,)
"""labgrid's drivers may leave threads and connections behind: the process ends after these."""


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """Return the loop of all questions: gRPC does not go well with one after the other."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop


class Session:
    """A context manager: a session of labgrid's client, whose asynchronous calls are waited for."""

    def __init__(self, **arguments: Any) -> None:
        self._arguments = argparse.Namespace(**arguments)
        self._loop = _loop()

    def __enter__(self) -> Session:
        from labgrid.remote import client
        from labgrid.remote.generated import labgrid_coordinator_pb2

        self.messages = labgrid_coordinator_pb2
        self._error = client.Error
        address = os.environ.get("LG_COORDINATOR") or ADDRESS
        extra = {"args": self._arguments}
        try:
            self._session = client.start_session(address, extra=extra, loop=self._loop)
        except (client.Error, OSError) as error:
            raise Failed("unreachable", f"{address}: {_text(error)}") from error
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.run_until_complete(self._session.stop())
        self._loop.run_until_complete(self._session.close())

    @property
    def places(self) -> Any:
        """The coordinator's places by name."""
        return self._session.places

    @property
    def resources(self) -> Any:
        """Return the exporters' resources by exporter, group and name."""
        return self._session.resources

    def place(self, name: str) -> Any:
        """Return the place of exactly this name."""
        if name not in self.places:
            raise Failed("no place", f"the farm has no place {name!r}")
        return self.places[name]

    def check_matches(self, place: Any) -> None:
        """Refuse a place one of whose resources no exporter has."""
        try:
            self._session.check_matches(place)
        except self._error as error:
            raise Failed("taken", f"place {place.name}: {_text(error)}") from error

    def power(self) -> None:
        """Carry the power command of labgrid's client out."""
        try:
            self._session.power()
        except self._error as error:
            raise Failed("refused", _text(error)) from error

    def ask(self, call: str, request: str, kind: str = "refused", **values: Any) -> Any:
        """Send the coordinator a request and return its reply, once places are up to date."""
        import grpc

        message = getattr(self.messages, request)(**values)
        try:
            return self._loop.run_until_complete(self._sent(call, message))
        except grpc.aio.AioRpcError as error:
            gone = error.code() == grpc.StatusCode.UNAVAILABLE
            raise Failed("unreachable" if gone else kind, str(error.details())) from error

    async def _sent(self, call: str, message: Any) -> Any:
        reply = await getattr(self._session.stub, call)(message)
        await self._session.sync_with_coordinator()
        return reply

    def state_name(self, number: int) -> str:
        """Return a reservation's state in a word."""
        from labgrid.remote.common import ReservationState

        return str(ReservationState(number).name)


def _place(session: Session, place: Any) -> dict[str, Any]:
    return {
        "name": place.name,
        "holder": place.acquired or "",
        "tags": dict(place.tags),
        "comment": place.comment,
        "matches": [str(match) for match in sorted(place.matches)],
        "resources": list(_resources(session, place)),
    }


def _resources(session: Session, place: Any) -> Any:
    """Yield what an acquired place has, and what one that is free would have."""
    paths = (
        [tuple(path) for path in place.acquired_resources]
        if place.acquired
        else [
            (exporter, group, entry.cls, name)
            for exporter, groups in sorted(session.resources.items())
            for group, entries in sorted(groups.items())
            for name, entry in sorted(entries.items())
            if place.hasmatch((exporter, group, entry.cls, name))
        ]
    )
    for exporter, group, cls, name in paths:
        entry = session.resources.get(exporter, {}).get(group, {}).get(name)
        # An acquired resource that no exporter has any more is an orphan.
        yield {
            "path": f"{exporter}/{group}/{cls}/{name}",
            "cls": cls,
            "exported": entry is not None,
            "available": entry is not None and bool(entry.avail),
            "params": {} if entry is None else dict(entry.params),
        }


def _text(error: BaseException) -> str:
    """Return an error's text without the prefix that labgrid's own class gives it."""
    return " ".join(map(str, error.args)) or type(error).__name__


def _questions(source: int) -> Iterator[dict[str, Any]]:
    """Yield what is asked, until nobody is there to ask, or nothing was asked for a while."""
    rest = b""
    while len(rest) <= MOST_BYTES:
        line, newline, after = rest.partition(b"\n")
        if newline:
            rest = after
            yield json.loads(line)
            continue
        ready, _, _ = select.select([source], [], [], IDLE_S)
        chunk = os.read(source, 1 << 16) if ready else b""
        if not chunk:
            return
        rest += chunk


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    """Carry an action out; return what came of it."""
    os.environ.update(question["variables"])
    action = question["action"]
    try:
        result = ACTIONS[action](*question["arguments"])
        return {"result": result, "last": action in LAST}
    except Failed as error:
        # A connection that could not be made may still be tried behind our back.
        last = error.kind == "unreachable" or action in LAST
        return {"error": {"kind": error.kind, "text": str(error)}, "last": last}
    except Exception as error:  # labgrid has some fifty power drivers, each with errors of its own
        text = f"{type(error).__name__}: {_text(error)}"
        return {"error": {"kind": "refused", "text": text}, "last": True}


def main() -> None:
    """Answer questions until there are no more."""
    # Modules next to this file are edgebench's.
    sys.path.pop(0)
    # labgrid and its drivers must neither read questions nor print among the answers.
    questions, answers = os.dup(0), os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)

    def say(number: int, said: dict[str, Any]) -> None:
        line = json.dumps({"id": number, **said}, default=str, allow_nan=False)
        print(line, file=answers, flush=True)

    try:
        for question in _questions(questions):
            # The kernel ends this process where a driver hangs and who asked was killed.
            signal.setitimer(signal.ITIMER_REAL, question["limit_s"] + GRACE_S)
            said = _answer(question)
            signal.setitimer(signal.ITIMER_REAL, 0)
            say(question["id"], said)
            if said["last"]:
                return
        say(GOODBYE, {"last": True})
    except BrokenPipeError:  # who asked has gone
        os._exit(1)


if __name__ == "__main__":
    main()
