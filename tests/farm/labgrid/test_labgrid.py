"""labgrid through its helper: what it answers, and what is wrong with it, without a farm."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebench.errors import DeviceLost, RuntimeMissing, UsageError
from edgebench.farm.labgrid import helper_process
from edgebench.farm.labgrid.client import Labgrid, beyond_loopback, parse_places
from edgebench.farm.labgrid.errors import FarmUnreachable, PlaceTaken
from edgebench.farm.labgrid.find import find_labgrid
from edgebench.farm.labgrid.helper_process import HELPER, parse_answer
from edgebench.farm.labgrid.places import FarmPlace, Resource, serial_url
from tests.farm.labgrid.bench import PROGRAMS, needs_labgrid, wait_until

PORT = Resource(
    "exporter0/shelf-1/NetworkSerialPort/port",
    "NetworkSerialPort",
    exported=True,
    available=True,
    params={"extra": {}, "host": "10.0.0.7", "port": 4001, "protocol": "raw"},
)
POWER = Resource("exporter0/power/NetworkPowerPort/p", "NetworkPowerPort", True, True)
SHELF = FarmPlace("shelf-1", "host/anna", resources=(POWER, PORT))


def test_a_places_port_is_found_among_what_it_has() -> None:
    assert serial_url(SHELF) == "socket://10.0.0.7:4001"
    rfc2217 = replace(PORT, params={"host": "10.0.0.7", "port": 4001})
    assert serial_url(replace(SHELF, resources=(rfc2217,))) == "rfc2217://10.0.0.7:4001"


@pytest.mark.parametrize(
    ("resources", "says"),
    [
        ((replace(PORT, available=False),), "says that exporter0/.* is not there"),
        ((replace(PORT, exported=False, available=False),), "its exporter is gone"),
        ((replace(PORT, params={"host": "x", "port": None}),), "has host 'x' and port None"),
        ((replace(PORT, params={"host": "x", "port": True}),), "and port True"),
        ((replace(PORT, params={"port": 1}),), "has host None"),
        ((replace(PORT, params={"host": "x", "port": 1, "protocol": "y"}),), "speaks 'y'"),
        ((replace(POWER, exported=False),), "its exporter is gone"),
        ((), "has no NetworkSerialPort"),
    ],
)
def test_a_place_without_a_port_is_said(resources: tuple[Resource, ...], says: str) -> None:
    with pytest.raises(DeviceLost, match=says):
        serial_url(replace(SHELF, resources=resources))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "last", "result", "error", "kind", "text", "name", "resources", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(text=st.text(max_size=100), values=VALUES)
def test_whatever_the_helper_prints_is_an_answer_or_a_clear_error(
    text: str, values: object
) -> None:
    for each in (text, json.dumps(values)):
        with suppress(ValueError):
            parse_answer(each)
    with suppress(DeviceLost):
        assert all(isinstance(place, FarmPlace) for place in parse_places(values))


def _python(folder: Path, script: str) -> str:
    """Write a program that stands in for labgrid's Python; each start of it is a line of a file."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\necho start >> {folder}/starts\n{script}\n")
    path.chmod(0o755)
    return str(path)


def _says(*answers: dict[str, Any]) -> str:
    """Return a script that gives an answer to each question, and then ends."""
    numbered = (json.dumps({"id": number, **said}) for number, said in enumerate(answers, 1))
    return "\n".join(f"read -r question && echo '{line}'" for line in numbered)


def _starts(folder: Path) -> int:
    return len((folder / "starts").read_text().splitlines())


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("unreachable", FarmUnreachable),
        ("taken", PlaceTaken),
        ("no place", UsageError),
        ("refused", DeviceLost),
    ],
)
def test_what_the_helper_reports_is_raised(
    tmp_path: Path, kind: str, error: type[Exception]
) -> None:
    answer = {"error": {"kind": kind, "text": "some reason"}}
    with pytest.raises(error, match="some reason"):
        Labgrid(_python(tmp_path, _says(answer))).acquire("x")


