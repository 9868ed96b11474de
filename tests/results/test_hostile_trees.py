"""Trees with values that no program of MLCommons' writes: each is an error that is named."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from edgebench import api
from tests.results.planted.faults import Harm, as_json
from tests.results.planted.power_faults import CLIENT, SERVER
from tests.results.planted.trees import inference_tree


@pytest.fixture(scope="module")
def inference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return inference_tree(tmp_path_factory.mktemp("inference"))


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
