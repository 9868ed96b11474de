"""A stream's figures as people read them."""

from __future__ import annotations

from edgebench.rundir.records.stream import DetectionsRecord, StreamRecord

QUALITY = "false alarms and misses"
"""What a stream is scored by."""


def detections_text(found: DetectionsRecord) -> str:
    """Return misses (FN) and false alarms (FP) among a stream's words."""
    return f"FN {found.false_negatives}, FP {found.false_positives} of {found.words} words"


def pace_text(stream: StreamRecord) -> str:
    """Return how the frames came."""
    return "in real time" if stream.pace == "real-time" else "accelerated"