def test_one_process_answers_many_questions(tmp_path: Path) -> None:
    labgrid = Labgrid(_python(tmp_path, _says(*[{"result": []}] * 3, {"result": [], "last": True})))
    for _ in range(4):
        assert labgrid.places() == []
    assert _starts(tmp_path) == 1
    assert labgrid.places() == []  # the last answer of the first ended it
    assert _starts(tmp_path) == 2


def test_a_helper_that_died_is_started_again_once(tmp_path: Path) -> None:
    """What it had not read can be asked again, and so can what comes to the same done twice."""
    labgrid = Labgrid(_python(tmp_path, _says({"result": []}) + "\nread -r question; exit 3"))
    for starts in (1, 2, 3):
        assert labgrid.places() == []
        assert _starts(tmp_path) == starts
    with pytest.raises(FarmUnreachable, match="helper ended in acquire: exit code 3"):
        labgrid.acquire("x")
    assert _starts(tmp_path) == 3
    goodbye = 'read -r question; echo \'{"id": 0, "last": true}\''
    idle = Labgrid(_python(tmp_path, f"{_says({'result': None})}\n{goodbye}"))
    idle.acquire("x")
    idle.acquire("x")  # not read, so it can't have been done
    assert _starts(tmp_path) == 5


def test_an_answer_that_is_read_with_the_goodbye_counts(tmp_path: Path) -> None:
    """As where the asker was stopped for longer than the helper waits."""
    both = r"""read -r question; printf '{"id": 1, "result": []}\n{"id": 0, "last": true}\n'"""
    labgrid = Labgrid(_python(tmp_path, f"{both}\nread -r question"))
    assert labgrid.places() == []
    labgrid.acquire("x")  # the first did not read it, so it can't have been done
    assert _starts(tmp_path) == 2


def test_a_helper_that_hangs_or_talks_too_much_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = f"echo $$ > {tmp_path}/pid\n{_says({'result': []})}\nexec sleep 1000"
    labgrid = Labgrid(_python(tmp_path, script))
    assert labgrid.places() == []
    with pytest.raises(FarmUnreachable, match="does not answer within 1 s"):
        labgrid._call("places", timeout_s=1.0)
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()
    assert labgrid.places() == []
    talks = tmp_path / "talks"
    talks.mkdir()
    monkeypatch.setattr("edgebench.farm.labgrid.helper_process.MOST_ANSWERED_BYTES", 1000)
    with pytest.raises(RuntimeMissing, match="labgrid can't be used"):
        Labgrid(_python(talks, "exec yes")).places()
    with pytest.raises(UsageError, match="a name of 40"):
        labgrid.acquire("x" * 40_000)


def test_threads_ask_processes_of_their_own(tmp_path: Path) -> None:
    """A switch that is slow keeps no other question waiting: each answers once both are asked."""
    asked = f"until [ $(ls -d {tmp_path}/[0-9]* | wc -l) = 2 ]; do sleep 0.05; done"
    answer = """echo '{"id": 1, "result": []}'"""
    labgrid = Labgrid(
        _python(tmp_path, f"read -r question; mkdir {tmp_path}/$$; {asked}; {answer}")
    )
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(lambda _: labgrid.places(), range(2))) == [[], []]


@needs_labgrid
def test_a_helper_that_is_idle_ends_and_another_is_asked(tmp_path: Path) -> None:
    start = (
        f'import sys; sys.path.insert(0, "{HELPER.parent}"); sys.path.insert(0, "");'
        "import helper; helper.IDLE_S = 2.0; helper.main()"
    )
    labgrid = Labgrid(_python(tmp_path, f"exec {PROGRAMS}/python -c '{start}'"))
    version = labgrid.version()
    (process,) = helper_process._waiting._processes[labgrid.python]
    wait_until(lambda: process.has_ended)
    assert labgrid.version() == version
    assert _starts(tmp_path) == 2


def _has_ended(process: Path) -> bool:
    """Whether a process has ended, by its folder in /proc; it may go while it is looked at."""
    try:
        return ") Z " in (process / "stat").read_text()
    except OSError:
        return True


