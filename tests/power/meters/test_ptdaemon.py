"""PTDaemon: what the driver refuses, and what it keeps of a damaged log."""

from __future__ import annotations

import pytest

from edgebench.errors import MeterLost, MeterNotFound
from edgebench.power.open import open_meter
from edgebench.virtual.meters.faults import Faults
from edgebench.virtual.meters.kinds import kind_of
from edgebench.virtual.meters.line import TcpLine
from edgebench.virtual.meters.stand_ins.ptdaemon import VirtualPtDaemon
from tests.power.answering import listening


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({b"Hello": b"220 smtp ready\n"}, "says '220 smtp ready', not as PTDaemon does"),
        (
            {b"Hello": b"Hello, PTDaemon here!\n", b"Identify": b"X,version=1.9.2-1\n"},
            r"version 1\.11\.1 or later is required",
        ),
        (
            {
                b"Hello": b"Hello, PTDaemon here!\n",
                b"Identify": b"X,version=1.11.1-1\n",
                b"RR": b"Error\n",
            },
            "answers RR with 'Error'",
        ),
    ],
)
def test_a_ptdaemon_that_is_none_or_too_old(answers: dict[bytes, bytes], says: str) -> None:
    with listening(TcpLine, answers) as place, pytest.raises(MeterNotFound, match=says):
        open_meter(f"ptd://{place}")


def lines_of(count: int) -> bytes:
    return b"".join(
        f"Time,11-25-2026 08:00:{second:02d}.000,Watts,{5 + second},Volts,230,Amps,0.1\n".encode()
        for second in range(count)
    )


KNOWN = {
    b"Hello": b"Hello, PTDaemon here!\n",
    b"Identify": b"X,version=1.11.1-1\n",
    b"RR": b"Ranges,1,5.0,1,300.0\n",
    b"Go": b"Starting untimed measurement\n",
    b"Stop": b"Stopping\n",
    b"Uncertainty": b"Uncertainty,0,0,0,3,0,3\n",
    b"Watts": b"Watts,6.0,5.0,7.0,3,0,3\n",
}


@pytest.mark.parametrize(
    ("answer", "share"),
    [
        (b"Uncertainty,0.005072,0.003544,0.008467,828,0,828,0\n", 0.005072),
        (b"Uncertainty,-1.0,10000000.000000,0.000000,837,0,0,837\n", None),  # it can't say
        (b"Error: no such command\n", None),
        (b"Uncertainty,nan,0,0,3,0,3\n", None),
    ],
)
def test_the_analyzer_s_own_uncertainty_is_the_energy_s(answer: bytes, share: float | None) -> None:
    log = b"Last 3 samples\n" + lines_of(3)
    answers = {**KNOWN, b"Uncertainty": answer, b"RL": log}
    with listening(TcpLine, answers) as place:
        with open_meter(f"ptd://{place}") as meter:
            meter.start()
            meter.stop()
            found = meter.description.accuracy
            assert (found.of_reading if found else None) == share
        with open_meter(f"ptd://{place}", meter_accuracy=0.03) as meter:
            meter.start()
            meter.stop()
            assert meter.description.accuracy is not None
            assert meter.description.accuracy.of_reading == 0.03  # what the user states holds


def test_a_ptdaemon_that_somebody_starts_again_is_a_problem() -> None:
    answers = dict(KNOWN)
    with listening(TcpLine, answers) as place, open_meter(f"ptd://{place}") as meter:
        meter.start()
        meter.read()
        answers[b"Watts"] = b"Watts,6.0,5.0,7.0,2,0,2\n"
        assert meter.read().power_w.tolist() == [6.0]  # what is known of it is kept
        with pytest.raises(MeterLost, match=r"fell from 3 samples .* another program has started"):
            meter.read()


