"""A model whose tables are split gives the whole model's answers, and says what that cost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edgebench.datasets.load import load_dataset
from edgebench.errors import RuntimeMissing, SutFailed, UsageError
from edgebench.models.interpret import outputs_of, samples_of
from edgebench.models.recommend.grow import geometry_of
from edgebench.models.resolve import resolve_model
from edgebench.sharding.launch import Launcher, find_launcher
from edgebench.sharding.placement import Placement
from edgebench.sharding.projection import Link, Measured, project
from edgebench.sharding.run import run_sharded
from tests.cli.call import call
from tests.farm.ssh.sshd import HOSTS, Sshd, needs_sshd, running

pytest.importorskip("mpi4py")


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    yield from running(tmp_path)


def traffic_bytes(placement: Placement) -> int:
    """Return what crosses between workers, a batch."""
    return sum(placement.sent_bytes(rank) for rank in range(placement.workers))


@pytest.mark.parametrize(
    ("model", "workers", "batch"), [("dlrm-edge", 2, 64), ("rm3-edge", 3, 30), ("rm3-edge", 1, 8)]
)
def test_answers_are_the_whole_models(model: str, workers: int, batch: int) -> None:
    found = run_sharded(model, workers, batch, batches=2)
    data = load_dataset(resolve_model(model).card.dataset)  # type: ignore[union-attr]
    whole = outputs_of(resolve_model(f"{model}:float32"), samples_of(data, 2 * batch))[:, 0]
    assert found.equal
    assert np.abs(found.answers - whole).max() < 1e-5
    assert sum(found.sent_bytes) == 2 * traffic_bytes(found.placement)
    if found.wire_bytes is not None:
        assert found.wire_bytes >= sum(found.sent_bytes)


def test_every_table_has_one_home_and_bytes_are_dlrms() -> None:
    geometry = geometry_of("dlrm-edge")
    place = Placement(geometry, 4, 64)
    held = sorted(table for rank in range(4) for table in place.tables_of(rank))
    assert held == list(range(26))
    # Of every sample's pooled rows all but the share of its own worker travel.
    whole = 64 * 26 * 16 * 4
    assert traffic_bytes(place) == whole * 3 // 4
    assert sum(place.table_bytes(rank) for rank in range(4)) == 26 * 256 * 16 * 4
    assert traffic_bytes(Placement(geometry, 1, 64)) == 0


@pytest.mark.parametrize(
    ("workers", "batch", "says"),
    [(0, 8, "1 to 10 workers"), (11, 11, "1 to 10 workers"), (3, 8, "3 equal parts")],
)
def test_what_can_not_be_split_is_said(workers: int, batch: int, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        run_sharded("rm3-edge", workers, batch, batches=1)


def test_only_recommendation_models_are_split() -> None:
    with pytest.raises(UsageError, match="no recommendation model"):
        run_sharded("kws-ds-cnn", 2, 8, batches=1)


def test_without_mpi_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("edgebench.sharding.mpi.find_spec", lambda name: None)
    with pytest.raises(RuntimeMissing, match=r"mpi4py is not installed: .*edgebench\[shard\]"):
        run_sharded("rm3-edge", 2, 8, batches=1)
    monkeypatch.undo()
    monkeypatch.setattr("edgebench.sharding.launch.WHEELS", ())
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeMissing, match=r"there is no `mpiexec`: .*edgebench\[shard\]"):
        run_sharded("rm3-edge", 2, 8, batches=1)


def test_without_mpis_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPI4PY_LIBMPI", "/nowhere/libmpi.so")
    with pytest.raises(RuntimeMissing, match=r"mpi4py can't load an MPI library .*\[shard\]"):
        run_sharded("rm3-edge", 2, 8, batches=1)


def test_a_launcher_of_another_mpi_is_noticed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its processes don't know of each other: each is a world of one."""
    launcher = tmp_path / "mpiexec"
    launcher.write_text('#!/bin/sh\nshift 2\n"$@" & "$@" & wait\n')
    launcher.chmod(0o755)
    other = Launcher(str(launcher), find_launcher().env)
    monkeypatch.setattr("edgebench.sharding.launch.find_launcher", lambda: other)
    with pytest.raises(SutFailed, match=r"`workers` is 2, but mpirun has started 1; .* same MPI"):
        run_sharded("rm3-edge", 2, 8, batches=1)