@needs_labgrid
def test_the_helper_ends_with_who_started_it() -> None:
    script = (
        "import os, signal, sys\n"
        "from edgebench.farm.labgrid.client import Labgrid\n"
        "from edgebench.farm.labgrid import helper_process\n"
        "Labgrid(sys.argv[1]).version()\n"
        "(process,) = helper_process._waiting._processes[sys.argv[1]]\n"
        "print(process._process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    # Its stderr is a pipe of the one that is killed: the end of our pipe would not say it.
    done = subprocess.run(
        [sys.executable, "-c", script, PROGRAMS / "python"], stdout=subprocess.PIPE, check=False
    )
    helper = Path("/proc") / done.stdout.decode().strip()
    wait_until(lambda: _has_ended(helper))


def test_a_helper_that_is_cut_off_is_said(tmp_path: Path) -> None:
    broken = _python(tmp_path, "echo '{\"resu'; echo 'Illegal instruction' >&2; exit 132")
    with pytest.raises(RuntimeMissing, match="Illegal instruction; is its installation complete"):
        Labgrid(broken).places()


def test_a_coordinator_that_hangs_ends_at_the_deadline(tmp_path: Path) -> None:
    with pytest.raises(FarmUnreachable, match="does not answer within 0 s"):
        Labgrid(_python(tmp_path, "exec sleep 30"))._call("places", timeout_s=0.2)


def test_the_helper_needs_nothing_of_edgebench() -> None:
    """It runs in another environment, and in Pythons that edgebench does not support."""
    source = HELPER.read_text()
    assert "import edgebench" not in source
    assert "from edgebench" not in source


@needs_labgrid
def test_the_version_needs_no_coordinator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LG_COORDINATOR", "127.0.0.1:1")
    monkeypatch.setenv("EDGEBENCH_LABGRID", str(PROGRAMS))
    found = find_labgrid()
    assert int(found.version().split(".")[0]) >= 25
    with pytest.raises(FarmUnreachable, match=r"can't be reached \(127.0.0.1:1: "):
        found.places()


def test_labgrid_that_is_missing_or_old_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEBENCH_LABGRID", str(tmp_path / "none"))
    with pytest.raises(RuntimeMissing, match=r"none, where no labgrid-client is.*pipx install"):
        find_labgrid()
    monkeypatch.setenv("EDGEBENCH_LABGRID", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(RuntimeMissing, match="labgrid is not here: `pipx install labgrid`"):
        find_labgrid()
    (tmp_path / "labgrid-client").write_text("#!/bin/sh\n")
    _python(tmp_path, _says({"result": "23.0.1"}))
    monkeypatch.setenv("EDGEBENCH_LABGRID", str(tmp_path))
    with pytest.raises(RuntimeMissing, match=r"labgrid 23\.0\.1, older than 25\.0: `pipx upgrade"):
        find_labgrid()
    _python(tmp_path, "exit 1")
    with pytest.raises(RuntimeMissing, match="exit code 1; is its installation complete"):
        find_labgrid()
    other = tmp_path / "of another name"
    other.mkdir()
    python = Path(_python(other, _says({"result": "26.1"}))).rename(other / "python3.9")
    (tmp_path / "labgrid-client").write_text(f"#!{python}\n")
    with pytest.raises(RuntimeMissing, match="exit code 1"):
        find_labgrid()  # a path with spaces is no interpreter: the Python next to it is asked
    python = python.rename(tmp_path / "python3.9")
    (tmp_path / "labgrid-client").write_text(f"#!{python}\n")
    assert find_labgrid().python == str(python)


def test_a_coordinator_over_a_network_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LG_COORDINATOR", raising=False)
    assert not beyond_loopback("")
    assert not beyond_loopback("127.0.0.1:20408")
    assert not beyond_loopback("localhost:20408")
    assert beyond_loopback("10.0.0.1:20408")
    monkeypatch.setenv("LG_COORDINATOR", "farm.example:20408")
    assert beyond_loopback("")
