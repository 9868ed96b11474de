"""The host's protocol parser: whatever bytes a device sends, in whatever pieces."""

from __future__ import annotations

import re
from typing import get_args

from edgebench.device.messages import Event
from edgebench.device.protocol import LONGEST_LINE, Parser

EVENTS = get_args(Event)
_WORD = re.compile(rb"[me]-(?:[a-z]+-)*\[?|m-[a-z-]+|[a-z]+=|\d+|[0-9a-f]{8}|\]")
SEEDS = (
    b"m-init-done\r\nm-ready\r\n",
    b"m-name-dut-[edgebench-host]\r\n",
    b"m-profile-[edgebench firmware 1]\r\nm-model-[kws]\r\n",
    b"m-edgebench-[1 model=0a1b input=490 output=12 frame=240 slots=8 command=80]\r\n",
    b"m-lap-us-4294967295\r\nm-lap-us-0\r\n",
    b"m-[Expecting 490 bytes]\r\nm-load-done\r\n",
    b"m-warmup-start-10\r\nm-warmup-done\r\nm-infer-start-1\r\nm-infer-done\r\n",
    b"m-results-[0.1,-2.5e-3, 1e999,nan]\r\n",
    b"m-buffer-00ff 7f-80\r\n",
    b"m-eb-baud-[921600]\r\nm-eb-sum-[0123abcd]\r\n",
    b"m-eb-load-[ok]\r\nm-eb-load-[0,1,65535]\r\n",
    b"m-eb-output-[00ff7f80 0123abcd bf6bb1b8]\r\n",
    b"m-eb-steps-[4096 10 1,2,3]\r\n",
    b"e-[the model takes 490 bytes]\r\n\0\xff\xfem-ready\n",
)
WORDS = tuple(sorted({word for seed in SEEDS for word in _WORD.findall(seed)}))
"""What mutations may insert."""


def check(data: bytes) -> None:
    """Give bytes to a parser at once and in two pieces: the same events, and nothing kept.

    Where a line is cut that has no end depends on the pieces: such bytes are given at once only.
    """
    at_once, in_pieces = Parser(), Parser()
    split = data[0] * len(data) // 256 if data else 0
    events = at_once.feed(data)
    other = in_pieces.feed(data[:split])
    other += in_pieces.feed(data[split:])
    if len(data) <= LONGEST_LINE:
        # A device may send nan, which is unequal to itself.
        assert events == other or repr(events) == repr(other), (events, other)
        assert at_once.pending == in_pieces.pending
    assert len(at_once.pending) <= LONGEST_LINE
    assert b"\n" not in at_once.pending
    for event in events:
        assert isinstance(event, EVENTS)
