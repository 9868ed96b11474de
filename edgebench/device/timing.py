"""Run inferences on a device, timed by its clock and by the host's."""

from __future__ import annotations

import math
from binascii import crc32
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from edgebench.clock import now_ns
from edgebench.device import messages
from edgebench.device.conversation import Conversation
from edgebench.errors import (
    AnswerDamaged,
    DeviceClockWrong,
    DeviceFailed,
    DeviceNotResponding,
)

FIRST_INFERENCE_S = 60.0
WRAP_US = 1 << 32
CLOCK_SLACK_S = 0.05
CLOCK_TRIAL_S, CLOCK_TRIES = 0.05, 5


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


class Timing:
    """Runs inferences over a conversation."""

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk
        self._inference_s = 0.0

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
        started, carried = now_ns(), self._talk.link.carried_bytes
        wait_s = self._patience_s(count + warmups) + self._talk.results_s
        events = self._talk.ask("infer", count, warmups, timeout_s=wait_s)
        host_ns = now_ns() - started
        line_ns = int(1e9 * self._talk.link.seconds_for(self._talk.link.carried_bytes - carried))
        what = f"`infer {count} {warmups}`"
        begun = self._talk.one(events, messages.InferStart, what).count
        self._talk.one(events, messages.InferDone, what)
        if begun != count:
            raise AnswerDamaged(
                f"{self._talk.port}: {what} began {begun} inferences, not {count}: is the line "
                "noisy?"
            )
        started_us = device_us = 0
        if timestamps or any(isinstance(event, messages.Lap) for event in events):
            started_us, device_us = self._elapsed_us(events, host_ns)
        results = self._results(events, what)
        self._inference_s = host_ns / 1e9 / (count + warmups)
        outputs: tuple[bytes, ...] = ()
        if self._talk.identity.extensions is not None:
            outputs = (self._output(),)
        elif not all(math.isfinite(value) for value in results.values):
            raise AnswerDamaged(
                f"{self._talk.port}: results are not all numbers: {self._talk.link.said}"
            )
        elif self._talk.verify != "never":
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

    def _results_again(self, first: messages.Results) -> messages.Results:
        """Ask for results until two answers in a row are the same: they carry no checksum."""
        for _ in range(self._talk.retries + 1):
            wait_s = self._talk.patience.seconds + self._talk.results_s
            second = self._results(self._talk.ask("results", timeout_s=wait_s), "`results`")
            if second.texts == first.texts:
                return second
            first = second
        raise AnswerDamaged(
            f"{self._talk.port}: the results differ each time they are asked for; the last are "
            f"{self._talk.link.said}: is the line noisy?"
        )

    def _output(self) -> bytes:
        """Return the last output in the model's own numbers."""
        wait_s = self._talk.patience.seconds + self._talk.output_s
        events = self._talk.ask("eb", "output", timeout_s=wait_s)
        return self._talk.one(events, messages.Output, "`eb output`").data

    def _results(self, events: Sequence[messages.Event], what: str) -> messages.Results:
        """Return the values of all outputs; edgebench's firmware writes a line for each."""
        found = [event for event in events if isinstance(event, messages.Results)]
        if len(found) < 2 or self._talk.identity.outputs < 2:
            return self._talk.one(events, messages.Results, what)
        return messages.Results(
            tuple(value for each in found for value in each.values),
            tuple(text for each in found for text in each.texts),
        )

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
        timeout_s = self._patience_s(count) + count * self._talk.output_s
        events = self._talk.ask("eb", "run", first, count, timeout_s=timeout_s)
        host_ns = now_ns() - started
        found = [event for event in events if isinstance(event, messages.Output)]
        if len(found) != count:
            raise AnswerDamaged(
                f"{self._talk.port}: {count - len(found)} of {count} outputs were damaged on the "
                "line: see transcript.txt, or raise `retries`"
            )
        if any(each.input_crc32 != crc32(data) for each, data in zip(found, inputs, strict=True)):
            raise AnswerDamaged(
                f"{self._talk.port}: the device's slots hold something else than what was loaded: "
                "has it booted?"
            )
        outputs = tuple(each.data for each in found)
        self._inference_s = host_ns / 1e9 / count
        started_us, device_us = self._elapsed_us(events, host_ns)
        return Timed(count, device_us, host_ns, outputs=outputs, started_us=started_us)

    def steps(self, count: int) -> messages.Steps:
        """Run the loaded input, and learn what each step of the network takes.

        Raises
        ------
        DeviceError
            If the firmware is not built to be profiled; in its words.
        """
        events = self._talk.ask("eb", "steps", count, timeout_s=self._patience_s(count))
        return self._talk.one(events, messages.Steps, f"`eb steps {count}`")

    def _patience_s(self, count: int) -> float:
        stated_s = self._talk.patience.stated_s or 0.0
        if not self._inference_s:
            return max(FIRST_INFERENCE_S, stated_s)
        return max(5.0, stated_s) + 3 * self._inference_s * count

    def _elapsed_us(self, events: Sequence[messages.Event], host_ns: int) -> tuple[int, int]:
        """Return the first timestamp and how long after it the second was."""
        laps = [event.us for event in events if isinstance(event, messages.Lap)]
        if len(laps) != 2:
            raise AnswerDamaged(
                f"{self._talk.port}: {len(laps)} timestamps, not 2: a build for energy mode, whose "
                f"timestamps are pulses (`modes=energy`, with `power`), or a noisy line? It said "
                f"{self._talk.link.said}"
            )
        if self._talk.clock_is_real:
            _check_lap(self._talk.port, laps[0], laps[1], host_ns)
        elapsed = (laps[1] - laps[0]) % WRAP_US
        return laps[0], elapsed


def check_clock(talk: Conversation) -> None:
    """Ask for two timestamps, if the device gives any.

    Raises
    ------
    DeviceClockWrong
        If the second is before the first, or too far behind it.
    """
    laps: list[tuple[int, int]] = []
    for _ in range(CLOCK_TRIES):
        talk.link.drain(CLOCK_TRIAL_S)
        began = now_ns()
        # What is left of a load that was given up may be taken for a command.
        with suppress(DeviceFailed, DeviceNotResponding):
            events = talk.ask("timestamp")
            laps += [(each.us, began) for each in events if isinstance(each, messages.Lap)]
        if len(laps) > 1 and talk.clock_is_real:
            (first_us, first_ns), (second_us, _) = laps[-2:]
            _check_lap(talk.port, first_us, second_us, now_ns() - first_ns)


def _check_lap(port: str, first_us: int, second_us: int, host_ns: int) -> None:
    # A timer may wrap; host and device must agree, or it ran backwards.
    elapsed = (second_us - first_us) % WRAP_US
    if elapsed > host_ns / 1e3 * 1.05 + CLOCK_SLACK_S * 1e6:
        way = "backwards" if second_us < first_us else "ahead of time"
        raise DeviceClockWrong(
            f"{port}: the device's timer runs {way}: from {first_us} to {second_us} us in "
            f"{host_ns / 1e3:.0f} us of the host's; its timestamps can't be used, and what it does "
            "by the clock may fail"
        )
