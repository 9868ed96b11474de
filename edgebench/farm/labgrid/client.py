"""labgrid through the `helper` in its own Python: each question has a deadline.

labgrid brings another ``serial`` package, which must never share an environment with pyserial, so
it is never imported here.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field
from getpass import getuser
from typing import Any

from edgebench.errors import DeviceLost, EdgebenchError, RuntimeMissing, UsageError
from edgebench.farm.labgrid.errors import FarmUnreachable, PlaceTaken
from edgebench.farm.labgrid.helper_process import HelperError, HelperGone, Question, ask
from edgebench.farm.labgrid.places import FarmPlace
from edgebench.text.typed_json import TypedJsonError, structure

TIMEOUT_S = 20.0
POWER_S = 60.0
TURN_S = 10.0
"""A turn is waited for so long at a time."""
LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")


def own_identity() -> str:
    """Return HOST-PROCESS/USER: two plans of the same user must not take each other's places."""
    host = os.environ.get("LG_HOSTNAME") or socket.gethostname()
    return f"{host}-{os.getpid()}/{os.environ.get('LG_USERNAME') or getuser()}"


@dataclass(frozen=True)
class Labgrid:
    """labgrid's Python, the coordinator that is asked, and who we are to it."""

    python: str
    coordinator: str = ""
    identity: str = field(default_factory=own_identity)

    def version(self) -> str:
        """Return labgrid's version; no coordinator is asked.

        Raises
        ------
        RuntimeMissing
            If that Python has no labgrid.
        """
        return str(self._call("version", refused=RuntimeMissing))

    def places(self) -> list[FarmPlace]:
        """Return every place, by name."""
        return parse_places(self._call("places"))

    def place(self, name: str) -> FarmPlace:
        """Return a place.

        Raises
        ------
        UsageError
            If there is none of that name.
        """
        places = {place.name: place for place in self.places()}
        if name not in places:
            raise UsageError.unknown("place", name, places, where="of the farm")
        return places[name]

    def acquire(self, name: str) -> None:
        """Take a place for us alone.

        Raises
        ------
        PlaceTaken
            If somebody holds it (another plan of ours too, which must not be disturbed), or it
            can't be had now.
        """
        self._call("acquire", name)

    def reserve(self, name: str) -> str:
        """Queue for a place, behind those who did so before; return the reservation's token.

        labgrid forgets a reservation that nobody waits for after a minute.

        Raises
        ------
        PlaceTaken
            If labgrid makes none, as for a name that none of its tags could have.
        """
        return str(self._call("reserve", name, refused=PlaceTaken))

    def is_our_turn(self, token: str, timeout_s: float = TURN_S) -> bool:
        """Wait for a reserved place to be free for us; return whether it is.

        Raises
        ------
        PlaceTaken
            If the reservation is no more, as after a restart of the coordinator.
        """
        state = self._call(
            "wait", token, str(timeout_s), timeout_s=timeout_s + TIMEOUT_S, refused=PlaceTaken
        )
        if state in ("expired", "invalid"):
            raise PlaceTaken(f"reservation {token} is {state}")
        return bool(state != "waiting")

    def cancel(self, token: str) -> None:
        """Give a reservation up; a place that is acquired by now stays so."""
        self._call("cancel", token)

    def release(self, name: str) -> None:
        """Let a place go, but only if it is ours."""
        self._call("release", name, self.identity)

    def holds(self, name: str) -> bool:
        """Return whether a place is ours."""
        return self.place(name).holder == self.identity

    def power_cycle(self, name: str) -> None:
        """Switch a place's board off and on; it must be ours and have a power switch."""
        self._call("power_cycle", name, timeout_s=POWER_S)

    def _call(
        self,
        *words: str,
        timeout_s: float = TIMEOUT_S,
        refused: type[EdgebenchError] = DeviceLost,
    ) -> Any:
        """Ask the helper and return its result."""
        action, *arguments = words
        question = Question(action, tuple(arguments), timeout_s, self._variables())
        try:
            answer = ask(self.python, question)
        except TimeoutError as error:
            raise FarmUnreachable(
                f"labgrid's coordinator does not answer within {timeout_s:.0f} s"
            ) from error
        except OSError as error:
            raise RuntimeMissing(f"{self.python}: can't be run: {error.strerror}") from error
        except HelperGone as gone:
            if gone.worked:  # labgrid is all right: another try may help
                raise FarmUnreachable(f"labgrid's helper ended in {action}: {gone}") from gone
            raise RuntimeMissing(
                f"labgrid can't be used from {self.python}: {gone}; is its installation complete?"
            ) from gone
        if answer.error is not None:
            raise _error(answer.error, refused)
        return answer.result

    def _variables(self) -> dict[str, str]:
        host, _, user = self.identity.partition("/")
        coordinator = self.coordinator or os.environ.get("LG_COORDINATOR", "")
        return {"LG_HOSTNAME": host, "LG_USERNAME": user, "LG_COORDINATOR": coordinator}


def parse_places(values: Any) -> list[FarmPlace]:
    """Read the places that the helper has found.

    Raises
    ------
    DeviceLost
        If they are none.
    """
    if not isinstance(values, list):
        raise DeviceLost("labgrid's places can't be read: they are no list")
    try:
        return [structure(FarmPlace, each) for each in values]
    except TypedJsonError as error:
        raise DeviceLost(f"labgrid's places can't be read: {error}") from error


def _error(found: HelperError, refused: type[EdgebenchError]) -> EdgebenchError:
    if found.kind == "unreachable":
        return FarmUnreachable(
            f"labgrid's coordinator can't be reached ({found.text}); is labgrid-coordinator "
            "running, and LG_COORDINATOR right?"
        )
    if found.kind == "no place":
        return UsageError(f"{found.text}; see `edgebench farm list`")
    if found.kind == "taken":
        return PlaceTaken(found.text)
    return refused(f"labgrid: {found.text}")


def beyond_loopback(coordinator: str) -> bool:
    """Return whether a coordinator is asked over a network: labgrid's channel is open to all."""
    address = coordinator or os.environ.get("LG_COORDINATOR", "")
    host = address.rpartition(":")[0] or address
    return bool(host) and host not in LOOPBACK
