"""What mutations begin with: made here, by the program's own writers where it has one."""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np

from edgebench.datasets.clicks.criteo import CATEGORIES, COUNTS
from edgebench.datasets.clicks.spec import ClickSpec
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import run_request
from edgebench.power.meters.scpi.cards import CARDS
from edgebench.rundir.contents.layers import Layer, Layers, write_layers
from tests.conftest import ROOT
from tests.farm.test_plan import PLAN
from tests.mlperf import old_logs
from tests.models.made_models import dense_model

CRITEO = ClickSpec(
    COUNTS, CATEGORIES, 1000, 1, kinds=10, samples=1, seed=1, zipf=1.0, locality=None
)
Seeds = Callable[[], Iterator[bytes]]


@cache
def _run() -> Mapping[str, bytes]:
    """Return the files of a real run with a meter."""
    with tempfile.TemporaryDirectory() as name:
        request = RunRequest(
            scenarios=("offline",), duration_s=0.1, warmup_s=0.05, idle_s=0.1, power="virtual:rapl"
        )
        (run,) = run_request(request, Path(name)).runs
        files = [each for each in run.path.rglob("*") if each.is_file()]
        return {str(each.relative_to(run.path)): each.read_bytes() for each in files}


def of_run(file: str) -> Seeds:
    """Return the seeds that are a file of a run directory."""

    def seeds() -> Iterator[bytes]:
        yield _run()[file]

    return seeds


def run_of_0_1() -> Iterator[bytes]:
    with tarfile.open(ROOT / "tests" / "rundir" / "format_1.tar.xz") as archive:
        for member in archive:
            if member.name.endswith("run.json"):
                file = archive.extractfile(member)
                assert file is not None
                yield file.read()


def detail_logs() -> Iterator[bytes]:
    yield _run()["performance/mlperf_log_detail.txt"]
    entries = {
        "loadgen_version": "6.0.17 @ 0a1b2c3",
        "effective_scenario": "Server",
        "result_validity": "INVALID",
        "result_invalid_reason": "Min queries not satisfied",
        "effective_qsl_rng_seed": 1,
        "power_begin": "11-24-2026 16:05:00.123",
        "power_end": "11-24-2026 16:15:00.123",
        "result_completed_samples_per_sec": 5.0,
        "result_scheduled_samples_per_sec": 6.0,
        "result_samples_per_query": 8,
        "result_query_count": 10,
        "generated_samples_per_query": 1,
        "effective_target_latency_ns": 15000000,
    }
    latencies = ["min", "mean", "max"]
    latencies += [
        f"{each}_percentile" for each in ("50.00", "90.00", "95.00", "97.00", "99.00", "99.90")
    ]
    entries |= {f"result_{each}_latency_ns": 5 for each in latencies}
    yield "\n".join(
        ":::MLLOG " + json.dumps({"key": key, "value": value}) for key, value in entries.items()
    ).encode()
    for name, text in vars(old_logs).items():
        if "DETAIL" in name and isinstance(text, str):
            yield text.encode()


def summary_logs() -> Iterator[bytes]:
    yield _run()["performance/mlperf_log_summary.txt"]
    for name, text in vars(old_logs).items():
        if name.startswith("V") and isinstance(text, str):
            yield text.encode()


def accuracy_logs() -> Iterator[bytes]:
    yield _run()["accuracy/mlperf_log_accuracy.json"][:5000]
    rows = [{"seq_id": 0, "qsl_idx": 1, "data": "00FF"}, {"seq_id": 1, "qsl_idx": 0, "data": "0A"}]
    yield ("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n").encode()


def spl_logs() -> Iterator[bytes]:
    # Whole lines: a part of one may be a sound line or none, as the digits of the watts fall.
    yield b"".join(_run()["power/spl.txt"].splitlines(keepends=True)[:30])


def power_sessions() -> Iterator[bytes]:
    session = {
        "version": 1,
        "session_name": "kws",
        "uuid": {"client": "0a-1b", "server": "2c-3d"},
        "results": {"spl.txt": "0" * 40},
        "phases": {"ranging": [[1.0, 1.0], [2.0, 2.0]], "testing": [[3.0, 3.0], [4.0, 4.0]]},
        "messages": [{"cmd": "time", "reply": "1.0"}],
        "ptd_messages": [{"cmd": "Identify", "reply": "YokogawaWT310,1.9"}],
        "ptd_config": [{"device_type": 49, "channel": [1]}],
        "sources": {"server.py": "0" * 40},
        "debug": False,
    }
    yield json.dumps(session).encode()


def published_json() -> Iterator[bytes]:
    row = {
        "Submitter": "x",
        "Model": "resnet",
        "Scenario": "Offline",
        "Performance_Result": 5.5,
        "Performance_Units": "Samples/s",
        "Accuracy": "acc: 76.1",
        "host_processor_core_count": "8",
        "host_processors_per_node": 2,
        "has_power": True,
        "Power_Result": 10,
        "version": "v5.1",
    }
    yield json.dumps([row, {**row, "Scenario": "Server", "host_processor_core_count": 4}]).encode()


def published_csv() -> Iterator[bytes]:
    names = "Organization,Availability,Division,SystemName,Model,Scenario,Result,Units,Accuracy"
    yield f'{names}\nx,available,closed,"a, b",resnet,Offline,5.5,Samples/s,76.1\n'.encode()


def tiny_results() -> Iterator[bytes]:
    yield b"Performance results for window 10 s:\n# Median throughput is     67.400 inf./sec.\n"
    yield b"Top-1 = 90.5%\nAUC = 0.97\nMedian energy cost is 460.3000 uJ/inf.\n"


