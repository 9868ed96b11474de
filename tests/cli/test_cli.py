"""The command line as a user meets it: real processes, their output and their exit codes."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edgebench.harness.run.session import CompletedRuns
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import resolve_model
from tests.cli.call import call

QUICK = ("--duration", "0.2", "--warmup", "0.05")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from edgebench.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(*sorted(m for m in sys.modules if '.' not in m), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    heavy = {"numpy", "rich", "serial", "mlperf_loadgen", "ai_edge_litert", "flatbuffers"}
    assert "click" in loaded
    assert not loaded & heavy
    for command in ("run", "summary", "show", "list", "doctor"):
        assert re.search(rf"^  {command} ", done.stdout, re.MULTILINE)


def test_a_run_prints_its_table_and_leaves_its_directories(tmp_path: Path) -> None:
    done = call("run", *QUICK, "--out", "runs")
    assert done.returncode == 0, done.stderr
    for words in (
        "kws-ds-cnn int8 on litert",
        "SingleStream",
        "Offline",
        "p50",
        "p99",
        "samples/s",
        "% top-1",
        "target 95 met",
        "VALID",
        "quick: not a submission",
        "synthetic voices",
        "run directory: runs/",
    ):
        assert words in done.stdout
    table = re.split(r"^(?:warning|accuracy on kws)", done.stdout, maxsplit=1, flags=re.MULTILINE)[
        0
    ]
    assert max(map(len, table.splitlines())) <= 80
    assert "SingleStream performance" in done.stderr
    assert len(list((tmp_path / "runs").glob("*/run.json"))) == 2
    assert "XNNPACK" not in done.stderr


def test_a_progress_bar_is_drawn_on_a_terminal(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "edgebench", "run", *QUICK, "--scenario", "offline"],
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            block = os.read(master, 65536)
        except OSError:  # the far end has gone
            break
        if not block:
            break
        shown += block
    os.close(master)
    assert process.wait(30) == 0
    assert "Offline performance" in shown.decode()
    assert "100 %" in shown.decode()


def test_summary_show_list_and_doctor(finished: CompletedRuns) -> None:
    folder = str(finished.runs[0].path.parent)
    table, as_json, as_csv = (
        call("summary", *how, folder) for how in ((), ("--json",), ("--csv",))
    )
    assert "VALID" in table.stdout
    assert {row["record"]["scenario"] for row in json.loads(as_json.stdout)} == {
        "SingleStream",
        "Offline",
    }
    assert as_csv.stdout.count("\n") == 3
    shown = call("show", "kws-ds-cnn", COLUMNS="120")
    assert "2,656,768" in shown.stdout
    assert "DEPTHWISE_CONV_2D" in shown.stdout
    assert re.search(r"^firmware +compiles *$", shown.stdout, re.MULTILINE)
    refused = call("show", "kws-ds-cnn:float32", "--json")
    assert "edgebench.quantize" in json.loads(refused.stdout)["firmware"]["why_not"]
    assert json.loads(call("show", "kws-ds-cnn", "--json").stdout)["macs"] == 2_656_768
    for kind, words in {
        "models": r"^    kws-ds-cnn:int8 +48,688 bytes  97.83 % top-1",
        "datasets": r"^clicks-rm1  .*\n    made when it is needed; AUC",
        "runtimes": "^litert  ",
        # What a person with the board in hand looks for: docs/deploy.md sends them here.
        "boards": r"(?s)^nucleo-l4r5zi  .*120 MHz.*flashed by openocd.*the marker\s+is PA5",
    }.items():
        assert re.search(words, call("list", kind).stdout, re.MULTILINE), kind
    examined = call("doctor")
    assert examined.returncode == 0
    assert "LoadGen" in examined.stdout
    assert json.loads(call("doctor", "--json").stdout)[0]["area"] == "software"


def test_output_that_nobody_reads_is_no_traceback(finished: CompletedRuns) -> None:
    command = f"{sys.executable} -m edgebench show kws-ds-cnn --json | head -c 10"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("run", "kws-ds-cn"), 2, "Did you mean 'kws-ds-cnn'?"),
        (("run", "nowhere.tflite"), 2, "there is no such file"),
        (("run", "--threads", "0"), 2, "--threads must be an integer of at least 1, not 0"),
        (("run", "--threads", "x"), 2, "not a valid integer"),
        (("run", "--scenario", "stream"), 2, "singlestream"),
        (("run", "--runtime", "onnx"), 2, "--runtime: unknown value 'onnx'; choose from litert"),
        (("run", "--dataset", "imagenet"), 2, "--dataset: unknown value 'imagenet'; choose from "),
        (("run", "--dataset", "digits"), 2, "490 values a sample"),
        (("run", "--delegate", "nowhere.so"), 2, "can't be loaded"),
        (("run", "--delegate-option", "x"), 2, "not KEY=VALUE"),
        (("run", "--affinity", "0-x"), 2, "list of CPUs"),
        (("run", "--affinity", "1-0"), 2, "not a range of CPUs"),
        (("run", "--affinity", "0-3000000000"), 2, "not a range of CPUs"),
        (
            ("run", "--delegate-option", "a=b"),
            2,
            "--delegate-option needs a delegate: name it with --delegate",
        ),
        (("run", "--affinity", "4711"), 2, "CPU 4711 can't be used"),
        (("run", "--official", "--duration", "3"), 2, "leave --duration out"),
        (("run", "--resume"), 2, "no interrupted run"),
        (("run", "--resume", "--threads", "2"), 2, "leave out all but --out"),
        (("summary", "nowhere"), 2, "there is no such folder"),
        (("show", "nothing"), 2, "MODEL: unknown value 'nothing'; choose from "),
        (("list", "cats"), 2, "models"),
        (("dance",), 2, "No such command"),
    ],
)
def test_what_is_asked_wrongly_gets_one_sentence_and_its_code(
    arguments: tuple[str, ...], code: int, says: str
) -> None:
    done = call(*arguments)
    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_damaged_models_and_data_get_one_sentence(tmp_path: Path) -> None:
    whole = resolve_model("kws-ds-cnn").content
    (tmp_path / "short.tflite").write_bytes(whole[:-20_000])
    (tmp_path / "empty.tflite").write_bytes(b"")
    custom = NewModel(
        [NewTensor("a", (1, 4), "float32"), NewTensor("b", (1, 4), "float32")],
        [NewOp("CUSTOM", ("a",), ("b",), custom="MyOp")],
        ["a"],
        ["b"],
    )
    (tmp_path / "custom.tflite").write_bytes(custom.to_bytes())
    (tmp_path / "bad.csv").write_text("1,2,0\n1,2,cat\n")
    for arguments, says in (
        (("short.tflite",), "damaged or cut short"),
        (("empty.tflite",), "not a .tflite model"),
        (("custom.tflite",), "custom op MyOp"),
        (("--dataset", "bad.csv"), "line 2"),
    ):
        done = call("run", *arguments)
        assert (done.returncode, says in done.stderr) == (2, True), done.stderr
    assert not list((tmp_path / "edgebench-runs").glob("*/run.json"))


def test_an_invalid_result_exits_with_3_and_says_why(tmp_path: Path) -> None:
    done = call(
        "run",
        *QUICK,
        "--scenario",
        "server",
        "--mode",
        "performance",
        "--target-qps",
        "5000",
        "--latency-bound",
        "0.01",
    )
    assert done.returncode == 3, done.stderr
    assert "INVALID" in done.stdout
    assert "Server is INVALID: the latency bound was not met" in done.stdout


@pytest.mark.parametrize("scenario", ["singlestream", "server", "offline"])
def test_ctrl_c_keeps_what_was_measured_and_resume_goes_on(tmp_path: Path, scenario: str) -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "edgebench",
            "run",
            "--duration",
            "1",
            "--warmup",
            "0.05",
            "--scenario",
            scenario,
            "--mode",
            "performance",
            "--mode",
            "accuracy",
            # Whether a shared machine keeps 10 ms is another question.
            *(("--latency-bound", "200") if scenario == "server" else ()),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "performance" in line:
            break
    process.send_signal(signal.SIGINT)
    started = time.monotonic()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert time.monotonic() - started < 20
    assert "Interrupted. What was measured is kept in edgebench-runs" in said
    assert "--resume" in said
    assert "Traceback" not in said
    (partial,) = (tmp_path / "edgebench-runs").glob("*.partial")
    assert "partial" in call("summary", "edgebench-runs").stdout
    done = call("run", "--resume")
    assert done.returncode == 0, done.stderr
    (complete,) = (tmp_path / "edgebench-runs").glob("*/run.json")
    assert complete.parent.name == partial.name.removesuffix(".partial")
    events = [event["what"] for event in json.loads(complete.read_text())["events"]]
    assert "interrupted by Ctrl-C" in events
    assert "resumed" in events


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_ctrl_c_while_warming_up_leaves_nothing_and_does_not_hang(
    tmp_path: Path, kind: str
) -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "edgebench",
            "run",
            "--warmup",
            "30",
            "--instance-kind",
            kind,
            "--instances",
            "2",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    process.stderr.readline()
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=29)  # before the warm-up would have ended
    assert process.returncode == 130
    assert "Interrupted before anything was measured" in said
    assert not list((tmp_path / "edgebench-runs").glob("*/run.json"))


def test_two_runs_into_one_folder_at_once(tmp_path: Path) -> None:
    first = subprocess.Popen(
        [sys.executable, "-m", "edgebench", "run", "--duration", "2", "--warmup", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert first.stderr is not None
    first.stderr.readline()  # it has begun
    first.send_signal(signal.SIGSTOP)  # the second is asked before it has ended
    try:
        second = call("run", *QUICK)
    finally:
        first.send_signal(signal.SIGCONT)
    assert second.returncode == 1
    assert f"another run (process {first.pid}) is writing to edgebench-runs" in second.stderr
    _, said = first.communicate(timeout=300)
    assert first.returncode == 0, said
