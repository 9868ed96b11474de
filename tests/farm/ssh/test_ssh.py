"""A Linux board over SSH: a real sshd on loopback, and this machine as the board."""

from __future__ import annotations

import json
import secrets
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edgebench import __version__
from edgebench.errors import DeviceLost, RuntimeMissing, SutFailed
from edgebench.farm.journal import Journal
from edgebench.farm.planning.jobs import Job
from edgebench.farm.planning.targets import SshTarget
from edgebench.farm.ssh.connection import CALL_S, Connection
from edgebench.farm.ssh.machine import SshMachine
from edgebench.harness.request import RunRequest, request_from_json, request_of
from edgebench.rundir.reader import read_run
from tests.cli.call import call
from tests.conftest import waited
from tests.farm.ssh.sshd import Sshd, needs_sshd, running

pytestmark = needs_sshd


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    yield from running(tmp_path)


def _target(server: Sshd, command: str = "") -> SshTarget:
    return SshTarget(
        ssh="board",
        name="board",
        ssh_config=str(server.config),
        command=command or f"{sys.executable} -m edgebench",
    )


FLAT = {
    "model": "digits-resnet8",
    "scenarios": ("offline",),
    "modes": ("performance",),
    "duration_s": 0.2,
    "warmup_s": 0.1,
}
REQUEST = request_of(**FLAT)


def _job(request: RunRequest = REQUEST) -> Job:
    """Return a job of a name of its own: what it leaves on the machine is known by that."""
    return Job(secrets.token_hex(8), "board", "digits", 0, request)


def _left_there(job: Job) -> list[Path]:
    return list(Path.home().glob(f".edgebench-farm/{job.id}-*"))


def test_a_run_is_done_there_and_comes_back_whole(sshd: Sshd, tmp_path: Path) -> None:
    job = _job(request_of(**FLAT, threads=2))
    with SshMachine(_target(sshd)) as machine:
        (run,) = machine.run(job, tmp_path / "out")
    record = read_run(run).record
    assert record.scenario == "Offline"
    assert record.performance is not None
    assert record.clock == "host perf_counter_ns"  # the board's own
    assert record.sut.settings.threads == 2
    assert [path.name for path in (tmp_path / "out").iterdir()] == [run.name]
    assert (run / "performance" / "mlperf_log_detail.txt").stat().st_size > 1000
    assert not _left_there(job)


def test_a_network_that_goes_and_comes_loses_nothing(sshd: Sshd, tmp_path: Path) -> None:
    import threading

    def cut() -> None:
        sshd.stop()
        time.sleep(3.0)
        sshd.start()

    with SshMachine(_target(sshd)) as machine:
        timer = threading.Timer(1.5, cut)
        timer.start()
        try:
            (run,) = machine.run(_job(), tmp_path / "out")
        finally:
            timer.join()
    assert read_run(run).record.performance is not None


def _recorder(folder: Path, rest: str) -> str:
    """Write a program that keeps the request it gets in ``folder``, and then does something."""
    script = folder / "recorder"
    script.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "edgebench, version {__version__}" && exit\n'
        f'echo "$@" > {folder}/words; cat "$3" > {folder}/request.json\n{rest}\n'
    )
    script.chmod(0o755)
    return str(script)


def test_the_whole_request_arrives(sshd: Sshd, tmp_path: Path) -> None:
    request = request_of(
        model="a; rm -rf /",
        scenarios=("offline",),
        delegate="/usr/lib/libvx_delegate.so",
        delegate_options={"cache": "/var/$(reboot)", "device": "'1'"},
        affinity=(0, 1),
        query_size="16",
        power="ppk2",
        supply_v=3.0,
    )
    command, job = _recorder(tmp_path, "echo no more >&2; exit 7"), _job(request)
    with (
        SshMachine(_target(sshd, command)) as machine,
        pytest.raises(SutFailed, match="board: edgebench ended with 7: no more"),
    ):
        machine.run(job, tmp_path / "out")
    assert request_from_json(json.loads((tmp_path / "request.json").read_text())) == request
    assert (tmp_path / "words").read_text() == "run --request request.json --out runs\n"
    assert not _left_there(job)


