"""Whole trees that our check and the official checkers pass, made of no measurement."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import numpy as np

from edgebench.mlperf.inference_models import INFERENCE_MODELS
from edgebench.mlperf.inference_tree import MEASUREMENT_FIELDS, SYSTEM_FIELDS
from edgebench.mlperf.tiny.energy import LoggedTrial, write_energy
from edgebench.mlperf.tiny.files import (
    TinyHead,
    TinyInference,
    write_accuracy,
    write_performance,
)
from edgebench.mlperf.tiny.names import DEVICE_MODELS
from edgebench.mlperf.tiny.tree import BENCHMARKS, STREAM_PLOT
from edgebench.mlperf.tiny.tree import SYSTEM_FIELDS as TINY_FIELDS
from edgebench.results.check.tiny.accuracy import Answers
from tests.results.planted.loadgen_logs import write_accuracy_test, write_test
from tests.results.planted.power_session import RANGING_TEST, TESTING_TEST, write_session

ORG, SYSTEM, MODEL = "Org", "board", "resnet"
INFERENCE_VERSION, TINY_VERSION = "v6.1", "v1.4"
SCENARIOS = ("SingleStream", "MultiStream", "Offline")
COUNTS = {
    "number_of_nodes": "1",
    "host_processors_per_node": "1",
    "host_processor_core_count": "4",
    "accelerators_per_node": "0",
}


def inference_tree(root: Path) -> Path:
    """Write a closed edge submission of resnet, with audits, and power in Offline."""
    home = root / "closed" / ORG
    described = {name: "made" if needed else "" for name, needed in SYSTEM_FIELDS.items()}
    described |= COUNTS | {
        "division": "closed",
        "submitter": ORG,
        "status": "available",
        "system_type": "edge",
    }
    put_json(home / "systems" / f"{SYSTEM}.json", described)
    put(home / "src" / "README.md", "made")
    put(home / "calibration.md", "made")
    for scenario in SCENARIOS:
        _result(home / "results" / SYSTEM / MODEL / scenario, scenario)
    return root


def _result(folder: Path, scenario: str) -> None:
    rules = INFERENCE_MODELS[MODEL]
    sizes = (rules.dataset_samples, rules.loaded_samples)
    put(folder / "user.conf", "made")
    put(folder / "README.md", "made")
    put_json(folder / "measurements.json", dict.fromkeys(MEASUREMENT_FIELDS, "made"))
    logs = (scenario, INFERENCE_VERSION)
    write_test(folder / "performance" / "run_1", *logs, TESTING_TEST, *sizes)
    accuracy = folder / "accuracy"
    write_accuracy_test(accuracy, *logs, TESTING_TEST + timedelta(hours=1), *sizes)
    digest = hashlib.sha256((accuracy / "mlperf_log_accuracy.json").read_bytes()).hexdigest()
    put(accuracy / "accuracy.txt", f"accuracy=76.500%, good=38250, total=50000\nhash={digest}\n")
    for audit in ("TEST01", "TEST04"):
        write_test(folder / audit / "performance" / "run_1", *logs, TESTING_TEST, *sizes)
        put(folder / audit / "verify_performance.txt", "TEST PASS\n")
    put(folder / "TEST01" / "verify_accuracy.txt", "TEST PASS\n")
    if scenario == "Offline":
        write_test(folder / "performance" / "ranging", *logs, RANGING_TEST, *sizes)
        write_session(folder / "performance")


WHEN = datetime(2026, 8, 1, 10, 0, 0, tzinfo=UTC)
WINDOW_US, RATE = 11_000_000, 40
STREAM = (
    "Accuracy: 48 True positives, 2 False negatives, 3 False positives\n"
    "Average duty cycle: 0.5\nAverage period: 0.032 s\nEstimated throughput: 62.5 inf./sec.\n"
)


STREAM_POWER = (
    "Power Edition Output\nEnergy data for trial 0\n  Elapsed time  : 165.0\n  Inferences    : 1\n"
    "  Power         : 20.0000 mW.\n  Total Energy  : 3300000.000 uJ\n"
    "  Energy/Inf    : 3300000.000 uJ/inf\n---\n"
    "Median energy cost is 3300000.0000 uJ/inf.\n---\n"
)


def tiny_tree(root: Path) -> Path:
    """Write a closed submission of all six benchmarks, with energy."""
    home = root / "closed" / ORG
    described = dict.fromkeys(TINY_FIELDS, "made")
    described |= {"Submitter": ORG, "Division": "Closed", "Status": "available"}
    put_json(home / "systems" / f"{SYSTEM}.json", described)
    put(home / "code" / "README.md", "made")
    for name, rules in BENCHMARKS.items():
        folder = home / "results" / SYSTEM / name
        if rules.is_streamed:
            write_stream(folder / "performance")
            write_stream(folder / "energy", has_power=True)
            put(folder / "energy" / STREAM_PLOT, "made")
            continue
        (model,) = (each for each, benchmark in DEVICE_MODELS.items() if benchmark == name)
        head = TinyHead("made", 115_200, "made", "made", model)
        _performance(folder / "performance", head, name)
        write_answers(folder / "accuracy", head, name)
        _energy(folder / "energy", head, name)
    return root


def _performance(folder: Path, head: TinyHead, name: str) -> None:
    folder.mkdir(parents=True)
    # The larger image classification takes longer.
    rate = RATE // 4 if BENCHMARKS[name].needs else RATE
    windows = [
        TinyInference(f"{n}.bin", 2, 0, 1000, WINDOW_US + n, rate * 11, 10, (0.5, 0.5))
        for n in range(5)
    ]
    middle = median(each.inferences_per_second for each in windows)
    write_performance(folder, head, windows, middle, WHEN)


def write_answers(folder: Path, head: TinyHead, name: str) -> None:
    """Write answers of which one in fifty is wrong, so that closed's target is reached."""
    folder.mkdir(parents=True, exist_ok=True)
    rules = BENCHMARKS[name]
    samples, outputs, labels = [], [], []
    for number in range(rules.inputs):
        label = number % 2
        right = number % 50 != 0
        score = 0.9 if bool(label) == right else 0.1
        values = (score,) if rules.metric == "auc" else (1 - score, score)
        # Files of sounds have several windows.
        for _ in range(2 if rules.metric == "auc" else 1):
            samples.append(TinyInference(f"{number}.bin", 2, label, 1000, 25_000, 1, 0, values))
        outputs.append(values)
        labels.append(label)
    answers = Answers(np.array(outputs), np.array(labels))
    lines = [f"AUC = {answers.auc:.3f}"]
    if answers.top1_percent is not None:
        lines.insert(0, f"Top 1% = {answers.top1_percent:.1f}")
    write_accuracy(folder, head, samples, lines, WHEN)


