"""Frames of a stream: when each is due, whether it is late, and waiting for the next."""

from __future__ import annotations

import threading

import pytest

from edgebench import clock
from edgebench.sut.stream import FrameTimes


def test_frames_are_late_by_when_their_audio_was_there() -> None:
    paced, free = FrameTimes(30, 100), FrameTimes(30, None)
    # The third starts late because the second was slow, and is late itself for that.
    for started, ended in ((1000, 1010), (1100, 1225), (1225, 1240), (1300, 1330)):
        paced.add(started, ended)
        free.add(started, ended)
    assert (paced.late, paced.worst_ns, paced.count) == (2, 125, 4)
    assert (free.late, free.worst_ns) == (1, 125)
    assert paced.period_variation == pytest.approx((125 - 75) / 100)
    assert paced.next_due_ns == 1400
    assert free.period_variation is None


def test_a_stopped_stream_waits_for_no_frame() -> None:
    hour_ns = 3_600_000_000_000
    times = FrameTimes(1, hour_ns)
    times.add(clock.now_ns(), clock.now_ns())
    stopped = threading.Event()
    waiting = threading.Thread(target=times.wait, args=(stopped.is_set,), daemon=True)
    waiting.start()
    stopped.set()
    waiting.join(20)
    assert not waiting.is_alive()
