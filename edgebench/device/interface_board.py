"""MLPerf Tiny's interface board, as its host talks to it.

It plays a recording to the device, notes when the device's pins change, and passes commands on to
it. Source: mlcommons/tiny, benchmark/interface (commands and answers) and benchmark/runner.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from edgebench.clock import now_ns
from edgebench.device.messages import (
    DeviceComplaint,
    Event,
    InitDone,
    ModelName,
    Name,
    Noise,
    Profile,
    Ready,
)
from edgebench.device.port.link import Link
from edgebench.device.protocol import command
from edgebench.errors import AnswerDamaged, DeviceFailed, DeviceNotResponding

ANSWER_QUIET_S = 5.0
"""How long a line of an answer may take, as MLCommons' runner has it."""
ANSWER_S = 60.0
STOP_S = 600.0
"""The activations of twenty minutes take so long on a slow line."""
MOST_ANSWER_BYTES = 4 << 20
PLAY_MARGIN_S = 10.0
MOST_NAMED = 8
RESTART_S = 2.0
"""The board restarts when its rate to the device is set."""
PASSED_ON = "[dut]:"
DETECTIONS, STARTS, STOPS = (
    "Detection Timestamps (ms)",
    "Duty cycle start times (s)",
    "Duty cycle stop times (s)",
)
"""Headings of the board's answers; what it calls seconds are units of 10 us."""
_PLAYED, _NOT_PLAYED = "succeeded", "Error playing file"
_NUMBER = re.compile(r"\d{1,15}")
_ACTIVATIONS = "target activations:"
_ACTIVATION = re.compile(r"-?\d{1,3}")


