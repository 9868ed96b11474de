"""Trees with values that no program of MLCommons' writes: each is an error that is named."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from edgebench import api
from edgebench.results.check.tiny.streaming import detection_counts
from tests.files.modes import held_to_modes
from tests.results.planted.faults import Harm, as_json, edited
from tests.results.planted.power_faults import CLIENT, SERVER
from tests.results.planted.tiny_faults import KWS, SWW, rows_of, window
from tests.results.planted.trees import inference_tree, tiny_tree


@pytest.fixture(scope="module")
def inference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return inference_tree(tmp_path_factory.mktemp("inference"))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_tree(tmp_path_factory.mktemp("tiny"))


def in_ms(record: dict[str, Any]) -> None:
    for steps in record["phases"].values():
        for step in steps:
            step[0] *= 1000


def answered(command: str, reply: str) -> Any:
    def change(record: dict[str, Any]) -> None:
        for each in record["ptd_messages"]:
            if each["cmd"] == command:
                each["reply"] = reply

    return change


OF_POWER: Mapping[str, tuple[Harm, str]] = {
    "phases in ms": (as_json(CLIENT, in_ms), "are they milliseconds?"),
    "a phase beyond all times": (
        as_json(CLIENT, lambda r: r["phases"]["testing"][1].__setitem__(0, 1e300)),
        "s after 1970 is no time",
    ),
    "watts without a comma": (
        as_json(SERVER, answered("Watts", "Error")),
        "server.json, Watts: 'Error' is not a number",
    ),
    "device type": (
        as_json(SERVER, lambda r: r["ptd_config"][0].update(device_type=float("inf"))),
        "device_type: inf is not a whole number",
    ),
}


def streamed(**values: Any) -> Harm:
    return as_json(f"{SWW}/performance/results.json", lambda r: r[0]["infer"].update(values))


def of_class(value: object) -> Harm:
    return rows_of("accuracy", lambda r: r[0].update({"class": value}))


NO_LISTS = "detections and detection_windows are not lists"
OF_TINY: Mapping[str, tuple[Harm, str]] = {
    "a class of 25 digits": (of_class(10**25), "a whole number of more than 64 bits"),
    "a class of 25 digits, as text": (of_class("9" * 25), "a whole number of more than 64 bits"),
    "a class of 64 bits": (of_class((1 << 64) - 1), "is no class"),
    "a class below 0": (of_class(-1), "-1 is no class"),
    "iterations of 400 digits": (
        window(0, iterations=10**400),
        "window 1, iterations: a number with too many digits",
    ),
    "iterations of a trial": (
        rows_of("energy", lambda r: r[0]["infer"].update(iterations=10**400)),
        "iterations: a number with too many digits",
    ),
    "detections are a number": (streamed(detections=5), NO_LISTS),
    "detections are an object": (streamed(detections={"1": 2}), NO_LISTS),
    "windows are a number": (streamed(detection_windows=5), NO_LISTS),
    "windows are a text": (streamed(detection_windows="long"), NO_LISTS),
    "hardly any time": (
        edited(f"{KWS}/performance/results.txt", "Runtime: 11.000001", "Runtime: 1e-320"),
        "its inferences and time inf",
    ),
}


def test_a_duty_cycle_and_a_period_of_hardly_anything_are_no_division_by_zero(
    tiny: Path, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(tiny, tree)
    path = f"{SWW}/performance/results.txt"
    edited(path, "duty cycle: 0.5", "duty cycle: 1e-200")(tree)
    edited(path, "period: 0.032", "period: 1e-200")(tree)
    assert any("says a duty cycle of 1e-200, results.json 0.5" in each for each in errors(tree))


@pytest.mark.parametrize("name", OF_TINY)
def test_a_strange_value_of_tiny_is_named(tiny: Path, tmp_path: Path, name: str) -> None:
    harm, says = OF_TINY[name]
    tree = tmp_path / "tree"
    shutil.copytree(tiny, tree)
    harm(tree)
    found = errors(tree)
    assert any(says in text for text in found), found


def slow_counts(stamps: list[int], windows: list[list[float]]) -> tuple[int, int, int]:
    """Count as the rules say it, however long it takes."""
    left, found = [each - stamps[0] for each in stamps[1:]], 0
    for begin, end in windows:
        hits = {each for each in left if begin * 1000 <= each <= end * 1000 + 2000}
        found, left = found + bool(hits), [each for each in left if each not in hits]
    false, last = 0, -1_000_000
    for each in left:
        if each > last + 1000:
            false, last = false + 1, each
    return found, len(windows) - found, false


def test_what_can_not_be_read_is_an_error_of_its_own(inference: Path, tmp_path: Path) -> None:
    """A pipe, a file and two folders of other users: the rest is checked all the same."""
    tree = tmp_path / "tree"
    shutil.copytree(inference, tree)
    home = tree / "closed" / "Org"
    results = home / "results" / "board" / "resnet"
    (results / "MultiStream" / "user.conf").write_text("")
    measurements = results / "SingleStream" / "measurements.json"
    measurements.unlink()
    os.mkfifo(measurements)
    locked = [home / "src", results / "Offline" / "performance", home / "calibration.md"]
    modes = [path.stat().st_mode for path in locked]
    for path in locked:
        path.chmod(0o000)
    try:
        with held_to_modes():
            found = errors(tree)
    finally:
        for path, mode in zip(locked, modes, strict=True):
            path.chmod(mode)
    below = [str(path.relative_to(tree)) for path in locked]
    for where in below:
        assert found.count(f"{where}: can't be read: Permission denied") == 1, found
    assert f"{measurements.relative_to(tree)}: can't be read: not a plain file" in found
    assert any("user.conf: is missing or empty" in each for each in found)


def test_a_tree_of_tiny_goes_on_behind_a_folder_that_can_not_be_read(
    tiny: Path, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(tiny, tree)
    (tree / KWS / "performance").chmod(0o000)
    rows_of("accuracy", lambda r: r[0].update({"class": -1}))(tree)
    try:
        with held_to_modes():
            found = errors(tree)
    finally:
        (tree / KWS / "performance").chmod(0o755)
    assert f"{KWS}/performance: can't be read: Permission denied" in found
    assert any("-1 is no class" in each for each in found), found


def test_detections_are_counted_as_the_rules_say() -> None:
    draw = Random(0)
    for _ in range(300):
        stamps = [draw.randrange(40_000) for _ in range(draw.randrange(1, 30))]
        begins = [draw.randrange(40) for _ in range(draw.randrange(12))]
        windows = [[begin, begin + draw.randrange(4)] for begin in begins]
        assert detection_counts(stamps, windows) == slow_counts(stamps, windows)


def test_detections_take_time_in_proportion_to_their_number() -> None:
    stamps = [0, *range(20_000)]
    everywhere = [[0.0, 1e6]] + [[n / 100, n / 100] for n in range(20_000)]
    started = time.process_time()
    assert detection_counts(stamps, everywhere) == (1, 20_000, 0)
    nowhere = [[1e6, 1e6]] * 20_000
    assert detection_counts(stamps, nowhere) == (0, 20_000, 20)
    assert time.process_time() - started < 2


def errors(tree: Path) -> list[str]:
    found = api.check(tree).findings
    return [f"{each.where}: {each.text}" for each in found if each.severity == "error"]


@pytest.mark.parametrize("name", OF_POWER)
def test_a_strange_value_of_a_power_session_is_named(
    inference: Path, tmp_path: Path, name: str
) -> None:
    harm, says = OF_POWER[name]
    tree = tmp_path / "tree"
    shutil.copytree(inference, tree)
    harm(tree)
    found = errors(tree)
    assert any(says in text for text in found), found