def test_a_worker_that_is_killed_ends_the_run_with_a_word() -> None:
    """The others wait for it in an exchange that never comes."""
    code = (
        "from edgebench.sharding.run import run_sharded\n"
        "from edgebench.errors import SutFailed\n"
        "try: run_sharded('rm2-edge', 2, 512, batches=2000)\n"
        "except SutFailed as error: print(error)\n"
    )
    started = time.monotonic()
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as run:
        workers: list[int] = []
        while len(workers) < 2 and time.monotonic() - started < 60:
            workers = [pid for pid in _below(run.pid) if _is_worker(pid)]
            time.sleep(0.05)
        assert len(workers) == 2
        time.sleep(2.0)
        os.kill(workers[1], signal.SIGKILL)
        said, _ = run.communicate(timeout=60)
    assert "has ended (signal 9)" in said
    assert not any(map(_is_worker, workers))


def test_ctrl_c_leaves_no_worker() -> None:
    run = subprocess.Popen(
        [sys.executable, "-m", "edgebench", "shard", "rm2-edge", "--batches", "3000"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    workers: list[int] = []
    end = time.monotonic() + 60
    while len(workers) < 2 and time.monotonic() < end:
        workers = [pid for pid in _below(run.pid) if _is_worker(pid)]
        time.sleep(0.05)
    assert len(workers) == 2
    time.sleep(1.0)
    os.killpg(run.pid, signal.SIGINT)
    said = run.communicate(timeout=30)[1]
    assert run.returncode == 130, said
    assert not any(map(_is_worker, workers))


def _is_worker(pid: int) -> bool:
    """Whether a process is a worker itself, not what has started it."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return words[1:3] == [b"-m", b"edgebench.sharding.worker"]


def _below(pid: int) -> Iterator[int]:
    """Yield the processes that a process has started, and those that they have."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    for child in parents:
        above = child
        while above := parents.get(above, 0):
            if above == pid:
                yield child
                break


@needs_sshd
def test_mpirun_takes_it_to_other_hosts(sshd: Sshd, tmp_path: Path) -> None:
    """Two hosts over ssh, both of them this machine."""
    found = find_launcher()
    ssh = tmp_path / "ssh"
    ssh.write_text(f'#!/bin/sh\nexec ssh -F {sshd.config} "$@"\n')
    ssh.chmod(0o755)
    mpirun = [str(Path(found.program).with_name("mpirun")), "--host", ",".join(HOSTS), "-n", "2"]
    # The machine's own name may not be known to it; its own ssh is not the one to use.
    here = ["-localhost", "127.0.0.1", "-launcher-exec", str(ssh)]
    edgebench = [sys.executable, "-m", "edgebench", "shard", "--batch", "16", "--batches", "2"]

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*mpirun, *here, *edgebench, *words],
            env={**os.environ, **found.env},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    done = run("rm3-edge")
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert said.count("2 workers, 2 batches of 16: answers equal the whole model's") == 1
    assert said.count("1,280 B 2,560 B") == 2  # per batch: 8 samples, 5 tables of 8 float32
    refused = run("rm3-edge", "--workers", "3")
    assert refused.returncode != 0
    assert refused.stderr.count("--workers is 3, but mpirun has started 2") == 1
    log = (tmp_path / "log").read_text()
    assert log.count("Accepted publickey") >= 4  # two hosts, two runs


def test_a_projection_is_bytes_over_bandwidth_and_shares() -> None:
    geometry = geometry_of("dlrm-edge")
    here = Measured(Placement(geometry, 2, 256), lookup_ns=200_000, mlps_ns=400_000)
    there = project(here, 4, Link("x", bandwidth_mbit_s=100, latency_us=100))
    place = Placement(geometry, 4, 256)
    assert there.lookup_s == pytest.approx(200e-6 * 7 / 13)
    assert there.mlps_s == pytest.approx(200e-6)
    assert there.exchange_s == pytest.approx(300e-6 + place.sent_bytes(0) * 8 / 1e8)
    assert there.samples_per_second == pytest.approx(256 / there.batch_s)
    assert project(here, 1, Link("x", 100, 100)).exchange_s == 0
    assert project(here, 2, Link("x", 100, 100)).lookup_s == pytest.approx(200e-6)


def test_the_command_says_what_is_measured_and_what_is_a_model() -> None:
    done = call(
        "shard",
        "rm3-edge",
        "--batch",
        "32",
        "--batches",
        "2",
        "--boards",
        "3",
        "--boards",
        "4",
        "--link",
        "1000,50",
    )
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "answers equal the whole model's" in said
    assert "a model, not a measurement" in said
    assert "3 boards: 32 samples can't be cut into 3 equal parts" in said
    refused = call("shard", "rm3-edge", "--link", "fast")
    assert refused.returncode == 2
    assert "--link is a bandwidth in Mbit/s and a latency" in refused.stderr
