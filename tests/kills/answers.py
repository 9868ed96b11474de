"""What a model has answered, by every file of a run directory that says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def answers_of(run: Path) -> dict[str, Any]:
    """Return the answers and the accuracy from them; time decides only their order.

    A file that the run has not is missing in the result.
    """
    found: dict[str, Any] = {}
    for name, read in _READERS.items():
        if (run / name).is_file():
            found[name] = read((run / name).read_text(encoding="utf-8"))
    return found


def _of_a_device(text: str) -> dict[str, list[str]]:
    answers: dict[str, list[str]] = {}
    for line in map(json.loads, text.splitlines()):
        answers.setdefault(f"{line['sample']}", []).append(line["output"])
    return answers


def _of_loadgen(text: str) -> dict[str, list[str]]:
    answers: dict[str, list[str]] = {}
    for entry in sorted(json.loads(text), key=lambda entry: int(entry["qsl_idx"])):
        answers.setdefault(f"{entry['qsl_idx']}", []).append(entry["data"])
    return answers


def _of_mlperf_tiny(text: str) -> list[tuple[str, str, list[float]]]:
    return [(each["file"], each["class"], each["infer"]["results"]) for each in json.loads(text)]


_READERS = {
    "answers.jsonl": _of_a_device,
    "accuracy/mlperf_log_accuracy.json": _of_loadgen,
    "accuracy/accuracy.txt": str.strip,
    "accuracy/confusion.json": json.loads,
    "tiny/accuracy/results.json": _of_mlperf_tiny,
}
