"""Everything that can go wrong on a farm, on a real labgrid: nothing is lost or measured twice."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from edgebench.errors import DeviceLost
from edgebench.farm.labgrid.client import Labgrid
from tests.cli.call import call
from tests.farm.labgrid.bench import PROGRAMS, Bench, needs_labgrid
from tests.farm.labgrid.running import Running, all_done, jobs_done, write_plan

pytestmark = needs_labgrid


def test_a_hung_board_is_switched_off_and_on_by_labgrid(data: Path, tmp_path: Path) -> None:
    boards = {"calm": ("host", "kws-ds-cnn"), "hung": ("host", "kws-ds-cnn")}
    with Bench(tmp_path / "bench", boards, 1, switched=True) as bench:
        running = Running(bench, write_plan(tmp_path, data, ["hung"]))
        running.wait_for("started")
        os.killpg(bench.processes["hung"].pid, signal.SIGSTOP)
        all_done(running, bench, 2)
        cycles = [event for event in running.events() if event["event"] == "power cycle"]
        assert [(event["target"], event["done"]) for event in cycles] == [("hung", True)]
        assert bench.switch is not None
        assert bench.switch.flips == [(1, False), (1, True)]


def test_a_stolen_place_is_had_again_and_the_job_done_again(
    farm: Bench, data: Path, tmp_path: Path
) -> None:
    running = Running(farm, write_plan(tmp_path, data, ["host0"]))
    running.wait_for("started")
    bob = replace(farm.labgrid, identity="there/bob")
    _steal(replace(farm.labgrid, identity=running.identity), bob, "host0")
    running.wait_for("attempt failed")
    bob.release("host0")
    all_done(running, farm, 2)
    reasons = [each["reason"] for each in running.events() if each["event"] == "attempt failed"]
    assert "place host0 is not ours any more" in reasons[0]


def _steal(victim: Labgrid, thief: Labgrid, place: str) -> None:
    """Take a place away from whoever holds it; who had it may be quick to have it back."""
    for _ in range(5):
        with suppress(DeviceLost):
            victim.release(place)
            thief.acquire(place)
            return
    raise AssertionError(f"{place} could not be stolen")


def test_a_killed_worker_leaves_no_place_behind(farm: Bench, data: Path, tmp_path: Path) -> None:
    running = Running(farm, write_plan(tmp_path, data, ["host0"]))
    running.wait_for("started")
    os.kill(_worker(running), signal.SIGKILL)
    all_done(running, farm, 2)
    assert any(each.get("reason") == "its worker died: signal 9" for each in running.events())


def _worker(running: Running) -> int:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        for path in Path("/proc").glob("[0-9]*"):
            try:
                parent = (path / "stat").read_text().rpartition(")")[2].split()[1]
                command = (path / "cmdline").read_bytes()
            except OSError:
                continue
            if int(parent) == running.process.pid and b"edgebench.farm.workers.worker" in command:
                return int(path.name)
        time.sleep(0.05)
    raise AssertionError("there is no worker")


def test_a_network_that_is_cut_and_back_costs_a_try(
    farm: Bench, data: Path, tmp_path: Path
) -> None:
    running = Running(farm, write_plan(tmp_path, data, ["host0"], extra="attempts = 5\n"))
    running.wait_for("started")
    time.sleep(1.0)
    farm.stop("host0")
    running.wait_for("attempt failed")
    farm.start_board("host0")
    all_done(running, farm, 2)


def test_an_exporter_that_goes_and_comes(farm: Bench, data: Path, tmp_path: Path) -> None:
    plan = write_plan(tmp_path, data, ["host1"], repeats=2, extra="attempts = 9\n")
    running = Running(farm, plan)
    running.wait_for("started")
    exporter = farm.exporter_of("host1")
    farm.stop(exporter)
    time.sleep(4.0)
    farm.start_exporter(exporter)
    all_done(running, farm, 2)


def test_a_coordinator_that_is_restarted(farm: Bench, data: Path, tmp_path: Path) -> None:
    plan = write_plan(tmp_path, data, ["host0"], extra="attempts = 9\n")
    running = Running(farm, plan)
    running.wait_for("started")
    farm.stop("coordinator", signal.SIGTERM)
    time.sleep(2.0)
    farm.start_coordinator()
    # Exporters end when it goes; in a real farm systemd starts them again.
    for name in farm.names:
        farm.stop(name)
        farm.start_exporter(name)
    all_done(running, farm, 2)


def test_what_ran_while_this_machine_slept_is_done_again(
    farm: Bench, data: Path, tmp_path: Path
) -> None:
    """Asleep, all its processes stand still, and the time of day goes on without its deadlines."""
    day, clock = tmp_path / "day", tmp_path / "time_of_day.so"
    day.write_text("0")
    source = Path(__file__).with_name("time_of_day.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", clock, source], check=True)
    plan = write_plan(tmp_path, data, ["host0"])
    running = Running(farm, plan, LD_PRELOAD=str(clock), TIME_OF_DAY=str(day))
    running.wait_for("started")
    asleep = [running.process.pid, _worker(running)]
    for process in asleep:
        os.killpg(process, signal.SIGSTOP)
    day.write_text("3600")
    for process in asleep:
        os.killpg(process, signal.SIGCONT)
    all_done(running, farm, 2)
    (slept,) = (event for event in running.events() if event["event"] == "slept")
    assert 3590 < float(slept["seconds"]) < 3610
    assert any(event.get("reason") == "asleep" for event in running.events())


def test_ctrl_c_lets_go_and_resume_does_the_rest(farm: Bench, data: Path, tmp_path: Path) -> None:
    plan = write_plan(tmp_path, data, ["host0", "host1"])
    running = Running(farm, plan)
    running.wait_for("finished")
    os.killpg(running.process.pid, signal.SIGINT)
    code, said = running.end(40)
    assert code == 130, said
    assert not farm.held()
    kept = set(jobs_done(running.out))
    assert kept
    refused = Running(farm, plan)
    code, said = refused.end()
    assert code == 2
    assert "--resume" in said
    again = Running(farm, plan, "--resume")
    all_done(again, farm, 4)
    started = Counter(e["job"] for e in again.events() if e["event"] == "started")
    assert all(started[job] == 1 for job in kept)


def test_a_farm_that_was_killed_is_cleaned_up(farm: Bench, data: Path, tmp_path: Path) -> None:
    running = Running(farm, write_plan(tmp_path, data, ["host0"]))
    running.wait_for("started")
    worker = _worker(running)
    os.kill(worker, signal.SIGKILL)
    os.kill(running.process.pid, signal.SIGKILL)
    running.end()
    assert farm.held() == ["host0"]
    host, _, user = farm.labgrid.identity.partition("/")
    cleaned = call(
        "farm",
        "cleanup",
        running.out,
        "--coordinator",
        farm.address,
        EDGEBENCH_LABGRID=str(PROGRAMS),
        LG_HOSTNAME=host,
        LG_USERNAME=user,
    )
    assert "released: host0" in cleaned.stdout, cleaned.stderr
    assert not farm.held()
    assert "no place is held" in call("farm", "cleanup", running.out).stdout