@pytest.mark.parametrize(
    ("log", "watts", "says"),
    [
        (b"Last 3 samples\n" + lines_of(3), [5, 6, 7], None),
        (b"Last 3 samples\n" + lines_of(2) + b"garbage\n", [5, 6], "sent no sample: 'garbage'"),
        (
            b"Last 3 samples\n" + lines_of(2) + b"Time,11-25-2026 08:00:02.000,Watts,nan\n",
            [5, 6],
            "sent no sample",
        ),
        (b"Last " + b"9" * 5000 + b" samples\n", [6], "hands over no samples"),
        (b"none\n", [6], "hands over no samples: none"),
    ],
)
def test_what_a_ptdaemon_handed_over_is_kept(
    log: bytes, watts: list[float], says: str | None
) -> None:
    with listening(TcpLine, {**KNOWN, b"RL": log}) as place, open_meter(f"ptd://{place}") as meter:
        meter.start()
        assert len(meter.read()) == 0
        found = meter.stop()
    assert found.power_w.tolist() == watts
    assert bool(found.faults) == (says is not None)
    assert says is None or says in found.faults[0]


INVALID, UNKNOWN = b"Invalid number of parameters\r\n", b"Unknown command\r\n"


@pytest.mark.parametrize(
    "logs",
    [
        {b"RL,*,*\r": b"Last 3 samples from sum channel and channels 1 - 3\n" + lines_of(3)},
        {b"RL,*,*\r": INVALID, b"RL\r": b"Last 3 samples\n" + lines_of(3)},
        {b"RL": UNKNOWN, b"DC-RL\r": b"Last 3 samples\n" + lines_of(3)},
        {b"RL,*,*\r": INVALID, b"RL\r": UNKNOWN, b"DC-RL\r": b"Last 3 samples\n" + lines_of(3)},
    ],
    ids=["several channels", "one channel", "direct current", "direct current, one channel"],
)
def test_a_log_is_asked_for_as_the_analyzer_has_channels(logs: dict[bytes, bytes]) -> None:
    with listening(TcpLine, {**KNOWN, **logs}) as place, open_meter(f"ptd://{place}") as meter:
        meter.start()
        found = meter.stop()
    assert found.power_w.tolist() == [5, 6, 7]
    assert found.faults == ()


def test_a_log_that_no_command_gets_is_a_fault() -> None:
    answers = {**KNOWN, b"RL": INVALID, b"DC-RL": UNKNOWN}
    with listening(TcpLine, answers) as place, open_meter(f"ptd://{place}") as meter:
        meter.start()
        meter.read()
        (fault,) = meter.stop().faults
    assert "hands over no samples: Unknown command" in fault


def test_the_power_factor_is_kept() -> None:
    line = b"Time,07-12-2025 23:43:13.822,Watts,14.62,Volts,245.96,Amps,0.1389,PF,0.4279,Mark,a"
    channels = b",Ch1,Watts,14.62,Volts,1,Amps,1,PF,0.9"
    logs = {b"RL": b"Last 2 samples\n" + line + channels + b"\n" + line + b"\n"}
    with listening(TcpLine, {**KNOWN, **logs}) as place, open_meter(f"ptd://{place}") as meter:
        meter.start()
        found = meter.stop()
    assert found.power_factor is not None
    assert found.power_factor.tolist() == [0.4279, 0.4279]
    assert found.volts_v is not None
    assert found.volts_v.tolist() == [245.96, 245.96]


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"RL,*,*", INVALID),
        (b"RL", b"Last 0 samples\r\n"),
        (b"DC-RL", UNKNOWN),
        (b"SR,A", INVALID),
        (b"Go", INVALID),
        (b"Dance", UNKNOWN),
    ],
)
def test_the_ptdaemon_that_is_played_refuses_as_one_with_a_channel_does(
    command: bytes, answer: bytes
) -> None:
    kind = kind_of("ptdaemon")
    assert VirtualPtDaemon(kind.instrument(Faults())).feed(command + b"\r\n") == answer
