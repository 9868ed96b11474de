"""Runs on a device that do not get to their end, and what goes on with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edgebench.errors import (
    DeviceLost,
    ResumeMismatch,
)
from edgebench.harness.run.session import resume, run_request
from edgebench.sut.device import Answer, AnswerBook
from edgebench.virtual.emulated_device import EmulatedPort
from tests.conftest import FEW
from tests.device.scripted import ScriptedDevice
from tests.harness.devices.on_device import on_device


def test_an_accuracy_run_goes_on_where_it_stopped(
    few: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The cable is pulled (the far end of the line ends) when some answers have come.
    lines: list[EmulatedPort] = []
    start, add = EmulatedPort.__init__, AnswerBook.add

    def started(line: EmulatedPort, *arguments: Any) -> None:
        start(line, *arguments)
        lines.append(line)

    def added(book: AnswerBook, index: int, answer: Answer) -> None:
        add(book, index, answer)
        if len(book.answers) == 10:
            lines[0].close()

    monkeypatch.setattr(EmulatedPort, "__init__", started)
    monkeypatch.setattr(AnswerBook, "add", added)
    with pytest.raises(DeviceLost, match="unplugged"):
        run_request(on_device(dataset=few, modes=("accuracy",)), tmp_path)
    (partial,) = tmp_path.glob("*.partial")
    kept = len((partial / "answers.jsonl").read_text().splitlines())
    assert kept == 10
    # A line that was cut short when the machine lost its power is no answer.
    with (partial / "answers.jsonl").open("a") as file:
        file.write('{"sample": 39, "out')
    (found,) = resume(tmp_path).runs
    assert found.record.reference is not None
    assert found.record.reference.samples == found.record.reference.equal == FEW
    assert any(f"{kept} answers are kept" in event["what"] for event in found.record.events)
    assert len((found.path / "answers.jsonl").read_text().splitlines()) >= FEW


@pytest.mark.parametrize("where", ["write_accuracy_files", "check_outputs"])
def test_an_accuracy_that_was_not_finished_is_finished_by_the_next_try(
    few: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def interrupted(*arguments: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(f"edgebench.harness.devices.modes.{where}", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run_request(on_device(dataset=few, modes=("accuracy",)), tmp_path)
    (found,) = resume(tmp_path).runs
    assert found.record.accuracy is not None and found.record.reference is not None
    assert found.record.reference.samples == FEW
    assert (found.path / "tiny" / "accuracy" / "results.json").is_file()


def test_injected_faults_are_of_the_first_try_only(few: str, tmp_path: Path) -> None:
    request = on_device(dataset=few, modes=("accuracy",), inject=("unplug=16000",))
    with pytest.raises(DeviceLost, match=r"go on with `edgebench\.resume\('.*'\)`"):
        run_request(request, tmp_path)
    (found,) = resume(tmp_path).runs
    assert found.record.reference is not None
    assert found.record.reference.samples == found.record.reference.equal == FEW
    assert found.record.request == request.to_record()


def test_another_device_does_not_go_on_with_a_run(few: str, tmp_path: Path) -> None:
    results = b"m-results-[" + b",".join([b"0.5"] * 12) + b"]\r\n"
    answers = {
        "profile": b"m-model-[kws-ds-cnn]\r\nm-ready\r\n",
        "infer": b"m-infer-start-1\r\nm-lap-us-0\r\nm-lap-us-9\r\nm-infer-done\r\n"
        + results
        + b"m-ready\r\n",
        "results": results + b"m-ready\r\n",
    }
    options = {"dataset": few, "modes": ("accuracy",), "verify": "never"}
    with ScriptedDevice(**answers) as device:
        request = on_device(device.port, **options)
        (found,) = run_request(request, tmp_path).runs
    assert found.record.reference is not None
    assert found.record.reference.verdict == "wrong"
    assert any("OUTPUTS ARE WRONG" in warning for warning in found.record.warnings)
    # Taken for interrupted, and gone on with on a board of another name.
    partial = found.path.with_name(found.path.name + ".partial")
    found.path.rename(partial)
    values = json.loads((partial / "run.json").read_text())
    values["state"], values["accuracy"] = "partial", None
    (partial / "run.json").write_text(json.dumps(values))
    with (
        ScriptedDevice(**answers, name=b"m-name-dut-[other]\r\nm-ready\r\n") as other,
        pytest.raises(ResumeMismatch, match="the device was scripted, it is other now"),
    ):
        resume(tmp_path, device=other.port)
    with ScriptedDevice(**answers) as again:
        (found,) = resume(tmp_path, device=again.port).runs
    assert found.record.accuracy is not None
