"""A device that is talked to: who it is, loading, inferring, and what to do when that fails.

Whatever fails for a sample is repaired for that sample only: the device is found again (after a
reboot, too), the sample is sent again, and the run goes on; the event is noted.
"""

from __future__ import annotations

import logging
import math
from binascii import crc32
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from edgebench.clock import now_ns
from edgebench.device import protocol
from edgebench.device.frames import REPORT, frame, frames_of
from edgebench.device.link import Link
from edgebench.device.options import Verify
from edgebench.errors import (
    AnswerDamaged,
    DeviceClockWrong,
    DeviceError,
    DeviceFailed,
    DeviceLost,
    DeviceNotResponding,
    DeviceRebooted,
    PortUnavailable,
)
from edgebench.events import OnEvent, ignore

logger = logging.getLogger(__name__)

E = TypeVar("E")

REFERENCE_COMMAND_BYTES = 80
"""MLPerf Tiny's reference firmware; with what ends the text in C, 79 characters fit."""
ANSWER_S = 1.0
"""An answer that computes nothing begins within this, beside its bytes' time."""
BOOT_S = 15.0
NAME_S = 0.7
FIRST_INFERENCE_S = 60.0
BINARY_SILENCE_S = 1.2
"""A device gives up on a binary load after 1 s without a byte."""
BAUD_TRIAL_S = 2.2
WRAP_US = 1 << 32
CLOCK_SLACK_S = 0.05


@dataclass(frozen=True)
class Identity:
    """What a device says of itself; empty texts where it says nothing."""

    name: str
    profile: str = ""
    model: str = ""
    extensions: protocol.Extensions | None = None


@dataclass(frozen=True)
class Timed:
    """Inferences between two timestamps.

    ``device_us`` is by the device's clock (``started_us`` its first timestamp), ``host_ns`` from
    the command to the last line, ``line_ns`` the time that those bytes are on the line.
    ``output`` is the last output in the model's own numbers where the device gives that,
    ``results`` the real values that it printed (empty with ``eb run``).
    """

    count: int
    device_us: int
    host_ns: int
    results: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()
    outputs: tuple[bytes, ...] = ()
    started_us: int = 0
    line_ns: int = 0
    host_started_ns: int = 0