def test_a_run_that_is_not_waited_for_any_more_is_ended(sshd: Sshd, tmp_path: Path) -> None:
    """As when the time limit is over: it would disturb the next one."""

    class Over(Exception):
        pass

    def over(signum: int, frame: object) -> None:
        raise Over

    command, job = _recorder(tmp_path, f"echo $$ > {tmp_path}/pid; sleep 600 & wait"), _job()
    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(4)
    try:
        with SshMachine(_target(sshd, command)) as machine, pytest.raises(Over):
            machine.run(job, tmp_path / "out")
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    pid = int((tmp_path / "pid").read_text())
    waited(lambda: not Path(f"/proc/{pid}").exists(), 10)
    assert not _left_there(job)


def test_a_run_that_is_killed_there_is_said(sshd: Sshd, tmp_path: Path) -> None:
    command = _recorder(tmp_path, "echo last words; kill -9 0")
    with (
        SshMachine(_target(sshd, command)) as machine,
        pytest.raises(DeviceLost, match="ended without an exit code; last line: last words"),
    ):
        machine.run(_job(), tmp_path / "out")


def test_a_shell_that_prints_is_no_answer(sshd: Sshd, tmp_path: Path) -> None:
    """What start-up files print stands before all that comes back, archives too."""
    (sshd.home / ".bashrc").write_text("echo Welcome to board 42; echo gone; printf '0'\n")
    with SshMachine(_target(sshd)) as machine:
        (run,) = machine.run(_job(), tmp_path / "out")
    assert read_run(run).record.performance is not None


def test_a_shell_that_ends_before_any_command_is_said(sshd: Sshd) -> None:
    (sshd.home / ".bashrc").write_text("echo account expired; exit 1\n")
    with (
        pytest.raises(DeviceLost, match=r"shell ended before .*, after 'account expired'"),
        SshMachine(_target(sshd)),
    ):
        pass


