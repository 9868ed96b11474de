from __future__ import annotations

from pathlib import Path

from edgebench.device.probe import probe_ports
from edgebench.virtual.emulated_device import EmulatedPort
from tests.device.scripted import ScriptedDevice


def test_ports_are_asked_at_every_rate_whatever_they_are(programs: dict[bool, Path]) -> None:
    with (
        EmulatedPort(programs[True], 9600) as slow,
        EmulatedPort(programs[False], 115200) as usual,
        ScriptedDevice(name=b"login: \r\n", profile=b"") as other,
        ScriptedDevice(name=b"") as silent,
    ):
        ports = [(each.port, "a pty") for each in (slow, usual, other, silent)]
        found = {
            each.port: each for each in probe_ports([*ports, ("/dev/none", "")], (115200, 9600))
        }
    assert (found[slow.port].baud, found[usual.port].baud) == (9600, 115200)
    assert found[slow.port].identity is not None
    assert found[slow.port].identity.model == "small"
    assert found[usual.port].identity is not None
    assert found[usual.port].identity.extensions is None
    assert "none of them an answer to `name%`" in found[other.port].advice
    assert "silence" in found[silent.port].advice
    assert "there is no port /dev/none" in found["/dev/none"].advice
