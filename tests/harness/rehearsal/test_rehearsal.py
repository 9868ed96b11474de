"""A benchmark through all modes: with a host of the test's own, and with MLCommons' runner."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import edgebench
from edgebench.mlperf.tiny.tree import SYSTEM_FIELDS
from edgebench.power.meters.lpm01a.driver import Lpm01aDriver
from edgebench.power.place import MeterPlace
from tests.virtual.interface_board.host import BoardHost
from tests.virtual.tiny_runner import runner_folder

WINDOW_S = 4.0
"""Five of them last longer than the ten seconds that the runner asks for, on a busy machine too."""


@pytest.mark.timed
def test_a_host_of_our_own_measures_energy_through_the_board(small_kws: dict[str, Any]) -> None:
    from edgebench.power.drivers import place_at

    with edgebench.rehearse_tiny(["kws"], inputs=5, window_s=0.5, **small_kws) as rehearsal:
        (kws,) = rehearsal.benchmarks
        driver = Lpm01aDriver()
        place: MeterPlace = place_at(driver, rehearsal.meter, (), 3.0)
        data = next(iter(sorted(Path(rehearsal.folder, "datasets/kws01").glob("*.bin"))))
        with driver.open(place) as meter, BoardHost(kws.interface) as host:
            host.ask("setbaud 921600")
            assert "m-model-[kws01]" in host.ask_device("profile")
            host.ask_device(f"db load {data.stat().st_size}")
            assert "m-load-done" in host.ask_device(f"db {data.read_bytes().hex()}")
            meter.start()
            lines = host.ask_device("infer 20000 0")
            time.sleep(0.1)
            samples = meter.stop()
    laps = [int(line.removeprefix("m-lap-us-")) for line in lines if line.startswith("m-lap-us-")]
    assert any(line.startswith("m-results-[") for line in lines)
    assert samples.marks_ns is not None
    first, last = samples.marks_ns[-2:]
    # The meter's marks are the device's own timestamps, a millisecond's grain apart.
    assert (last - first) / 1e3 == pytest.approx(laps[1] - laps[0], abs=6000)
    assert (samples.power_w[5:-5] > 0).all()


@dataclass(frozen=True)
class Session:
    """What the runner left."""

    folder: Path

    @property
    def log(self) -> str:
        """All that it printed."""
        return (self.folder / "log.txt").read_text()

    @property
    def results(self) -> str:
        """What is submitted."""
        path = self.folder / "results.txt"
        return path.read_text() if path.exists() else ""

    @property
    def answers(self) -> list[dict[str, Any]]:
        """What it keeps of each inference, window or trial."""
        found: list[dict[str, Any]] = json.loads((self.folder / "results.json").read_text())
        return found


def run_main(typed: str, folder: Path, patience_s: float = 240) -> Session:
    """Type what is printed; return its session."""
    words = [sys.executable if word == "python" else word for word in shlex.split(typed)]
    before = set(folder.glob("sessions/*"))
    done = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        timeout=patience_s,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    (session,) = set(folder.glob("sessions/*")) - before
    return Session(session)


def check_officially(sessions: dict[str, Session], benchmark: str, folder: Path) -> str:
    """Run MLCommons' checker on a tree with these sessions, which are copied as they are."""
    checker = runner_folder().parents[1] / "tools/submission/submission_checker.py"
    submitter = folder / "closed/somebody"
    for mode, session in sessions.items():
        shutil.copytree(session.folder, submitter / "results/table" / benchmark / mode)
    (submitter / "code" / benchmark).mkdir(parents=True)
    (submitter / "code" / benchmark / "README.md").write_text("a rehearsal")
    (submitter / "systems").mkdir()
    system = dict.fromkeys(SYSTEM_FIELDS, "none") | {
        "Submitter": "somebody",
        "Division": "closed",
        "Status": "available",
    }
    (submitter / "systems/table.json").write_text(json.dumps(system))
    done = subprocess.run(
        [sys.executable, str(checker), "--input", ".", "--version", "v1.4"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.timed
def test_mlcommons_runner_goes_through_all_modes(tmp_path: Path) -> None:
    """Its main.py, unchanged, by the commands that are printed; then its checker."""
    tiny = runner_folder().parents[1]
    with edgebench.rehearse_tiny(["kws"], inputs=12, window_s=WINDOW_S, tiny_dir=tiny) as rehearsal:
        (kws,) = rehearsal.benchmarks
        accuracy, performance, energy = (
            run_main(kws.commands[mode], rehearsal.folder) for mode in "ape"
        )
    assert "Device name retrieved: edgebench-host" in accuracy.log
    assert re.search(r"^\S+ ulp-mlperf: Top 1% = [\d.]+$", accuracy.results, re.MULTILINE)
    assert len([each for each in accuracy.answers if "infer" in each]) == 12
    assert all(len(each["infer"]["results"]) == 12 for each in accuracy.answers)
    median = r"ulp-mlperf: Median throughput is +[\d.]+ inf./sec\.$"
    assert re.search(median, performance.results, re.MULTILINE)
    assert len([each for each in performance.answers if "infer" in each]) == 5
    assert re.search(r"^Median energy cost is [\d.]+ uJ/inf\.$", energy.results, re.MULTILINE)
    assert "did not acknowledge" not in energy.log
    trials = energy.answers
    assert len(trials) == 5
    marks = [int(number) for each in trials for number, _ in each["power"]["timestamps"]]
    assert marks == list(range(10))
    for each in trials:
        (_, start), (_, end) = each["power"]["timestamps"]
        assert (end - start) / 1e3 == pytest.approx(WINDOW_S, rel=0.7)
        assert each["power"]["voltage"] == 3.0
    said = check_officially(
        {"accuracy": accuracy, "performance": performance, "energy": energy},
        "kws",
        tmp_path / "tree",
    )
    assert "ERROR" not in said
    assert "SUMMARY: submission looks OK" in said
    assert re.search(r"Results closed/somebody/results/table/kws [\d.]+ with power_metric", said)


@pytest.mark.parametrize(
    ("name", "inputs", "outputs"), [("ad", 6, 1), ("ic", 10, 10), ("ic2", 10, 10), ("vww", 6, 2)]
)
def test_mlcommons_runner_scores_each_benchmark(name: str, inputs: int, outputs: int) -> None:
    tiny = runner_folder().parents[1]
    with edgebench.rehearse_tiny([name], inputs=inputs, tiny_dir=tiny) as rehearsal:
        session = run_main(rehearsal.benchmarks[0].commands["a"], rehearsal.folder)
    files = {each["file"] for each in session.answers if "infer" in each}
    assert len(files) == inputs
    assert all(len(each["infer"]["results"]) == outputs for each in session.answers)
    found = re.search(r"Top 1% = ([\d.]+)$", session.results, re.MULTILINE)
    assert found is not None
    assert float(found[1]) >= 80
    assert re.search(r"AUC = [\d.]+$", session.results, re.MULTILINE)


def children(pid: int) -> list[int]:
    listed = ["ps", "-o", "pid", "--no-headers", "--ppid", str(pid)]
    found = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
    return [int(each) for each in found.split()]


def test_the_command_prints_what_to_type_and_ends_with_ctrl_c(
    small_kws: dict[str, Any], tmp_path: Path
) -> None:
    options = [f"--model=kws={small_kws['models']['kws']}"]
    options += [f"--dataset=kws={small_kws['datasets']['kws']}", "--inputs=5", "--out=out"]
    process = subprocess.Popen(
        [sys.executable, "-m", "edgebench", "rehearse", "tiny", "--benchmarks=kws", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={key: value for key, value in os.environ.items() if key != "TINY_DIR"},
    )
    assert process.stdout is not None
    said = ""
    while "Ctrl-C here ends everything" not in said:
        line = process.stdout.readline()
        assert line, process.communicate()
        said += line
    assert "TINY is your checkout of github.com/mlcommons/tiny" in said
    assert f"cd {tmp_path / 'out'}\n" in said
    typed = [line for line in said.splitlines() if line.startswith("python with_ports.py kws01 ")]
    assert [line[-1] for line in typed] == ["a", "p", "e"]
    listed = json.loads((tmp_path / "out/ports.json").read_text())["kws01"]
    ports = [each["device"] for mode in listed.values() for each in mode]
    assert all(Path(port).exists() for port in ports)
    played = children(process.pid)
    assert len(played) == 3  # the device's line, the interface board, the meter
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted. Everything has been stopped; the runner's files stay" in errors
    assert not any(Path(f"/proc/{pid}").exists() for pid in played)


SHOW = """
from serial.tools import list_ports
import sys, usb.core
assert not list(usb.core.find(find_all=True))
print([(each.device, each.vid, each.pid) for each in list_ports.comports(True)], sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("options", "device"),
    [
        (["-m", "e"], "/dev/e"),
        (["--mode=p", "-x"], "/dev/p"),
        (["-me"], "/dev/e"),
        (["-s", "data"], "/dev/a"),
        ([], "/dev/a"),
    ],
)
def test_a_program_sees_the_ports_of_its_mode(
    options: list[str], device: str, tmp_path: Path
) -> None:
    from edgebench.harness.rehearsal import with_ports

    script = tmp_path / "with_ports.py"
    script.write_bytes(Path(with_ports.__file__).read_bytes())
    (tmp_path / "show.py").write_text(SHOW)
    listed = {
        mode: [{"device": f"/dev/{mode}", "vid": 1, "pid": 2, "description": "d"}] for mode in "ape"
    }
    (tmp_path / "ports.json").write_text(json.dumps({"kws01": listed}))

    def call(benchmark: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(script), benchmark, str(tmp_path / "show.py"), *options],
            capture_output=True,
            text=True,
            check=False,
        )

    done = call("kws01")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"[('{device}', 1, 2)] {options}"
    assert "'ic01' is not rehearsed; there are kws01" in call("ic01").stderr
