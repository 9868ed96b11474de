"""Plans on a real labgrid: its own coordinator and exporters, emulated boards behind them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from edgebench import api
from edgebench.datasets.load import load_dataset
from edgebench.errors import DeviceLost
from edgebench.farm.journal import Journal
from edgebench.farm.labgrid import Labgrid
from edgebench.mlperf.accuracy_log import read_answers
from edgebench.rundir.reader import read_run
from tests.cli.call import call
from tests.farm.bench import PROGRAMS, Bench, needs_labgrid, wait_until

# One bench for all: it takes a while to come up, and what is measured is the real thing.
pytestmark = [needs_labgrid, pytest.mark.xdist_group("labgrid")]
SAMPLES = 3
BOARDS = {
    "host0": ("host", "kws-ds-cnn"),
    "host1": ("host", "kws-ds-cnn"),
    "qemu0": ("board", "mps2-an385", "kws-ds-cnn"),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few keywords, so that a board is done within seconds."""
    found = load_dataset("kws")
    assert found.labels is not None
    path = tmp_path_factory.mktemp("data") / "few.npz"
    inputs = np.stack([found.sample(index)[0] for index in range(SAMPLES)])
    np.savez(path, inputs=inputs, labels=found.labels[:SAMPLES])
    return path


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Bench(tmp_path_factory.mktemp("farm"), BOARDS) as bench:
        yield bench


def _plan(folder: Path, data: Path, places: list[str], repeats: int = 2, extra: str = "") -> Path:
    targets = "".join(
        f'[[targets]]\nplace = "{place}"\nemulator_clock = {str(place.startswith("q")).lower()}\n'
        for place in places
    )
    path = folder / "plan.toml"
    path.write_text(
        f'repeats = {repeats}\n{extra}{targets}[[runs]]\nmodel = "kws-ds-cnn"\n'
        f'modes = ["accuracy"]\noptions = {{ dataset = "{data}" }}\n'
    )
    return path


class Running:
    """`edgebench farm run` in a process of its own."""

    def __init__(
        self, farm: Bench, plan: Path, *options: str, out: str = "out", **env: str
    ) -> None:
        self.out = plan.parent / out
        host, _, user = farm.labgrid.identity.partition("/")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "edgebench", "farm", "run", str(plan), "--out", str(self.out),
             "--coordinator", farm.address, *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
            env={**os.environ, "EDGEBENCH_LABGRID": str(PROGRAMS), "LG_HOSTNAME": host,
                 "LG_USERNAME": user, **env},
        )  # fmt: skip
        self.identity = f"{host}-{self.process.pid}/{user}"

    def events(self) -> list[dict[str, str]]:
        return list(Journal(self.out).events())

    def wait_for(self, event: str, count: int = 1, seconds: float = 60.0) -> None:
        """Wait until the journal has an event so often."""
        end = time.monotonic() + seconds
        while sum(each["event"] == event for each in self.events()) < count:
            assert time.monotonic() < end, f"no {event} in {seconds} s: {self.events()}"
            assert self.process.poll() is None, self.process.communicate()[0]
            time.sleep(0.05)

    def end(self, seconds: float = 150.0) -> tuple[int, str]:
        """Wait for its end; return the exit code and what it said."""
        said, _ = self.process.communicate(timeout=seconds)
        return self.process.returncode, said


def _jobs_done(out: Path) -> Counter[str]:
    return Counter(
        str(event["job"]) for event in Journal(out).events() if event["event"] == "finished"
    )


def _answers(run: Path) -> dict[int, bytes]:
    path = run / "accuracy" / "mlperf_log_accuracy.json"
    return {answer.sample_index: answer.data for answer in read_answers(path)}


def _queue(farm: Bench) -> list[str]:
    """Return who has reserved a place, the first in turn first."""
    return re.findall(r"owner: (\S+)", farm.labgrid._run("reservations"))


def _all_done(running: Running, farm: Bench, jobs: int) -> None:
    code, said = running.end()
    assert code == 0, said
    done = _jobs_done(running.out)
    assert sum(done.values()) == len(done) == jobs  # all of them, and none twice
    assert not farm.held()


def test_a_plan_gives_what_local_runs_give(farm: Bench, data: Path, tmp_path: Path) -> None:
    running = Running(farm, _plan(tmp_path, data, list(BOARDS), repeats=1))
    _all_done(running, farm, 3)
    local = api.run(
        device="emulated:kws-ds-cnn", dataset=str(data), modes=("accuracy",), out=tmp_path / "local"
    ).runs[0]
    for runs in Journal(running.out).known().finished.values():
        for run in runs:
            assert _answers(running.out / run) == _answers(local.path)
            assert read_run(running.out / run).record.clock.startswith("device")
    report = call("farm", "report", running.out, "--out", tmp_path / "farm.html")
    assert report.returncode == 0, report.stderr
    for place in BOARDS:
        assert place in report.stdout
    assert (tmp_path / "farm.html").stat().st_size > 10_000
    listed = call("farm", "list", "--coordinator", farm.address, EDGEBENCH_LABGRID=str(PROGRAMS))
    assert "host0" in listed.stdout


