"""A model whose tables are split gives the whole model's answers, and says what that cost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from edgebench.datasets.load import load_dataset
from edgebench.errors import RuntimeMissing, UsageError
from edgebench.models.interpret import outputs_of, samples_of
from edgebench.models.recommend.grow import geometry_of
from edgebench.models.resolve import resolve_model
from edgebench.sharding.placement import Placement
from edgebench.sharding.projection import Link, Measured, project
from edgebench.sharding.run import run_sharded
from tests.cli.call import call

pytest.importorskip("torch")


@pytest.mark.parametrize(
    ("model", "workers", "batch"), [("dlrm-edge", 2, 64), ("rm3-edge", 3, 30), ("rm3-edge", 1, 8)]
)
def test_answers_are_the_whole_models(model: str, workers: int, batch: int) -> None:
    found = run_sharded(model, workers, batch, batches=2)
    data = load_dataset(resolve_model(model).card.dataset)  # type: ignore[union-attr]
    whole = outputs_of(resolve_model(f"{model}:float32"), samples_of(data, 2 * batch))[:, 0]
    assert found.equal
    assert np.abs(found.answers - whole).max() < 1e-5
    assert sum(found.sent_bytes) == 2 * found.placement.traffic_bytes
    if found.wire_bytes is not None:
        assert found.wire_bytes >= sum(found.sent_bytes)


def test_every_table_has_one_home_and_bytes_are_dlrms() -> None:
    geometry = geometry_of("dlrm-edge")
    place = Placement(geometry, 4, 64)
    held = sorted(table for rank in range(4) for table in place.tables_of(rank))
    assert held == list(range(26))
    # Of every sample's pooled rows all but the share of its own worker travel.
    whole = 64 * 26 * 16 * 4
    assert place.traffic_bytes == whole * 3 // 4
    assert sum(place.table_bytes(rank) for rank in range(4)) == 26 * 256 * 16 * 4
    assert Placement(geometry, 1, 64).traffic_bytes == 0


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


def test_without_pytorch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgebench.sharding.run.find_spec", lambda name: None)
    with pytest.raises(RuntimeMissing, match=r"edgebench\[shard\]"):
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
        victim = None
        while victim is None and time.monotonic() - started < 60:
            victim = next(_children(run.pid), None)
            time.sleep(0.05)
        assert victim is not None
        time.sleep(1.0)
        os.kill(victim, signal.SIGKILL)
        said, _ = run.communicate(timeout=60)
    assert "has ended (signal 9)" in said
    assert not list(_children(run.pid))


def _children(pid: int) -> list[int]:  # type: ignore[misc]
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            yield int(path.parent.name)


def test_hosts_meet_where_they_are_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "edgebench",
        "shard",
        "rm3-edge",
        "--workers",
        "2",
        "--batch",
        "16",
        "--batches",
        "2",
        "--meeting",
        f"tcp://127.0.0.1:{port}",
        "--rank",
    ]
    env = {**os.environ, "GLOO_SOCKET_IFNAME": "lo"}
    hosts = [
        subprocess.Popen([*command, rank], stdout=subprocess.PIPE, text=True, env=env)
        for rank in ("0", "1")
    ]
    for rank, host in enumerate(hosts):
        said, _ = host.communicate(timeout=90)
        assert host.returncode == 0
        assert f"worker {rank}: answers to its part equal the whole model's" in " ".join(
            said.split()
        )


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
    assert "3 boards: --batch: 32 samples can't be cut into 3 equal parts" in said
    assert call("shard", "rm3-edge", "--link", "fast").returncode == 2
    assert "go together" in call("shard", "rm3-edge", "--rank", "0").stderr
