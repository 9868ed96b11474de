"""The board's commands and their answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from edgebench.virtual.interface_board.card import Card, Recording
from edgebench.virtual.interface_board.clock import BoardClock
from edgebench.virtual.interface_board.pins import PinRecorder

LINE_END = "\r\n"
READY = f"m-ready{LINE_END}"
TIMES_PER_LINE = 8
MOST_BAUD = 2_000_000
DEFAULT_BAUD = 115_200


class DeviceUnderTest(Protocol):
    """The device, as the menu needs it."""

    baud: int

    def answer(self, command: str) -> Iterable[str]:
        """Send a command; yield the lines of the answer, the last of which is ``m-ready``."""


class Player(Protocol):
    """A player of recordings."""

    def play(self, recording: Recording) -> None:
        """Play one to its end."""

    def forget(self) -> None:
        """Forget when the last one was played: the board's clock begins again."""


class InterfaceMenu:
    """Answers one command after the other, as the firmware does, its oddities included."""

    def __init__(
        self,
        device: DeviceUnderTest,
        card: Card,
        player: Player,
        pins: PinRecorder,
        clock: BoardClock,
    ) -> None:
        self._device, self._card, self._player = device, card, player
        self._pins, self._clock = pins, clock
        # In the firmware's order: the first whose name a command begins with is the one.
        self._commands: Mapping[str, Callable[[str], Iterator[str]]] = {
            "dut": self._pass_through,
            "name": self._name,
            "ls": self._list,
            "play": self._play,
            "setbaud": self._set_baud,
            "checkbaud": self._check_baud,
            "record_detections": self._record,
            "print_detections": self._print_detections,
            "print_dutycycle": self._print_duty_cycle,
        }

    def answer(self, command: str) -> Iterator[str]:
        """Yield the pieces of the answer; there are none to a command with a longer name."""
        name = next((each for each in self._commands if command.startswith(each)), None)
        if name is None:
            yield READY
            return
        rest = command[len(name) :]
        if not rest or (len(rest) > 1 and rest[0] == " "):
            yield from self._commands[name](rest[1:])

    def _pass_through(self, command: str) -> Iterator[str]:
        yield f"m-dut-passthrough({command}){LINE_END}{READY}"
        for line in self._device.answer(command):
            yield f"[dut]: {line}{LINE_END}"

    def _name(self, _: str) -> Iterator[str]:
        yield f"tinyML Enhanced Interface Board{LINE_END}{READY}"

    def _list(self, _: str) -> Iterator[str]:
        yield "".join(f"{name}{LINE_END}" for name in self._card.names()) + READY

    def _play(self, name: str) -> Iterator[str]:
        yield f"Attempting to play {name}\n"
        recording = self._card.recording(name)
        if recording is None:
            yield "Error playing file. Check that the file exists and is a 2-channel wav file.\n"
        else:
            self._player.play(recording)
            yield "succeeded.\n"
        yield READY

    def _set_baud(self, text: str) -> Iterator[str]:
        if not text.strip().isdecimal():
            return  # it resets without an answer
        yield f"set baud to: {text}\n{READY}"
        digits = text.strip().lstrip("0")
        baud = int(digits) if 0 < len(digits) <= len(str(MOST_BAUD)) else 0
        self._device.baud = baud if 0 < baud <= MOST_BAUD else DEFAULT_BAUD
        self._restart()

    def _check_baud(self, _: str) -> Iterator[str]:
        yield f"baud is: {self._device.baud}\n{READY}"

    def _record(self, _: str) -> Iterator[str]:
        self._restart()
        yield f"Now recording detections{LINE_END}{READY}"

    def _restart(self) -> None:
        self._clock.reset()
        self._player.forget()
        self._pins.clear()

    def _print_detections(self, _: str) -> Iterator[str]:
        times = "".join(f"{each},{LINE_END}" for each in self._pins.detections_ms())
        yield f"Detection Timestamps (ms){LINE_END}{times}{READY}"

    def _print_duty_cycle(self, _: str) -> Iterator[str]:
        starts, stops = self._pins.processing()
        yield (
            f"Duty cycle start times (s){LINE_END}{_rows(starts)}{LINE_END}"
            f"Duty cycle stop times (s){LINE_END}{_rows(stops)}{READY}"
        )


def _rows(times: Sequence[int]) -> str:
    """Return ticks of 10 us, which the firmware calls seconds, eight a line."""
    ends = (LINE_END if number % TIMES_PER_LINE == 0 else "" for number in range(1, len(times) + 1))
    return "".join(f"{time}, {end}" for time, end in zip(times, ends, strict=True))