def test_each_runs_model_is_put_on_the_board(data: Path, tmp_path: Path) -> None:
    flash = tmp_path / "flash.elf"
    with Bench(tmp_path / "bench", {"qemu": ("flash", "mps2-an385", str(flash))}, 1) as bench:
        plan = tmp_path / "plan.toml"
        plan.write_text(
            '[[targets]]\nplace = "qemu"\nemulator_clock = true\nboard = "mps2-an385"\n'
            f'deploy = ["cp", "{{elf}}", "{flash}"]\n'
            f'[[runs]]\nmodel = "kws-ds-cnn"\nmodes = ["accuracy"]\n'
            f'options = {{ dataset = "{data}" }}\n'
            f'[[runs]]\nmodel = "kws-ds-cnn-w50-qat"\nmodes = ["accuracy"]\n'
            f'options = {{ dataset = "{data}" }}\n'
        )
        running = Running(bench, plan)
        _all_done(running, bench, 2)
        models = set()
        for runs in Journal(running.out).known().finished.values():
            record = read_run(running.out / runs[0]).record
            models.add(record.model.name)
            assert record.device is not None
            assert record.device.model == record.model.name
            assert record.reference is not None
            assert record.reference.verdict == "agrees"
        assert models == {"kws-ds-cnn", "kws-ds-cnn-w50-qat"}
        plan.write_text(plan.read_text().replace('"cp"', '"false"'))
        code, said = Running(bench, plan, out="other").end()
        assert code == 1
        assert "qemu's deploy failed with exit code 1" in said
        assert not bench.held()


def test_a_hung_board_is_switched_off_and_on_by_labgrid(data: Path, tmp_path: Path) -> None:
    boards = {"calm": ("host", "kws-ds-cnn"), "hung": ("host", "kws-ds-cnn")}
    with Bench(tmp_path / "bench", boards, 1, switched=True) as bench:
        running = Running(bench, _plan(tmp_path, data, ["hung"]))
        running.wait_for("started")
        os.killpg(bench.processes["hung"].pid, signal.SIGSTOP)
        _all_done(running, bench, 2)
        cycles = [event for event in running.events() if event["event"] == "power cycle"]
        assert [(event["target"], event["done"]) for event in cycles] == [("hung", True)]
        assert bench.switch is not None
        assert bench.switch.flips == [(1, False), (1, True)]


def test_a_serial_port_of_an_exporters_machine(data: Path, tmp_path: Path) -> None:
    """labgrid hands it on by ser2net, as RFC 2217: what a USB port becomes as well."""
    with Bench(tmp_path / "bench", {"usb": ("pty", "kws-ds-cnn")}, 1) as bench:
        running = Running(bench, _plan(tmp_path, data, ["usb"]))
        _all_done(running, bench, 2)
        local = api.run(
            device="emulated:kws-ds-cnn", dataset=str(data), modes=("accuracy",),
            out=tmp_path / "local",
        ).runs[0]  # fmt: skip
        for runs in Journal(running.out).known().finished.values():
            record = read_run(running.out / runs[0]).record
            assert record.device is not None
            assert record.device.port.startswith("rfc2217://")
            assert _answers(running.out / runs[0]) == _answers(local.path)


def test_speed_is_the_boards_own(farm: Bench, data: Path, tmp_path: Path) -> None:
    """LoadGen would time the network: MLPerf Tiny's windows are by the board's timer."""
    port = farm.labgrid.port("host0")
    options = {"device": port, "dataset": str(data), "duration_s": 0.2, "warmup_s": 0.1}
    (run,) = api.run("kws-ds-cnn", modes=("performance",), out=tmp_path / "a", **options).runs
    assert run.record.performance is None
    assert run.record.tiny is not None
    assert run.record.tiny.inferences_per_second > 0
    assert any("a network lies between" in event["what"] for event in run.record.events)
    timed = api.run(
        "kws-ds-cnn", modes=("performance",), out=tmp_path / "b",
        device_options={"host_timed": True}, **options,
    ).runs[0]  # fmt: skip
    assert timed.record.performance is not None
    assert any("across a network" in warning for warning in timed.record.warnings)
    refused = call("run", "kws-ds-cnn", "--device", port, "--scenario", "offline", "--out",
                   tmp_path / "c")  # fmt: skip
    assert refused.returncode == 2
    assert "--host-timed" in refused.stderr