def _energy(folder: Path, head: TinyHead, name: str) -> None:
    folder.mkdir(parents=True)
    joules = 3e-5 if BENCHMARKS[name].needs else 1e-5
    trials = [
        LoggedTrial(f"{n}.bin", 2, (0.5, 0.5), [joules + n * 1e-8] * 11_500, [200, 11_300], 440, 10)
        for n in range(5)
    ]
    write_energy(folder, head, trials, WHEN)


def write_stream(folder: Path, *, has_power: bool = False) -> None:
    """Write a streaming test: 48 of 50 words found, 3 false alarms, busy half of the time."""
    windows = [[12.0 + 3.0 * n, 12.5 + 3.0 * n] for n in range(50)]
    words = [round(1000 * begin + 250) for begin, _ in windows[2:]]
    detections = [0, *sorted([*words, 3000, 5000, 7000])]
    row = {
        "infer": {
            "wav_file": "long_wav.wav",
            "detection_windows": windows,
            "length_sec": 165.0,
            "detections": detections,
            "iterations": 1,
        },
        "dutycycle": {"duty_cycle": 0.5, "period": 0.032},
        "mode": "p",
    }
    text = STREAM
    if has_power:
        samples = [2e-5] * 165_500
        marks = [["00", 100], ["01", 200], ["02", 165_200]]
        row |= {"power": {"samples": samples, "timestamps": marks}, "mode": "e"}
        text = STREAM_POWER + STREAM
    put_json(folder / "results.json", [row])
    put(folder / "results.txt", text)
    put(folder / "log.txt", "Device name retrieved: made\nDevice model retrieved: sww01\n")


def put(path: Path, text: str) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def put_json(path: Path, values: object) -> None:
    """Write a JSON file and the folders above it."""
    put(path, json.dumps(values, indent=1))
