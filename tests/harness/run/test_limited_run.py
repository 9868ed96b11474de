"""Runs in real control groups: a quota is said and counted, memory is refused or its end named."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from edgebench.rundir.reader import Run, read_run
from edgebench.rundir.search import find_runs
from tests.host.real_cgroup import QUOTA, memory_limit, real_group

MIB = 2**20
RUN = ("run", "digits-resnet8", "--mode", "performance", "--scenario", "offline", "--out")


def only_run(out: Path) -> Run:
    (path,) = find_runs(out)
    return read_run(path)


def test_a_quota_that_stopped_the_run_is_said_in_every_table(tmp_path: Path) -> None:
    with real_group("quota", {"cpu": QUOTA}) as group:
        done = group.run(*RUN, str(tmp_path), "--duration", "2")
        doctor = group.run("doctor", "--json")
    assert done.returncode == 0, done.stderr
    said = (
        r"CPU quota of 0\.2 CPUs \(control group /\S*\) stopped the run in (\d+) of (\d+) periods"
    )
    match = re.search(said, done.stdout)
    assert match is not None, done.stdout
    assert 5 <= int(match[1]) <= int(match[2])
    assert "limited" in done.stdout
    run = only_run(tmp_path)
    assert run.record.limited
    assert run.record.headline.endswith("VALID, quick, limited")
    assert run.system is not None
    assert run.system.host.limits.cpu_quota is not None
    assert run.system.host.limits.cpu_quota.cpus == 0.2
    before, after = (state.limits.throttling for state in run.system.states)
    assert before is not None
    assert after is not None
    assert after.throttled_periods - before.throttled_periods == int(match[1])
    (finding,) = (each for each in json.loads(doctor.stdout) if each["name"] == "CPU quota")
    assert (finding["status"], "0.2 CPUs" in finding["detail"]) == ("warning", True)
    page = tmp_path / "page.html"
    with real_group("none", {}) as outside:
        shown = {
            command: outside.run(command, str(run.path), *more)
            for command, *more in (
                ("summary", "--markdown"),
                ("compare", str(run.path), str(run.path)),
                ("report", "--out", str(page)),
            )
        }
    assert not any(each.returncode for each in shown.values()), shown
    assert "VALID, quick, limited" in shown["summary"].stdout
    assert "stopped the run" in shown["compare"].stdout
    assert "stopped the run" in page.read_text()


def test_what_does_not_fit_into_a_memory_limit_is_refused_before(tmp_path: Path) -> None:
    with real_group("memory", {"memory": memory_limit(300 * MIB)}) as group:
        done = group.run(*RUN, str(tmp_path), "--duration", "9000")
        doctor = group.run("doctor", "--json")
    assert done.returncode == 1, (done.returncode, done.stderr)
    assert "are available under the memory limit of 300 MiB (control group /" in done.stderr
    assert "Traceback" not in done.stderr
    details = {each["name"]: each["detail"] for each in json.loads(doctor.stdout)}
    assert "under the memory limit of 300 MiB" in details["memory"]


def test_an_instance_that_the_kernel_kills_is_named_with_the_limit(tmp_path: Path) -> None:
    with real_group("oom", {"memory": memory_limit(150 * MIB)}) as group:
        many = ("--instances", "20", "--instance-kind", "processes")
        done = group.run(*RUN, str(tmp_path), "--duration", "0.2", *many)
    assert done.returncode == 1, (done.returncode, done.stderr)
    assert (
        "was killed by the kernel: out of memory under the memory limit of 150 MiB" in done.stderr
    )
    assert "try fewer --instances" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("limited", [True, False])
def test_what_an_interrupted_attempt_met_is_not_forgotten(
    tmp_path: Path, limited: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edgebench.errors import EdgebenchError, SutFailed
    from edgebench.harness.request import RunRequest
    from edgebench.harness.run import scenario
    from edgebench.harness.run.session import resume, run_request

    counts = iter(range(0, 1000, 7) if limited else [0] * 1000)

    def made_counts() -> object:
        from edgebench.host.limits import LimitCounts

        return LimitCounts(oom_kills=next(counts))

    def fail(*_: object) -> None:
        raise SutFailed("planted")

    request = RunRequest(model="digits-resnet8", scenarios=("offline",), duration_s=0.2)
    with monkeypatch.context() as patch:
        patch.setattr(scenario, "limit_counts", made_counts)
        patch.setattr(scenario, "_measure_accuracy", fail)
        with pytest.raises(EdgebenchError, match="planted"):
            run_request(request, tmp_path)
    (run,) = resume(tmp_path).runs
    assert run.record.limited is limited
    assert any("the kernel killed" in text for text in run.record.warnings) is limited