def test_a_place_of_anothers_is_waited_for(farm: Bench, data: Path, tmp_path: Path) -> None:
    """And so is it reserved: who queues later gets it later."""
    anna, carl = (replace(farm.labgrid, identity=f"there/{name}") for name in ("anna", "carl"))
    anna.acquire("host0")
    running = Running(farm, _plan(tmp_path, data, ["host0", "host1"], repeats=1))
    running.wait_for("finished")
    wait_until(lambda: _queue(farm) == [running.identity])
    later = carl.reserve("host0")
    assert _queue(farm) == [running.identity, "there/carl"]
    assert not carl.is_our_turn(later, 3.0)
    anna.release("host0")
    running.wait_for("acquired", 2)
    assert farm.holder("host0") == running.identity
    _all_done(running, farm, 2)
    assert _queue(farm) == ["there/carl"]
    assert carl.is_our_turn(later)
    carl.cancel(later)


def test_who_gives_a_queue_up_leaves_it(farm: Bench, data: Path, tmp_path: Path) -> None:
    anna = replace(farm.labgrid, identity="there/anna")
    anna.acquire("host0")
    plan = _plan(tmp_path, data, ["host0"], extra="wait_s = 3\n")
    code, said = Running(farm, plan).end()
    assert code == 1
    assert "held by there/anna; waited 3 s" in said
    assert not _queue(farm)
    killed = Running(farm, _plan(tmp_path, data, ["host0"]), out="killed")
    wait_until(lambda: _queue(farm) == [killed.identity])
    os.kill(killed.process.pid, signal.SIGKILL)
    killed.end()
    wait_until(lambda: not _queue(farm), 60.0)  # its worker sees that nobody listens
    anna.release("host0")


def test_two_plans_share_the_same_places(farm: Bench, data: Path, tmp_path: Path) -> None:
    """Both are done, and neither runs on what the other holds."""
    plan = _plan(tmp_path, data, ["host0"], repeats=2)
    first, second = Running(farm, plan, out="one"), Running(farm, plan, out="two")
    for running in (first, second):
        code, said = running.end()
        assert code == 0, said
        assert sum(_jobs_done(running.out).values()) == 2
    spans = sorted(span for running in (first, second) for span in _spans(running.out))
    for one, other in pairwise(spans):
        assert one[1] <= other[0]
    assert not farm.held()


def _spans(out: Path) -> Iterator[tuple[str, str]]:
    """Yield when each run began and ended."""
    for runs in Journal(out).known().finished.values():
        record = read_run(out / runs[0]).record
        yield record.started, record.finished


def test_a_stolen_place_is_had_again_and_the_job_done_again(
    farm: Bench, data: Path, tmp_path: Path
) -> None:
    running = Running(farm, _plan(tmp_path, data, ["host0"]))
    running.wait_for("started")
    bob = replace(farm.labgrid, identity="there/bob")
    _steal(bob, "host0")
    running.wait_for("attempt failed")
    bob.release("host0")
    _all_done(running, farm, 2)
    reasons = [each["reason"] for each in running.events() if each["event"] == "attempt failed"]
    assert "place host0 is not ours any more" in reasons[0]


def _steal(thief: Labgrid, place: str) -> None:
    """Take a place away from whoever holds it; who had it may be quick to have it back."""
    for _ in range(5):
        try:
            thief._run("-p", place, "release", "--kick")
            thief.acquire(place)
        except DeviceLost:
            continue
        return
    raise AssertionError(f"{place} could not be stolen")


def test_a_killed_worker_leaves_no_place_behind(farm: Bench, data: Path, tmp_path: Path) -> None:
    running = Running(farm, _plan(tmp_path, data, ["host0"]))
    running.wait_for("started")
    os.kill(_worker(running), signal.SIGKILL)
    _all_done(running, farm, 2)
    assert any(each.get("reason") == "its worker died" for each in running.events())


def _worker(running: Running) -> int:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        for path in Path("/proc").glob("[0-9]*"):
            try:
                parent = (path / "stat").read_text().rpartition(")")[2].split()[1]
                command = (path / "cmdline").read_bytes()
            except OSError:
                continue
            if int(parent) == running.process.pid and b"edgebench.farm.worker" in command:
                return int(path.name)
        time.sleep(0.05)
    raise AssertionError("there is no worker")


def test_a_network_that_is_cut_and_back_costs_a_try(
    farm: Bench, data: Path, tmp_path: Path
) -> None:
    running = Running(farm, _plan(tmp_path, data, ["host0"], extra="attempts = 5\n"))
    running.wait_for("started")
    time.sleep(1.0)
    farm.stop("host0")
    running.wait_for("attempt failed")
    farm.start_board("host0")
    _all_done(running, farm, 2)