def stream_tests() -> Iterator[bytes]:
    yield json.dumps(
        [
            {
                "wav_file": "short.wav",
                "sample_rate": 16000,
                "length_sec": 10.0,
                "detection_windows": [[1.0, 1.64], [4, 4.75]],
            }
        ]
    ).encode()


def tiny_trials() -> Iterator[bytes]:
    power = {"samples": [1e-6] * 9, "timestamps": [["00", 1], ["01", 8]]}
    yield json.dumps([{"power": power, "infer": {"iterations": 5}}] * 2).encode()


def training_logs() -> Iterator[bytes]:
    entries = [
        {"key": "seed", "time_ms": 1, "value": 3},
        {"key": "quality_target", "time_ms": 2, "value": 0.9},
        {"key": "run_start", "time_ms": 3, "value": None},
        {"key": "eval_accuracy", "time_ms": 4, "value": 0.95, "metadata": {"epoch_num": 1}},
        {"key": "run_stop", "time_ms": 5, "value": None, "metadata": {"status": "success"}},
    ]
    yield "\n".join(f":::MLLOG {json.dumps(each)}" for each in entries).encode()


def text_array(text: bytes) -> bytes:
    """Return an array of one text."""
    return npy(np.array(text.decode("latin-1")))


def npy(array: np.ndarray) -> bytes:  # type: ignore[type-arg]
    """Return an array as the bytes of a .npy."""
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def layers() -> Iterator[bytes]:
    with tempfile.TemporaryDirectory() as name:
        costs = tuple(Layer(index, "CONV_2D", 1000, 5.0, 0.5) for index in range(3))
        write_layers(Path(name), Layers("kws", "0" * 64, "", "litert", "timed", "us", 15.0, costs))
        yield (Path(name) / "profile.json").read_bytes()


def answer_books() -> Iterator[bytes]:
    entry = {"sample": 1, "output": "00ff", "device_us": 5, "results": [0.5, 0.25]}
    yield f"{json.dumps(entry)}\n{json.dumps(entry)[:20]}".encode()


def requests() -> Iterator[bytes]:
    yield json.dumps(json.loads(_run()["run.json"])["request"]).encode()


def cards(pattern: str) -> Seeds:
    """Return the seeds that are the packaged cards."""

    def seeds() -> Iterator[bytes]:
        for path in sorted(ROOT.glob(pattern)):
            yield path.read_bytes()

    return seeds


def scpi_cards() -> Iterator[bytes]:
    yield CARDS.read_bytes()


def plans() -> Iterator[bytes]:
    yield PLAN.encode()


def systems() -> Iterator[bytes]:
    tables = '[system]\nname = "a board"\n[models]\nkws = "kws"\n[measurements]\na = 1\n'
    yield f'name = "desk"\n{tables}'.encode()


def journals() -> Iterator[bytes]:
    events = [
        {"event": "started", "job": "desk-kws-1", "target": "desk", "run": "kws"},
        {"event": "finished", "job": "desk-kws-1", "target": "desk", "runs": ["a"]},
        {"event": "quarantined", "target": "desk", "reason": "no answer"},
        {"event": "acquired", "place": "p", "by": "me"},
    ]
    yield "".join(
        json.dumps({"time": "2026-11-29T10:00:00Z", **each}) + "\n" for each in events
    ).encode()


def messages() -> Iterator[bytes]:
    yield b'{"kind": "done", "runs": ["a"]}'
    yield b'{"kind": "failed", "error": "DeviceLost", "text": "gone"}'


def labgrid_answers() -> Iterator[bytes]:
    place = {"name": "p", "holder": "", "tags": {"a": "b"}, "comment": ""}
    yield json.dumps({"id": 1, "result": [place], "last": False}).encode()
    yield b'{"id": 2, "error": {"kind": "taken", "text": "by x"}}'


def checksums() -> Iterator[bytes]:
    yield f"{'0' * 64}  ./a/run.json\n{'1' * 64} *b\n".encode()


MEMBERS = {"a/run.json": b"{}\n", "b": bytes(700)}
SUMS_OF_ARCHIVE = {name: sha256(content).hexdigest() for name, content in MEMBERS.items()}


def archives() -> Iterator[bytes]:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, each in MEMBERS.items():
            member = tarfile.TarInfo(name)
            member.size = len(each)
            archive.addfile(member, io.BytesIO(each))
    yield content.getvalue()


def datasets_csv() -> Iterator[bytes]:
    yield b"a,b,label\n1,2.5,0\n-3e-2,4,1\n"
    yield b"\xef\xbb\xbf0,1,1\n1,0,0\n"


def datasets_npz() -> Iterator[bytes]:
    for compressed in (np.savez, np.savez_compressed):
        content = io.BytesIO()
        compressed(content, inputs=np.ones((3, 4), np.float32), labels=np.arange(3))
        yield content.getvalue()


def arrays() -> Iterator[bytes]:
    yield npy(np.ones((3, 4), np.float32))
    yield npy(np.arange(12, dtype=np.int8).reshape(3, 2, 2))


def class_names() -> Iterator[bytes]:
    yield b"one\ntwo\n"


def label_files() -> Iterator[bytes]:
    yield b"0.bin,12,3,4,4\n1.bin,12,0,4,2\n"


def criteo_logs() -> Iterator[bytes]:
    counts = "\t".join(str(each) if each else "" for each in range(COUNTS))
    categories = "\t".join(f"{each:08x}" for each in range(CATEGORIES))
    yield f"1\t{counts}\t{categories}\n0\t{counts}\t{categories}\n".encode()


def models() -> Iterator[bytes]:
    yield dense_model((8, 4, 3)).to_bytes()
    yield dense_model((8, 3), "int8").to_bytes()
