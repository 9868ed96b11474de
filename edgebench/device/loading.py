"""Load inputs into a device, and compare what it has got with what was sent."""

from __future__ import annotations

import logging
from binascii import crc32

from edgebench.device import messages, protocol
from edgebench.device.conversation import Conversation
from edgebench.device.frames import REPORT, frame, frames_of
from edgebench.device.timing import check_clock
from edgebench.errors import AnswerDamaged, DeviceError, DeviceFailed, DeviceNotResponding

logger = logging.getLogger(__name__)


SMALLER_BYTES = (31, 26, 12, 4)
"""Sizes to try where longer commands don't arrive: MLCommons' runner sends 31 bytes, or 26 through
its interface board; 64-byte USB bursts lose what is longer."""


class Loading:
    """Loads inputs over a conversation."""

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk
        self._reads_back = True
        self._piece_bytes: int | None = None
        self._has_failed = False
        self._arrives = False

    @property
    def piece_bytes(self) -> int:
        """How many bytes of input a command carries: as many as arrive."""
        return self._piece_bytes or self._talk.chunk_bytes

    def begin_again(self) -> None:
        """Forget what has failed, before inputs of another kind: unless some have arrived."""
        if not self._arrives:
            self._piece_bytes, self._has_failed = None, False

    def load(self, data: bytes) -> None:
        """Load the current input by ``db`` commands.

        Raises
        ------
        DeviceFailed
            If the device refuses it.
        AnswerDamaged
            If the device has not got what was sent.
        DeviceNotResponding
            If it does not answer.
        FirstLoadFailed
            As one of these, if no input has arrived so far: the next try sends the same pieces
            once more, and the one after it smaller ones.
        """
        self._announce(data)
        size = self.piece_bytes
        try:
            self._send_pieces(data, size)
            if self._talk.verify != "never":
                self.compare(data)
        except (AnswerDamaged, DeviceFailed, DeviceNotResponding) as error:
            smaller = next((each for each in SMALLER_BYTES if each < min(size, len(data))), None)
            if self._arrives or smaller is None:
                raise
            self._has_failed = not self._has_failed
            if self._has_failed:
                raise FirstLoadFailed(str(error)) from error
            self._piece_bytes = smaller
            raise FirstLoadFailed(
                f"{error}. Commands of {size} bytes may be too long for the device: {smaller} are "
                "tried next"
            ) from error
        self._arrives = True

    def _announce(self, data: bytes) -> None:
        what = f"`db load {len(data)}`"
        events = self._talk.ask("db", "load", len(data))
        expecting = self._talk.one(events, messages.Expecting, what)
        if expecting.size_bytes != len(data):
            raise AnswerDamaged(
                f"{self._talk.port}: after {what} the device expects {expecting.size_bytes} bytes, "
                f"not {len(data)}: is it another model's firmware?"
            )

    def _send_pieces(self, data: bytes, size: int) -> None:
        starts = range(0, len(data), size)
        for number, start in enumerate(starts, start=1):
            what = f"part {number} of {len(starts)} of an input"
            piece = data[start : start + size].hex().encode("ascii")
            events = self._talk.answer(b"db %s%%" % piece, what, None)
            # edgebench's firmware refuses a command that is too long or cut short, so they arrive.
            self._arrives = self._arrives or self._talk.identity.extensions is not None
            is_done = any(isinstance(event, messages.LoadDone) for event in events)
            if is_done != (number == len(starts)):
                self._talk.check_refusal(events, what)
                raise AnswerDamaged(
                    f"{self._talk.port}: {what} has not come as it was sent: the device answers "
                    f"{self._talk.link.said}"
                )

    def compare(self, data: bytes) -> None:
        """Compare the device's input with what was sent, as far as the device allows it.

        Raises
        ------
        AnswerDamaged
            If it is another one.
        """
        extensions = self._talk.identity.extensions
        # The checksum is of the model's own numbers, which may not be what was sent.
        if extensions is not None and "wire" not in extensions.values:
            has = self._talk.one(self._talk.ask("eb", "sum"), messages.InputSum, "`eb sum`").crc32
            if has != crc32(data):
                raise AnswerDamaged(
                    f"{self._talk.port}: the device's input has another checksum than what was "
                    "sent: is the line noisy?"
                )
            return
        if not self._reads_back:
            return
        try:
            wait_s = self._talk.patience.seconds + 2 * self._talk.link.seconds_for(5 * len(data))
            events = self._talk.ask("db", "print", timeout_s=wait_s)
        except DeviceFailed as error:
            self._reads_back = False
            self._talk.on_event(f"inputs can't be read back, so they are not compared: {error}")
            return
        read = b"".join(event.data for event in events if isinstance(event, messages.Buffer))
        if not read:
            self._reads_back = False
            self._talk.on_event(
                "inputs can't be read back, so they are not compared: `db print` is answered with "
                f"{self._talk.link.said}"
            )
        elif read != data:
            wrong = sum(a != b for a, b in zip(read, data, strict=False)) or "some"
            raise AnswerDamaged(
                f"{self._talk.port}: {wrong} bytes of the input differ, read back by `db print`: "
                "is the line noisy?"
            )

    def load_slot(self, slot: int, data: bytes) -> None:
        """Load a slot in binary frames; only frames that don't come are sent again.

        Raises
        ------
        AnswerDamaged
            If frames are still missing after the retries.
        """
        extensions = self._talk.identity.extensions
        size = extensions.number("frame") if extensions else 0
        if not size or not 0 <= slot < self._talk.slot_count:
            raise DeviceFailed(f"{self._talk.port}: the device has no slot {slot}")
        try:
            self._send_frames(slot, data, size)
        except DeviceFailed:
            # A firmware whose clock jumps gives a load up that was sent without a pause.
            check_clock(self._talk)
            raise

    def _send_frames(self, slot: int, data: bytes, size: int) -> None:
        talk = self._talk
        what = f"a binary load of {len(data)} bytes"
        talk.exchanges += 1
        talk.link.send(protocol.command("eb", "load", slot, len(data)))
        talk.wait_for(messages.Expecting, talk.patience.seconds, f"`eb load {slot} {len(data)}`")
        frames = frames_of(data, size)
        wanted: tuple[int, ...] = tuple(range(len(frames)))
        for _ in range(talk.retries + 1):
            burst = b"".join(frames[number] for number in wanted) + frame(REPORT)
            talk.exchanges += 1
            talk.link.send(burst)
            wait_s = talk.patience.seconds + 2 * talk.link.seconds_for(len(burst))
            wanted = talk.wait_for(messages.Missing, wait_s, what).frames
            if not wanted:
                talk.checked(talk.link.until_ready(talk.patience.seconds, what), what)
                return
            if any(number >= len(frames) for number in wanted):
                break
            talk.on_event(f"frames {', '.join(map(str, wanted))} of an input were sent again")
            logger.info("%s: frames %s are sent again", talk.port, wanted)
        raise AnswerDamaged(
            f"{talk.port}: frames {', '.join(map(str, wanted))} of an input don't come through: a "
            "slower rate (`baud`), a shorter cable, or more `retries`?"
        )


class FirstLoadFailed(DeviceError):
    """A first input has not arrived: the line is noisy, or its pieces are too long."""