def test_an_exporter_that_goes_and_comes(farm: Bench, data: Path, tmp_path: Path) -> None:
    plan = _plan(tmp_path, data, ["host1"], repeats=2, extra="attempts = 9\n")
    running = Running(farm, plan)
    running.wait_for("started")
    exporter = farm.exporter_of("host1")
    farm.stop(exporter)
    time.sleep(4.0)
    farm.start_exporter(exporter)
    _all_done(running, farm, 2)


def test_a_coordinator_that_is_restarted(farm: Bench, data: Path, tmp_path: Path) -> None:
    plan = _plan(tmp_path, data, ["host0"], extra="attempts = 9\n")
    running = Running(farm, plan)
    running.wait_for("started")
    farm.stop("coordinator", signal.SIGTERM)
    time.sleep(2.0)
    farm.start_coordinator()
    # Exporters end when it goes; in a real farm systemd starts them again.
    for name in farm.names:
        farm.stop(name)
        farm.start_exporter(name)
    _all_done(running, farm, 2)


def test_what_ran_while_this_machine_slept_is_done_again(
    farm: Bench, data: Path, tmp_path: Path
) -> None:
    """Asleep, all its processes stand still, and the time of day goes on without its deadlines."""
    day, clock = tmp_path / "day", tmp_path / "time_of_day.so"
    day.write_text("0")
    source = Path(__file__).with_name("time_of_day.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", clock, source], check=True)
    plan = _plan(tmp_path, data, ["host0"])
    running = Running(farm, plan, LD_PRELOAD=str(clock), TIME_OF_DAY=str(day))
    running.wait_for("started")
    asleep = [running.process.pid, _worker(running)]
    for process in asleep:
        os.killpg(process, signal.SIGSTOP)
    day.write_text("3600")
    for process in asleep:
        os.killpg(process, signal.SIGCONT)
    _all_done(running, farm, 2)
    (slept,) = (event for event in running.events() if event["event"] == "slept")
    assert 3590 < float(slept["seconds"]) < 3610
    assert any(event.get("reason") == "asleep" for event in running.events())


def test_ctrl_c_lets_go_and_resume_does_the_rest(farm: Bench, data: Path, tmp_path: Path) -> None:
    plan = _plan(tmp_path, data, ["host0", "host1"])
    running = Running(farm, plan)
    running.wait_for("finished")
    os.killpg(running.process.pid, signal.SIGINT)
    code, said = running.end(40)
    assert code == 130, said
    assert not farm.held()
    kept = set(_jobs_done(running.out))
    assert kept
    refused = Running(farm, plan)
    code, said = refused.end()
    assert code == 2
    assert "--resume" in said
    again = Running(farm, plan, "--resume")
    _all_done(again, farm, 4)
    started = Counter(e["job"] for e in again.events() if e["event"] == "started")
    assert all(started[job] == 1 for job in kept)


def test_a_farm_that_was_killed_is_cleaned_up(farm: Bench, data: Path, tmp_path: Path) -> None:
    running = Running(farm, _plan(tmp_path, data, ["host0"]))
    running.wait_for("started")
    worker = _worker(running)
    os.kill(worker, signal.SIGKILL)
    os.kill(running.process.pid, signal.SIGKILL)
    running.end()
    assert farm.held() == ["host0"]
    host, _, user = farm.labgrid.identity.partition("/")
    cleaned = call(
        "farm", "cleanup", running.out, "--coordinator", farm.address,
        EDGEBENCH_LABGRID=str(PROGRAMS), LG_HOSTNAME=host, LG_USERNAME=user,
    )  # fmt: skip
    assert "released: host0" in cleaned.stdout, cleaned.stderr
    assert not farm.held()
    assert "no place is held" in call("farm", "cleanup", running.out).stdout


def test_the_dry_run_prints_the_matrix(farm: Bench, data: Path, tmp_path: Path) -> None:
    plan = _plan(tmp_path, data, list(BOARDS), repeats=4)
    done = call("farm", "run", plan, "--dry-run", "--coordinator", farm.address,
                EDGEBENCH_LABGRID=str(PROGRAMS))  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "host0 (place host0): 4 runs" in done.stdout
    assert "12 runs, about" in done.stdout
    assert not (tmp_path / "farm-runs").exists()
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(plan.read_text().replace('"host0"', '"nowhere"'))
    refused = call("farm", "run", wrong, "--coordinator", farm.address,
                   EDGEBENCH_LABGRID=str(PROGRAMS))  # fmt: skip
    assert refused.returncode == 2
    assert "no place 'nowhere'; it has host0, host1, qemu0" in refused.stderr


def test_a_coordinator_that_is_not_there_is_said(tmp_path: Path, data: Path) -> None:
    done = call("farm", "list", "--coordinator", "127.0.0.1:1", EDGEBENCH_LABGRID=str(PROGRAMS))
    assert done.returncode == 1
    assert "coordinator can't be reached" in done.stderr
