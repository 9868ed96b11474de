"""A Linux board over SSH: a real sshd on loopback, and this machine as the board."""

from __future__ import annotations

import shutil
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edgebench import __version__
from edgebench.errors import DeviceLost, RuntimeMissing, SutFailed
from edgebench.farm.jobs import Job
from edgebench.farm.journal import Journal
from edgebench.farm.plan import PlannedRun, Target
from edgebench.farm.ssh import SshMachine, _unpacked, _words
from edgebench.rundir.reader import read_run
from tests.cli.call import call
from tests.farm.sshd import Sshd, needs_sshd, running

pytestmark = [needs_sshd, pytest.mark.xdist_group("sshd")]


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    yield from running(tmp_path)


def _target(server: Sshd, command: str = "") -> Target:
    return Target(
        "board",
        "ssh",
        "board",
        ssh_config=str(server.config),
        command=command or f"{sys.executable} -m edgebench",
    )


JOB = Job(
    "0123456789abcdef",
    "board",
    PlannedRun(
        "digits-resnet8", ("offline",), ("performance",), 1, {"duration_s": 0.2, "warmup_s": 0.1}
    ),
    0,
)


def test_a_run_is_done_there_and_comes_back_whole(sshd: Sshd, tmp_path: Path) -> None:
    job = replace(JOB, id="fedcba9876543210")  # no other test's
    with SshMachine(_target(sshd)) as machine:
        (run,) = machine.run(job, tmp_path / "out")
    record = read_run(run).record
    assert record.scenario == "Offline"
    assert record.performance is not None
    assert record.clock == "host perf_counter_ns"  # the board's own
    assert (run / "performance" / "mlperf_log_detail.txt").stat().st_size > 1000
    assert not list(Path.home().glob(f".edgebench-farm/{job.id}-*"))


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
            (run,) = machine.run(JOB, tmp_path / "out")
        finally:
            timer.join()
    assert read_run(run).record.performance is not None


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
            assert machine._program == [str(there / "venv" / "bin" / "edgebench")]
        with (
            pytest.raises(RuntimeMissing, match="no such wheel"),
            SshMachine(replace(target, setup="none.whl")),
        ):
            pass
    finally:
        shutil.rmtree(there / "venv", ignore_errors=True)
        (there / wheel.name).unlink(missing_ok=True)


def test_what_fails_there_is_said_here(sshd: Sshd, tmp_path: Path) -> None:
    job = replace(JOB, run=replace(JOB.run, model="no-such-model"))
    with SshMachine(_target(sshd)) as machine, pytest.raises(SutFailed, match="no-such-model"):
        machine.run(job, tmp_path / "out")


def test_a_machine_that_is_not_there(sshd: Sshd) -> None:
    sshd.stop()
    with pytest.raises(DeviceLost, match="board: "), SshMachine(_target(sshd)):
        pass
    sshd.start()


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
    (runs,) = Journal(tmp_path / "out").known().finished.values()
    assert read_run(tmp_path / "out" / runs[0]).record.performance is not None


def test_words_are_words() -> None:
    run = PlannedRun(
        "a; rm -rf /",
        ("offline",),
        (),
        1,
        {"duration_s": 2, "official": False, "find_peak": True, "affinity": [0, 1]},
    )
    words = _words(Job("x", "t", run, 0))
    assert words == [
        "a; rm -rf /",
        "--scenario",
        "offline",
        "--duration",
        "2",
        "--find-peak",
        "--affinity",
        "0,1",
    ]


def test_an_archive_can_not_write_elsewhere_nor_lie() -> None:
    import hashlib
    import io
    import tarfile

    def archive(*members: tuple[str, bytes]) -> bytes:
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w") as tar:
            for name, content in members:
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
            link = tarfile.TarInfo("run/link")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(link)
        return file.getvalue()

    good = {"run/run.json": hashlib.sha256(b"{}").hexdigest()}
    sent = archive(("./run/run.json", b"{}"), ("../../x", b"evil"), ("/etc/x", b"evil"))
    assert _unpacked(sent, good, "board") == {"run/run.json": b"{}"}
    with pytest.raises(DeviceLost, match=r"run/run\.json did not come as it was sent"):
        _unpacked(archive(("./run/run.json", b"{!}")), good, "board")
    with pytest.raises(DeviceLost, match="did not come"):
        _unpacked(archive(), good, "board")
    with pytest.raises(DeviceLost, match="extra"):
        _unpacked(archive(("run/run.json", b"{}"), ("run/extra", b"")), good, "board")
