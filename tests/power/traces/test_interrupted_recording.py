"""A recording that is interrupted keeps what was read, at whatever moment it came."""

from __future__ import annotations

import threading
from pathlib import Path
from signal import SIGTERM

import pytest

from edgebench import api
from edgebench.errors import Interrupted, SignalReceived
from edgebench.power.acquisition import reader, record
from edgebench.power.meters.command import CommandMeter
from edgebench.power.traces.formats.npz import load_trace
from tests.conftest import waited

PRINTED = "printed"
"""The file that the meter makes when it has printed."""


@pytest.fixture
def meter(tmp_path: Path) -> str:
    """The place of a meter that prints 2 W without end."""
    program = tmp_path / "mymeter"
    text = f"while :; do echo 2; sleep 0.02; echo 2; : > {tmp_path / PRINTED}; sleep 0.02; done"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return f"command:{program}"


def interrupted_once(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> None:
    """Have SIGTERM arrive in the first call of a function, at its end."""
    original = getattr(owner, name)
    left = [SIGTERM]

    def call(*arguments: object) -> object:
        returned = original(*arguments)
        if left:
            raise SignalReceived(left.pop())
        return returned

    monkeypatch.setattr(owner, name, call)


def test_in_the_start_of_the_thread_that_reads(
    meter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = threading.Thread.start
    made: list[reader.MeterReader] = []
    monkeypatch.setattr(
        record, "MeterReader", lambda of: made.append(reader.MeterReader(of)) or made[-1]
    )

    def started(thread: threading.Thread) -> None:
        start(thread)
        if thread.name == "meter":
            waited(lambda: made[-1].count > 0)
            raise SignalReceived(SIGTERM)

    monkeypatch.setattr(threading.Thread, "start", started)
    ended(meter, tmp_path)


@pytest.mark.parametrize(
    ("owner", "name"),
    [(reader.MeterReader, "close"), (CommandMeter, "__exit__"), (record, "save_trace")],
    ids=["as the reader is closed", "as the meter is closed", "as it is written"],
)
def test_at_the_end(
    owner: object, name: str, meter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its program may take any time to print the first line.
    enter = reader.MeterReader.__enter__

    def entered(made: reader.MeterReader) -> reader.MeterReader:
        enter(made)
        waited(lambda: made.count > 0)
        return made

    monkeypatch.setattr(reader.MeterReader, "__enter__", entered)
    interrupted_once(monkeypatch, owner, name)
    ended(meter, tmp_path)


def test_before_the_first_sample(
    meter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted_once(monkeypatch, CommandMeter, "start")
    said = "^Interrupted by SIGTERM before the first sample: nothing was written$"
    with pytest.raises(Interrupted, match=said):
        api.record_power(meter, seconds=0.3, out=tmp_path / "p.npz")
    assert not (tmp_path / "p.npz").exists()


def ended(meter: str, folder: Path) -> None:
    """Record, and look at what an interruption left."""
    said = r"^Interrupted by SIGTERM\. What was recorded is in .*p\.npz$"
    printed = (folder / PRINTED).exists
    with pytest.raises(Interrupted, match=said):
        api.record_power(
            meter, seconds=0.3, out=folder / "p.npz", on_sample=lambda gone, count: waited(printed)
        )
    samples = load_trace(folder / "p.npz").samples
    assert len(samples)
    assert not samples.faults
    assert "meter" not in {thread.name for thread in threading.enumerate()}