class InterfaceBoard:
    """The board at the other end of a link."""

    def __init__(self, link: Link) -> None:
        self._link = link

    @property
    def port(self) -> str:
        """Where it is."""
        return self._link.port

    def name(self) -> str:
        """Ask the board for its name.

        Raises
        ------
        DeviceNotResponding, DeviceLost
            If it does not answer.
        """
        texts = [each.text for each in self.ask("name") if isinstance(each, Noise)]
        return texts[0] if texts else ""

    def set_baud(self, baud: int) -> None:
        """Set the rate of its line to the device; it restarts then."""
        self.ask("setbaud", baud)
        end = now_ns() + int(RESTART_S * 1e9)
        while now_ns() < end:
            try:
                self._link.drain(0.2)
                self.ask("name", quiet_s=0.5)
            except DeviceNotResponding:
                continue
            return
        self.ask("name")

    def files(self) -> tuple[str, ...]:
        """Return the names of the files on its card."""
        return tuple(each.text for each in self.ask("ls") if isinstance(each, Noise))

    def record(self) -> None:
        """Forget what the pins did, and note it from now on."""
        self._heeded("record_detections")

    def play(self, wav_file: str, length_s: float) -> None:
        """Play a file of its card to the end.

        Raises
        ------
        DeviceFailed
            If it can't be played, or the board or the device restarts meanwhile.
        DeviceNotResponding
            If that takes ten seconds more than it lasts.
        """
        lasts_s = length_s + PLAY_MARGIN_S
        events = self._heeded("play", wav_file, quiet_s=lasts_s, limit_s=lasts_s)
        said = " ".join(each.text for each in events if isinstance(each, Noise))
        if _NOT_PLAYED in said or _PLAYED not in said:
            raise DeviceFailed(
                f"{self.port}: the interface board can't play {wav_file}: {self._why_not(wav_file)}"
            )

    def _why_not(self, wav_file: str) -> str:
        """Say what may be wrong with a file, by what is on the card."""
        files = self.files()
        # The card's file system knows no case.
        if wav_file.lower() in (each.lower() for each in files):
            return "it must be a WAV file of two 16-bit channels"
        there = ", ".join(files[:MOST_NAMED]) or "no files"
        return f"it is not on its card, which has {there}"

    def detections(self) -> tuple[int, ...]:
        """Return when the device's pin said that it had heard its word, in ms."""
        return self._numbers(self._heeded("print_detections"), DETECTIONS)

    def duty_cycle(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return when the device began and stopped to compute, in units of 10 us."""
        events = self._heeded("print_dutycycle")
        place = next((n for n, each in enumerate(events) if _begins(each, STOPS)), len(events))
        return self._numbers(events[:place], STARTS), self._numbers(events[place:], STOPS)

    def pass_on(self, word: str, limit_s: float = ANSWER_S) -> list[Event]:
        """Send the device behind the board a command; return its answer."""
        self.ask("dut", word)
        answer = until_ready(self._link, f"`{word}`", ANSWER_QUIET_S, limit_s)
        return [_unmarked(each) for each in answer]

    def ask(
        self, *words: str | int, quiet_s: float = ANSWER_QUIET_S, limit_s: float = ANSWER_S
    ) -> list[Event]:
        """Send a command and return the answer; each line and the whole may take so long."""
        self._link.send(command(*words))
        return until_ready(self._link, _quoted(words), quiet_s, limit_s)

    def _heeded(
        self, *words: str | int, quiet_s: float = ANSWER_QUIET_S, limit_s: float = ANSWER_S
    ) -> list[Event]:
        return heeded(self.ask(*words, quiet_s=quiet_s, limit_s=limit_s), self.port, _quoted(words))

    def _numbers(self, events: Sequence[Event], heading: str) -> tuple[int, ...]:
        if not events or not _begins(events[0], heading):
            raise AnswerDamaged(
                f"{self.port}: the interface board's answer has no `{heading}` but "
                f"{self._link.said}: is it MLPerf Tiny's firmware?"
            )
        return tuple(
            int(each)
            for event in events[1:]
            if isinstance(event, Noise)
            for each in _NUMBER.findall(event.text)
        )


class Listener:
    """A device that listens: on a port of its own, or behind the board.

    Parameters
    ----------
    board
        Passes commands on where the device has no ``link`` of its own.
    """

    def __init__(self, board: InterfaceBoard, link: Link | None = None) -> None:
        self._board, self._link = board, link
        self.said_name = self.said_profile = self.said_model = ""

    @property
    def port(self) -> str:
        """Where it is talked to."""
        return self._board.port if self._link is None else self._link.port

    def identify(self) -> None:
        """Ask it for its name, profile and model.

        Raises
        ------
        DeviceNotResponding, DeviceLost
            If it does not answer.
        AnswerDamaged
            If it does not say its model.
        """
        for event in (*self._ask("name"), *self._ask("profile")):
            match event:
                case Name(name):
                    self.said_name = name
                case Profile(profile):
                    self.said_profile = profile
                case ModelName(model):
                    self.said_model = model
                case _:
                    pass
        if not self.said_model:
            raise AnswerDamaged(
                f"{self.port}: the device does not say which model it has; does its firmware speak "
                "MLPerf Tiny's protocol, and at this rate (`baud`)?"
            )

    def quiet(self) -> None:
        """Have it listen no more, if it does."""
        self._ask("stop")  # it may well be refused: nothing has been started

    def start(self) -> None:
        """Have it listen; what it heard before is forgotten.

        Raises
        ------
        DeviceFailed
            If it refuses.
        """
        self.quiet()
        heeded(self._ask("start"), self.port, "`start`")

    def stop(self) -> tuple[int, ...]:
        """Have it stop, and return its activations: of each frame, as the model's int8.

        Raises
        ------
        DeviceFailed
            If it refuses, or has restarted.
        """
        events = heeded(self._ask("stop"), self.port, "`stop`")
        text = " ".join(each.text for each in events if isinstance(each, Noise))
        _, found, after = text.partition(_ACTIVATIONS)
        numbers = after.partition("[")[2].partition("]")[0] if found else ""
        return tuple(int(each) for each in _ACTIVATION.findall(numbers))

    def _ask(self, word: str) -> list[Event]:
        if self._link is None:
            return self._board.pass_on(word, STOP_S)
        self._link.send(command(word))
        return until_ready(self._link, f"`{word}`", ANSWER_QUIET_S, STOP_S)


def until_ready(link: Link, what: str, quiet_s: float, limit_s: float) -> list[Event]:
    """Return the events up to m-ready.

    Parameters
    ----------
    quiet_s, limit_s
        How long each of them may take, and all together.

    Raises
    ------
    DeviceNotResponding
        If that is not enough.
    AnswerDamaged
        If more comes than any answer has.
    DeviceLost
        If the port has gone.
    """
    events: list[Event] = []
    end, before = now_ns() + int(limit_s * 1e9), link.received_bytes
    while link.received_bytes - before <= MOST_ANSWER_BYTES:
        event = link.receive(min(end, now_ns() + int(quiet_s * 1e9)))
        if event is None:
            waited_s = limit_s if now_ns() >= end else quiet_s
            raise DeviceNotResponding(
                f"{link.port}: no m-ready within {waited_s:.3g} s after {what}, but {link.said}: "
                "is it the right port, at the right rate?"
            )
        if isinstance(event, Ready):
            return events
        events.append(event)
    raise AnswerDamaged(
        f"{link.port}: more than {MOST_ANSWER_BYTES:,} bytes after {what}, and no m-ready: "
        f"{link.said}"
    )


def heeded(events: list[Event], port: str, what: str) -> list[Event]:
    """Return the events of a command that was carried out.

    Raises
    ------
    DeviceFailed
        If there is a complaint among them, or the sign of a restart.
    """
    for event in events:
        match event:
            case DeviceComplaint(text):
                raise DeviceFailed(f"{port}: the answer to {what} is an error: {text}")
            case InitDone():
                raise DeviceFailed(
                    f"{port}: a restart after {what}: what was heard before is lost. Is the supply "
                    "steady?"
                )
            case _:
                pass
    return events


def _quoted(words: Sequence[str | int]) -> str:
    return f"`{' '.join(map(str, words))}`"


def _unmarked(event: Event) -> Event:
    """Return what the device said without the board's mark in front of it."""
    if isinstance(event, Noise):
        return Noise(event.text.removeprefix(PASSED_ON).strip())
    return event


def _begins(event: Event, heading: str) -> bool:
    return isinstance(event, Noise) and heading in event.text
