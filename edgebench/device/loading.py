"""Load inputs into a device, and compare what it has got with what was sent."""

from __future__ import annotations

import logging
from binascii import crc32

from edgebench.device import protocol
from edgebench.device.conversation import ANSWER_S, Conversation
from edgebench.device.frames import REPORT, frame, frames_of
from edgebench.errors import AnswerDamaged, DeviceFailed

logger = logging.getLogger(__name__)


class Loading:
    """Loads inputs over a conversation."""

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk
        self._reads_back = True

    def load(self, data: bytes) -> None:
        """Load the current input by ``db`` commands.

        Raises
        ------
        AnswerDamaged
            If the device has not got what was sent.
        """
        expecting = self._talk.one(
            self._talk.ask("db", "load", len(data)), protocol.Expecting, "db load"
        )
        if expecting.size_bytes != len(data):
            raise AnswerDamaged(
                f"{self._talk.port}: the device expects {expecting.size_bytes} bytes, "
                f"not {len(data)}"
            )
        size = self._talk.chunk_bytes
        digits = data.hex()
        chunks = [
            b"db %s%%" % digits[start : start + 2 * size].encode("ascii")
            for start in range(0, len(digits), 2 * size)
        ]
        for number, chunk in enumerate(chunks):
            events = self._talk.answer(
                chunk, f"part {number + 1} of {len(chunks)} of an input", ANSWER_S
            )
            is_done = any(isinstance(event, protocol.LoadDone) for event in events)
            if is_done != (number == len(chunks) - 1):
                raise AnswerDamaged(
                    f"{self._talk.port}: part {number + 1} of {len(chunks)} of an input has not "
                    "come as it was sent"
                )
        if self._talk.verify != "never":
            self.compare(data)

    def compare(self, data: bytes) -> None:
        """Compare the device's input with what was sent, as far as the device allows it.

        Raises
        ------
        AnswerDamaged
            If it is another one.
        """
        if self._talk.identity.extensions is not None:
            has = self._talk.one(self._talk.ask("eb", "sum"), protocol.InputSum, "eb sum").crc32
            if has != crc32(data):
                raise AnswerDamaged(f"{self._talk.port}: the device's input has another checksum")
            return
        if not self._reads_back:
            return
        try:
            wait_s = ANSWER_S + 2 * self._talk.link.seconds_for(5 * len(data))
            events = self._talk.ask("db", "print", timeout_s=wait_s)
        except DeviceFailed as error:
            self._reads_back = False
            self._talk.on_event(f"inputs can't be read back, so they are not compared: {error}")
            return
        read = b"".join(event.data for event in events if isinstance(event, protocol.Buffer))
        if not read:
            self._reads_back = False
            self._talk.on_event(
                "inputs can't be read back, so they are not compared: db print says nothing"
            )
        elif read != data:
            wrong = sum(a != b for a, b in zip(read, data, strict=False)) or "some"
            raise AnswerDamaged(f"{self._talk.port}: {wrong} bytes of the input differ, read back")

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
        self._talk.link.send(protocol.command("eb", "load", slot, len(data)))
        self._talk.wait_for(protocol.Expecting, ANSWER_S, "eb load")
        frames = frames_of(data, size)
        wanted: tuple[int, ...] = tuple(range(len(frames)))
        for _ in range(self._talk.retries + 1):
            burst = b"".join(frames[number] for number in wanted) + frame(REPORT)
            self._talk.link.send(burst)
            wait_s = ANSWER_S + 2 * self._talk.link.seconds_for(len(burst))
            wanted = self._talk.wait_for(protocol.Missing, wait_s, "a binary load").frames
            if not wanted:
                self._talk.checked(
                    self._talk.link.until_ready(ANSWER_S, "a binary load"), "a binary load"
                )
                return
            if any(number >= len(frames) for number in wanted):
                break
            self._talk.on_event(f"frames {', '.join(map(str, wanted))} of an input were sent again")
            logger.info("%s: frames %s are sent again", self._talk.port, wanted)
        raise AnswerDamaged(f"{self._talk.port}: frames {wanted} of an input don't come through")
