"""Talk to labgrid's coordinator in labgrid's own Python: ``python helper.py ACTION [ARGUMENT...]``.

labgrid brings another ``serial`` package, so it has an environment of its own, where edgebench is
not installed: this file imports nothing of edgebench. It prints one line of JSON, ``{"result":
...}`` or ``{"error": {"kind": ..., "text": ...}}``; the kinds are those of `Failed`. The
coordinator and who we are to it are labgrid's own variables: ``LG_COORDINATOR``, ``LG_HOSTNAME``
and ``LG_USERNAME``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from typing import Any

ADDRESS = "127.0.0.1:20408"
POLL_S = 1.0


class Failed(Exception):
    """What is reported: ``unreachable``, ``no place``, ``taken`` or ``refused``, and a text."""

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


class Session:
    """A context manager: a session of labgrid's client, whose asynchronous calls are waited for."""

    def __init__(self, **arguments: Any) -> None:
        self._arguments = argparse.Namespace(**arguments)
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)

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
        try:
            self._loop.run_until_complete(self._session.stop())
            self._loop.run_until_complete(self._session.close())
        finally:
            self._loop.close()

    @property
    def places(self) -> Any:
        """The coordinator's places by name."""
        return self._session.places

    @property
    def resources(self) -> Any:
        """What exporters have, by exporter, group and name."""
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


def main(words: list[str]) -> None:
    """Carry an action out, and print what came of it."""
    # Modules next to this file are edgebench's.
    sys.path.pop(0)
    # What labgrid and its drivers print must not get into the answer.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    action, *arguments = words
    try:
        said: dict[str, Any] = {"result": ACTIONS[action](*arguments)}
    except Failed as error:
        said = {"error": {"kind": error.kind, "text": str(error)}}
    except Exception as error:  # labgrid has some fifty power drivers, each with errors of its own
        said = {"error": {"kind": "refused", "text": f"{type(error).__name__}: {_text(error)}"}}
    print(json.dumps(said, default=str, allow_nan=False), file=answer, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