class Device:
    """A device behind an open link.

    Parameters
    ----------
    verify
        ``auto``: what was loaded is compared (by a checksum where the device has one, else by
        reading it back), and so are results; ``never``: neither.
    retries
        How often a sample is tried again.
    on_event
        Called with everything that went wrong and was repaired.
    clock_is_real
        False for an emulator's clock, which counts instructions and may outrun the host's.
    """

    def __init__(
        self,
        link: Link,
        verify: Verify = "auto",
        retries: int = 3,
        on_event: OnEvent = ignore,
        clock_is_real: bool = True,
    ) -> None:
        self.link = link
        self.verify = verify
        self.retries = retries
        self.identity = Identity("")
        self.slots: dict[int, int] = {}
        """Which sample each slot holds."""
        self._on_event = on_event
        self.clock_is_real = clock_is_real
        self._first_baud = self._wanted_baud = link.baud
        self._reads_back = True
        self._inference_s = 0.0

    # -- who it is -----------------------------------------------------------------------------

    def wake(self, timeout_s: float = BOOT_S) -> Identity:
        """Wait for a device that may be booting, and ask it who it is.

        Raises
        ------
        DeviceNotResponding
            If nobody answers ``name%`` in time.
        """
        self._find(timeout_s)
        identity = self.repaired(self.identify, "asking who it is")
        logger.info("%s: it is %s", self.link.port, identity)
        return identity

    def identify(self) -> Identity:
        """Ask for the name, the profile and the model, until two answers are the same.

        Raises
        ------
        AnswerDamaged
            If no two are: they carry no checksum.
        """
        name = self._one(self.ask("name"), protocol.Name, "name%").name
        events = self.ask("profile")
        for _ in range(self.retries + 1):
            before, events = events, self.ask("profile")
            if events == before:
                break
        else:
            raise AnswerDamaged(f"{self.link.port}: the answers to profile% differ each time")
        self.identity = Identity(
            name,
            next((e.profile for e in events if isinstance(e, protocol.Profile)), ""),
            next((e.model for e in events if isinstance(e, protocol.ModelName)), ""),
            next((e for e in events if isinstance(e, protocol.Extensions)), None),
        )
        return self.identity

    @property
    def chunk_bytes(self) -> int:
        """How many bytes of input fit a ``db`` command."""
        extensions = self.identity.extensions
        room = extensions.number("command", REFERENCE_COMMAND_BYTES) if extensions else 0
        # The buffer's last character ends the text.
        return max(1, ((room or REFERENCE_COMMAND_BYTES) - 1 - len("db ")) // 2)

    @property
    def slot_count(self) -> int:
        """How many samples the device can hold ready."""
        extensions = self.identity.extensions
        return extensions.number("slots") if extensions else 0

    # -- single exchanges ----------------------------------------------------------------------

    def ask(self, *words: str | int, timeout_s: float = ANSWER_S) -> list[protocol.Event]:
        """Send a command and return what is answered, up to m-ready.

        Raises
        ------
        DeviceNotResponding, DeviceLost, DeviceRebooted
            As they say.
        DeviceFailed
            If the device answers with an error of its own.
        """
        text = protocol.command(*words)
        return self._answer(text, f"`{text.decode()}`", timeout_s)

    def _answer(self, text: bytes, what: str, timeout_s: float) -> list[protocol.Event]:
        self.link.send(text)
        wait_s = timeout_s + 2 * self.link.seconds_for(len(text) + 64)
        return self._checked(self.link.until_ready(wait_s, what), what)

    def _checked(self, events: list[protocol.Event], what: str) -> list[protocol.Event]:
        if any(isinstance(event, protocol.InitDone) for event in events):
            self.slots.clear()
            raise DeviceRebooted(f"{self.link.port}: the device has booted during {what}")
        for event in events:
            if isinstance(event, protocol.DeviceComplaint):
                raise DeviceFailed(f"{self.link.port}: the device answers {what}: {event.text}")
        return events

    def _one(self, events: Sequence[protocol.Event], kind: type[E], what: str) -> E:
        found = [event for event in events if isinstance(event, kind)]
        if len(found) != 1:
            raise AnswerDamaged(
                f"{self.link.port}: {len(found)} answers of the kind {kind.__name__} to {what}, "
                "not one: is the line noisy, or the baud rate wrong?"
            )
        return found[0]

    def _find(self, timeout_s: float) -> None:
        """Ask for the name until it comes, then let the rest of what is under way pass."""
        end = now_ns() + int(timeout_s * 1e9)
        last: DeviceError | None = None
        while now_ns() < end:
            try:
                if any(isinstance(e, protocol.Name) for e in self.ask("name", timeout_s=NAME_S)):
                    self.link.drain(0.5)
                    return
            except DeviceLost:
                raise
            except DeviceError as error:
                last = error
                self.link.drain(0.2)
            self._back_to_first_baud(last)
        raise DeviceNotResponding(
            f"{self.link.port}: nobody answers `name%` at {self.link.baud} baud within "
            f"{timeout_s:.3g} s; is it the right port and rate, is the firmware running? "
            "`edgebench devices` tries every port and the usual rates"
        ) from last

    def _back_to_first_baud(self, error: DeviceError | None) -> None:
        if isinstance(error, DeviceNotResponding) and self.link.baud != self._first_baud:
            self.link.baud = self._first_baud

    # -- loading -------------------------------------------------------------------------------

    def load(self, data: bytes) -> None:
        """Load the current input by ``db`` commands.

        Raises
        ------
        AnswerDamaged
            If the device has not got what was sent.
        """
        expecting = self._one(self.ask("db", "load", len(data)), protocol.Expecting, "db load")
        if expecting.size_bytes != len(data):
            raise AnswerDamaged(
                f"{self.link.port}: the device expects {expecting.size_bytes} bytes, "
                f"not {len(data)}"
            )
        size = self.chunk_bytes
        digits = data.hex()
        chunks = [
            b"db %s%%" % digits[start : start + 2 * size].encode("ascii")
            for start in range(0, len(digits), 2 * size)
        ]
        for number, chunk in enumerate(chunks):
            events = self._answer(
                chunk, f"part {number + 1} of {len(chunks)} of an input", ANSWER_S
            )
            is_done = any(isinstance(event, protocol.LoadDone) for event in events)
            if is_done != (number == len(chunks) - 1):
                raise AnswerDamaged(
                    f"{self.link.port}: part {number + 1} of {len(chunks)} of an input has not "
                    "come as it was sent"
                )
        if self.verify != "never":
            self._compare(data)

    def _compare(self, data: bytes) -> None:
        if self.identity.extensions is not None:
            has = self._one(self.ask("eb", "sum"), protocol.InputSum, "eb sum").crc32
            if has != crc32(data):
                raise AnswerDamaged(f"{self.link.port}: the device's input has another checksum")
            return
        if not self._reads_back:
            return
        try:
            wait_s = ANSWER_S + 2 * self.link.seconds_for(5 * len(data))
            events = self.ask("db", "print", timeout_s=wait_s)
        except DeviceFailed as error:
            self._reads_back = False
            self._on_event(f"inputs can't be read back, so they are not compared: {error}")
            return
        read = b"".join(event.data for event in events if isinstance(event, protocol.Buffer))
        if not read:
            self._reads_back = False
            self._on_event(
                "inputs can't be read back, so they are not compared: db print says nothing"
            )
        elif read != data:
            wrong = sum(a != b for a, b in zip(read, data, strict=False)) or "some"
            raise AnswerDamaged(f"{self.link.port}: {wrong} bytes of the input differ, read back")

    def load_slot(self, slot: int, data: bytes) -> None:
        """Load a slot in binary frames; only frames that don't come are sent again.

        Raises
        ------
        AnswerDamaged
            If frames are still missing after the retries.
        """
        extensions = self.identity.extensions
        size = extensions.number("frame") if extensions else 0
        if not size or not 0 <= slot < self.slot_count:
            raise DeviceFailed(f"{self.link.port}: the device has no slot {slot}")
        self.link.send(protocol.command("eb", "load", slot, len(data)))
        self._await(protocol.Expecting, ANSWER_S, "eb load")
        frames = frames_of(data, size)
        wanted: tuple[int, ...] = tuple(range(len(frames)))
        for _ in range(self.retries + 1):
            burst = b"".join(frames[number] for number in wanted) + frame(REPORT)
            self.link.send(burst)
            wait_s = ANSWER_S + 2 * self.link.seconds_for(len(burst))
            wanted = self._await(protocol.Missing, wait_s, "a binary load").frames
            if not wanted:
                self._checked(self.link.until_ready(ANSWER_S, "a binary load"), "a binary load")
                return
            if any(number >= len(frames) for number in wanted):
                break
            self._on_event(f"frames {', '.join(map(str, wanted))} of an input were sent again")
            logger.info("%s: frames %s are sent again", self.link.port, wanted)
        raise AnswerDamaged(f"{self.link.port}: frames {wanted} of an input don't come through")

    def _await(self, kind: type[E], timeout_s: float, what: str) -> E:
        deadline = now_ns() + int((timeout_s + 2 * self.link.seconds_for(64)) * 1e9)
        while True:
            event = self.link.receive(deadline)
            if event is None:
                raise DeviceNotResponding(f"{self.link.port}: no {kind.__name__} after {what}")
            self._checked([event], what)
            if isinstance(event, kind):
                return event

    # -- inferring -----------------------------------------------------------------------------

    def infer(self, count: int = 1, warmups: int = 0, *, timestamps: bool = True) -> Timed:
        """Run the current input; see `Timed`.

        Parameters
        ----------
        timestamps
            False: a build for energy mode may print none; without them ``device_us`` is 0.

        Raises
        ------
        AnswerDamaged
            If timestamps or results are missing or can't be.
        DeviceClockWrong
            If the device's timer runs backwards or ahead of time.
        """
        started, carried = now_ns(), self.link.carried_bytes
        wait_s = self._patience_s(count + warmups)
        events = self.ask("infer", count, warmups, timeout_s=wait_s)
        host_ns = now_ns() - started
        line_ns = int(1e9 * self.link.seconds_for(self.link.carried_bytes - carried))
        begun = self._one(events, protocol.InferStart, "infer").count
        self._one(events, protocol.InferDone, "infer")
        if begun != count:
            raise AnswerDamaged(f"{self.link.port}: {begun} inferences were begun, not {count}")
        started_us = device_us = 0
        if timestamps or any(isinstance(event, protocol.Lap) for event in events):
            started_us, device_us = self._elapsed_us(events, host_ns)
        results = self._one(events, protocol.Results, "infer")
        self._inference_s = host_ns / 1e9 / (count + warmups)
        outputs: tuple[bytes, ...] = ()
        if self.identity.extensions is not None:
            outputs = (self._one(self.ask("eb", "output"), protocol.Output, "eb output").data,)
        elif not all(math.isfinite(value) for value in results.values):
            raise AnswerDamaged(f"{self.link.port}: results are not all numbers")
        elif self.verify != "never":
            results = self._results_again(results)
        return Timed(
            count,
            device_us,
            host_ns,
            results.values,
            results.texts,
            outputs,
            started_us,
            line_ns,
            started,
        )

    def _results_again(self, first: protocol.Results) -> protocol.Results:
        """Ask for results until two answers in a row are the same: they carry no checksum."""
        for _ in range(self.retries + 1):
            second = self._one(self.ask("results"), protocol.Results, "results")
            if second.texts == first.texts:
                return second
            first = second
        raise AnswerDamaged(f"{self.link.port}: the results differ each time they are asked for")

    def run_slots(self, first: int, inputs: Sequence[bytes]) -> Timed:
        """Run slots one after the other between two timestamps.

        Parameters
        ----------
        inputs
            What the slots hold: the device tells the checksums of what it ran.

        Raises
        ------
        AnswerDamaged
            If it ran something else: it may have booted without our noticing.
        """
        count = len(inputs)
        started = now_ns()
        timeout_s = self._patience_s(count)
        events = self.ask("eb", "run", first, count, timeout_s=timeout_s)
        host_ns = now_ns() - started
        found = [event for event in events if isinstance(event, protocol.Output)]
        if len(found) != count:
            raise AnswerDamaged(f"{self.link.port}: {len(found)} outputs of {count} came whole")
        if any(each.input_crc32 != crc32(data) for each, data in zip(found, inputs, strict=True)):
            raise AnswerDamaged(f"{self.link.port}: the device's slots hold something else")
        outputs = tuple(each.data for each in found)
        self._inference_s = host_ns / 1e9 / count
        started_us, device_us = self._elapsed_us(events, host_ns)
        return Timed(count, device_us, host_ns, outputs=outputs, started_us=started_us)

    def steps(self, count: int) -> protocol.Steps:
        """Run the loaded input, and learn what each step of the network takes.

        Raises
        ------
        DeviceError
            If the firmware is not built to be profiled; in its words.
        """
        events = self.ask("eb", "steps", count, timeout_s=self._patience_s(count))
        return self._one(events, protocol.Steps, "eb steps")

    def _patience_s(self, count: int) -> float:
        if not self._inference_s:
            return FIRST_INFERENCE_S
        return 5.0 + 3 * self._inference_s * count

    def _elapsed_us(self, events: Sequence[protocol.Event], host_ns: int) -> tuple[int, int]:
        """Return the first timestamp and how long after it the second was."""
        laps = [event.us for event in events if isinstance(event, protocol.Lap)]
        if len(laps) != 2:
            raise AnswerDamaged(
                f"{self.link.port}: {len(laps)} timestamps, not 2: a build for energy mode, whose "
                "timestamps are pulses (`modes=energy`, with `power`), or a noisy line?"
            )
        # A timer may wrap; host and device must agree, or it ran backwards.
        elapsed = (laps[1] - laps[0]) % WRAP_US
        if self.clock_is_real and elapsed > host_ns / 1e3 * 1.05 + CLOCK_SLACK_S * 1e6:
            way = "backwards" if laps[1] < laps[0] else "ahead of time"
            raise DeviceClockWrong(
                f"{self.link.port}: the device's timer runs {way}: from {laps[0]} to {laps[1]} us "
                f"in {host_ns / 1e3:.0f} us of the host's"
            )
        return laps[0], elapsed

    # -- with repairs --------------------------------------------------------------------------

    def sample(self, data: bytes, what: str = "the sample") -> Timed:
        """Load an input, run it once, and return its answer; repair what goes wrong."""

        def once() -> Timed:
            self.load(data)
            return self.infer()

        return self.repaired(once, what)

    def repaired(self, step: Callable[[], E], what: str) -> E:
        """Do a step; find the device again and do it again when that fails.

        Raises
        ------
        DeviceError
            What the last try ended with; `DeviceLost` at once.
        """
        for left in range(self.retries, -1, -1):
            try:
                return step()
            except (DeviceLost, PortUnavailable):
                raise
            except DeviceError as error:
                if not left:
                    raise
                self._on_event(f"{what}: {type(error).__name__}: {error}; tried again")
                self.link.transcript.remark(f"{type(error).__name__}: {error}")
                logger.warning("%s: %s: %s; %d tries left", what, type(error).__name__, error, left)
                self.recover()
        raise AssertionError  # the last try has returned or raised

    def recover(self) -> None:
        """Find the device again, whatever state it is in; nothing is taken for loaded then."""
        logger.info("%s: looking for the device again", self.link.port)
        self.slots.clear()
        if self.identity.extensions is not None:
            # A binary load that was left open ends by silence only.
            self.link.listen(BINARY_SILENCE_S)
        self.link.drain(0.3)
        self.link.forget()
        try:
            self._find(BINARY_SILENCE_S + NAME_S)
        except DeviceNotResponding:
            # Longer than any timeout of the device's own: it may be booting, too.
            self._find(BOOT_S)
        if self.link.baud != self._wanted_baud:
            self.change_baud(self._wanted_baud)

    def change_baud(self, baud: int) -> bool:
        """Run the line faster, if device and port can; return whether they do."""
        if self.identity.extensions is None or baud == self.link.baud:
            return baud == self.link.baud
        before, self._wanted_baud = self.link.baud, baud
        try:
            taken = self._one(self.ask("eb", "baud", baud), protocol.BaudTaken, "eb baud").baud
            self.link.baud = taken
            self.ask("name")
        except DeviceLost:
            raise
        except DeviceError as error:
            self._on_event(f"{baud} baud can't be had: {error}")
            self._wanted_baud = self.link.baud = before
            # By then the device has gone back to the rate that it came from.
            self.link.listen(BAUD_TRIAL_S)
            self._find(BOOT_S)
        return self.link.baud == baud
