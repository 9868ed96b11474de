"""Plans on a real labgrid: its own coordinator and exporters, emulated boards behind them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from edgebench import api
from edgebench.farm.journal import Journal
from edgebench.farm.labgrid.places import serial_url
from edgebench.rundir.reader import read_run
from tests.cli.call import call
from tests.farm.labgrid.bench import BOARDS, PROGRAMS, Bench, needs_labgrid, wait_until
from tests.farm.labgrid.running import Running, all_done, answers_of, jobs_done, write_plan

pytestmark = needs_labgrid


def test_a_plan_gives_what_local_runs_give(farm: Bench, data: Path, tmp_path: Path) -> None:
    running = Running(farm, write_plan(tmp_path, data, list(BOARDS), repeats=1))
    all_done(running, farm, 3)
    local = api.run(
        device="emulated:kws-ds-cnn", dataset=str(data), modes=("accuracy",), out=tmp_path / "local"
    ).runs[0]
    for finished in Journal(running.out).state().finished.values():
        for run in finished.runs:
            assert answers_of(running.out / run) == answers_of(local.path)
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
            f'options = {{ dataset = "{data}", warmup_s = 0 }}\n'
            f'[[runs]]\nmodel = "kws-ds-cnn-w50-qat"\nmodes = ["accuracy"]\n'
            f'options = {{ dataset = "{data}", warmup_s = 0 }}\n'
        )
        running = Running(bench, plan)
        all_done(running, bench, 2)
        models = set()
        for finished in Journal(running.out).state().finished.values():
            record = read_run(running.out / finished.runs[0]).record
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


def test_a_serial_port_of_an_exporters_machine(data: Path, tmp_path: Path) -> None:
    """labgrid hands it on by ser2net, as RFC 2217: what a USB port becomes as well."""
    with Bench(tmp_path / "bench", {"usb": ("pty", "kws-ds-cnn")}, 1) as bench:
        running = Running(bench, write_plan(tmp_path, data, ["usb"]))
        all_done(running, bench, 2)
        local = api.run(
            device="emulated:kws-ds-cnn",
            dataset=str(data),
            modes=("accuracy",),
            out=tmp_path / "local",
        ).runs[0]
        for finished in Journal(running.out).state().finished.values():
            record = read_run(running.out / finished.runs[0]).record
            assert record.device is not None
            assert record.device.port.startswith("rfc2217://")
            assert answers_of(running.out / finished.runs[0]) == answers_of(local.path)


def test_speed_is_the_boards_own(farm: Bench, data: Path, tmp_path: Path) -> None:
    """LoadGen would time the network: MLPerf Tiny's windows are by the board's timer."""
    port = serial_url(farm.labgrid.place("host0"))
    options = {"device": port, "dataset": str(data), "duration_s": 0.2, "warmup_s": 0.1}
    (run,) = api.run("kws-ds-cnn", modes=("performance",), out=tmp_path / "a", **options).runs
    assert run.record.performance is None
    assert run.record.tiny is not None
    assert run.record.tiny.inferences_per_second > 0
    assert any("a network lies between" in event["what"] for event in run.record.events)
    timed = api.run(
        "kws-ds-cnn",
        modes=("performance",),
        out=tmp_path / "b",
        host_timed=True,
        **options,
    ).runs[0]
    assert timed.record.performance is not None
    assert any("across a network" in warning for warning in timed.record.warnings)
    refused = call(
        "run", "kws-ds-cnn", "--device", port, "--scenario", "offline", "--out", tmp_path / "c"
    )
    assert refused.returncode == 2
    assert "--host-timed" in refused.stderr


def test_a_place_of_anothers_is_waited_for(farm: Bench, data: Path, tmp_path: Path) -> None:
    """And so is it reserved: who queues later gets it later."""
    anna, carl = (replace(farm.labgrid, identity=f"there/{name}") for name in ("anna", "carl"))
    anna.acquire("host0")
    running = Running(farm, write_plan(tmp_path, data, ["host0", "host1"], repeats=1))
    running.wait_for("finished")
    wait_until(lambda: farm.queue() == [running.identity])
    later = carl.reserve("host0")
    assert farm.queue() == [running.identity, "there/carl"]
    assert not carl.is_our_turn(later, 3.0)
    anna.release("host0")
    running.wait_for("acquired", 2)
    assert farm.holder("host0") == running.identity
    all_done(running, farm, 2)
    assert farm.queue() == ["there/carl"]
    assert carl.is_our_turn(later)
    carl.cancel(later)


def test_who_gives_a_queue_up_leaves_it(farm: Bench, data: Path, tmp_path: Path) -> None:
    anna = replace(farm.labgrid, identity="there/anna")
    anna.acquire("host0")
    plan = write_plan(tmp_path, data, ["host0"], extra="wait_s = 3\n")
    code, said = Running(farm, plan).end()
    assert code == 1
    assert "held by there/anna; waited 3 s" in said
    assert not farm.queue()
    killed = Running(farm, write_plan(tmp_path, data, ["host0"]), out="killed")
    wait_until(lambda: farm.queue() == [killed.identity])
    os.kill(killed.process.pid, signal.SIGKILL)
    killed.end()
    wait_until(lambda: not farm.queue(), 60.0)  # its worker sees that nobody listens
    anna.release("host0")


def test_two_plans_share_the_same_places(farm: Bench, data: Path, tmp_path: Path) -> None:
    """Both are done, and neither runs on what the other holds."""
    plan = write_plan(tmp_path, data, ["host0"], repeats=2)
    first, second = Running(farm, plan, out="one"), Running(farm, plan, out="two")
    for running in (first, second):
        code, said = running.end()
        assert code == 0, said
        assert sum(jobs_done(running.out).values()) == 2
    spans = sorted(span for running in (first, second) for span in _spans(running.out))
    for one, other in pairwise(spans):
        assert one[1] <= other[0]
    assert not farm.held()


def _spans(out: Path) -> Iterator[tuple[str, str]]:
    """Yield when each run began and ended."""
    for finished in Journal(out).state().finished.values():
        record = read_run(out / finished.runs[0]).record
        yield record.started, record.finished


def test_the_dry_run_prints_the_matrix(farm: Bench, data: Path, tmp_path: Path) -> None:
    plan = write_plan(tmp_path, data, list(BOARDS), repeats=4)
    done = call(
        "farm",
        "run",
        plan,
        "--dry-run",
        "--coordinator",
        farm.address,
        EDGEBENCH_LABGRID=str(PROGRAMS),
    )
    assert done.returncode == 0, done.stderr
    assert "host0 (place host0): 4 runs" in done.stdout
    assert "12 runs, about" in done.stdout
    assert not (tmp_path / "farm-runs").exists()
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(plan.read_text().replace('"host0"', '"nowhere"'))
    refused = call(
        "farm", "run", wrong, "--coordinator", farm.address, EDGEBENCH_LABGRID=str(PROGRAMS)
    )
    assert refused.returncode == 2
    assert f"unknown value 'nowhere' in {wrong}; choose from host0, host1, qemu0" in refused.stderr


def test_a_coordinator_that_is_not_there_is_said(tmp_path: Path, data: Path) -> None:
    done = call("farm", "list", "--coordinator", "127.0.0.1:1", EDGEBENCH_LABGRID=str(PROGRAMS))
    assert done.returncode == 1
    assert "coordinator can't be reached" in done.stderr