@pytest.mark.skipif(shutil.which("busybox") is None, reason="there is no busybox here")
def test_a_machine_with_busybox_alone(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    listed = subprocess.run(["busybox", "--list"], capture_output=True, text=True, check=True)
    for name in listed.stdout.split():
        (tools / name).symlink_to(str(shutil.which("busybox")))
    for server in running(tmp_path, PATH=str(tools)):
        with SshMachine(_target(server)) as machine:
            assert b"BusyBox" in machine.connection.call("sha256sum --help 2>&1")
            (run,) = machine.run(_job(), tmp_path / "out")
        assert read_run(run).record.performance is not None
        command = _recorder(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600")
        with SshMachine(_target(server, command)) as machine:
            folder = ".edgebench-farm/0-busybox"
            machine._start(_job(), folder)
            waited((tmp_path / "pid").exists)
            machine._abandon(folder)
            process = Path("/proc") / (tmp_path / "pid").read_text().strip()
            waited(lambda there=process: not there.exists(), 10)  # type: ignore[misc]
            assert not (Path.home() / folder).exists()


def test_another_version_there_is_refused(sshd: Sshd, tmp_path: Path) -> None:
    script = tmp_path / "edgebench"
    script.write_text("#!/bin/sh\necho edgebench, version 9.9\n")
    script.chmod(0o755)
    with (
        pytest.raises(RuntimeMissing, match=r"has edgebench 9\.9, here it is"),
        SshMachine(_target(sshd, str(script))),
    ):
        pass
    with (
        pytest.raises(RuntimeMissing, match="has no nowhere/edgebench: `pip install edgebench`"),
        SshMachine(_target(sshd, "nowhere/edgebench")),
    ):
        pass


def _small_wheel(folder: Path, version: str) -> Path:
    """Write a wheel with a program called edgebench that knows its version and nothing else."""
    name = f"edgebench-{version}"
    path = folder / f"{name}-py3-none-any.whl"
    module = f"def main():\n    print('edgebench, version {version}')\n"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("small.py", module)
        about = f"{name}.dist-info"
        lines = ("Metadata-Version: 2.1", "Name: edgebench", f"Version: {version}", "")
        wheel.writestr(f"{about}/METADATA", "\n".join(lines))
        kind = ("Wheel-Version: 1.0", "Root-Is-Purelib: true", "Tag: py3-none-any", "")
        wheel.writestr(f"{about}/WHEEL", "\n".join(kind))
        wheel.writestr(f"{about}/entry_points.txt", "[console_scripts]\nedgebench = small:main\n")
        wheel.writestr(f"{about}/RECORD", "")
    return path


def test_a_machine_without_edgebench_is_set_up(sshd: Sshd, tmp_path: Path) -> None:
    there = Path.home() / ".edgebench-farm"
    if (there / "venv").exists():
        pytest.skip(f"{there} is somebody's")
    wheel = _small_wheel(tmp_path, __version__)
    target = replace(_target(sshd, "no-edgebench-here"), setup=str(wheel))
    try:
        with SshMachine(target) as machine:
            assert machine.program == str(there / "venv" / "bin" / "edgebench")
        with (
            pytest.raises(RuntimeMissing, match="no such wheel"),
            SshMachine(replace(target, setup="none.whl")),
        ):
            pass
    finally:
        shutil.rmtree(there / "venv", ignore_errors=True)
        (there / wheel.name).unlink(missing_ok=True)


def test_what_fails_there_is_said_here(sshd: Sshd, tmp_path: Path) -> None:
    job = _job(replace(REQUEST, model="no-such-model"))
    with SshMachine(_target(sshd)) as machine, pytest.raises(SutFailed, match="no-such-model"):
        machine.run(job, tmp_path / "out")


def test_a_machine_that_is_not_there(sshd: Sshd) -> None:
    sshd.stop()
    with pytest.raises(DeviceLost, match="board: "), SshMachine(_target(sshd)):
        pass
    sshd.start()


def test_a_way_there_that_hangs_is_given_up(tmp_path: Path) -> None:
    """Also where what ssh has started outlives it, and keeps its errors open."""
    config = tmp_path / "ssh_config"
    config.write_text("Host board\n  ProxyCommand sh -c 'trap \"\" HUP TERM; sleep 3600; exit'\n")
    connection = Connection(SshTarget(ssh="board", name="board", ssh_config=str(config)))
    with pytest.raises(DeviceLost, match="board does not answer over ssh"):
        connection.call("echo", timeout_s=0.5)


class CutOff(Connection):
    """A machine that can't be reached any more once its runs are here."""

    def __init__(self, target: SshTarget, server: Sshd) -> None:
        super().__init__(target)
        self._server = server

    def call(self, script: str, data: bytes = b"", timeout_s: float = CALL_S) -> bytes:
        if script.startswith("rm -rf"):
            self._server.stop()
        return super().call(script, data, timeout_s)


def test_runs_that_are_here_are_not_lost_with_the_network(sshd: Sshd, tmp_path: Path) -> None:
    command = _recorder(tmp_path, "mkdir -p runs/one; echo {} > runs/one/run.json")
    job, target = _job(), _target(sshd, command)
    with SshMachine(target) as machine:
        machine.connection = CutOff(target, sshd)
        (run,) = machine.run(job, tmp_path / "out")
    assert (run / "run.json").read_text() == "{}\n"
    for left in _left_there(job):
        shutil.rmtree(left)


def test_a_plan_over_ssh(sshd: Sshd, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(
        f'[[targets]]\nssh = "board"\nssh_config = "{sshd.config}"\n'
        f'command = "{sys.executable} -m edgebench"\n'
        '[[targets]]\ndevice = "emulated:kws-ds-cnn"\n'
        '[[runs]]\nmodel = "digits-resnet8"\nscenarios = ["offline"]\nmodes = ["performance"]\n'
        'targets = ["board"]\noptions = { duration_s = 0.2, warmup_s = 0.1 }\n'
    )
    done = call("farm", "run", plan, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    (finished,) = Journal(tmp_path / "out").state().finished.values()
    assert read_run(tmp_path / "out" / finished.runs[0]).record.performance is not None
