"""A meter of another package: built as a wheel, installed, listed and measured with."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.api.conftest import installed_python, type_checked

__all__ = ["installed_python"]

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "edgebench-kettle"
version = "1.0"

[project.entry-points."edgebench.meters"]
kettle = "edgebench_kettle:KettleDriver"
broken = "edgebench_kettle:Nothing"
half = "edgebench_kettle:Half"

[tool.hatch.build.targets.wheel]
packages = ["edgebench_kettle"]
"""
DRIVER = '''
"""A kettle that reports its power."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from edgebench.errors import MeterNotFound
from edgebench.types import (
    Accuracy,
    Choice,
    Figures,
    Found,
    Limit,
    MeterDescription,
    MeterDriver,
    MeterPlace,
    Number,
    Polled,
    PowerMeter,
    Requirement,
    option,
)


@dataclass(frozen=True, kw_only=True)
class KettleOptions:
    supply_v: float = option("supply", Number(100, 250, "V"), about="it knows amperes alone")
    rate_hz: float = option("rate", Number(1, 1000, "Hz"), 100.0)
    lid: str = option("lid", Choice("open", "shut"), "shut")


ODD: dict[str, dict[str, Any]] = {
    "cellar": {"serial": None},
    "loft": {"channels": None},
    "shed": {"shunts_ohm": {"water": "0.1"}},
}


class KettleDriver:
    name = "kettle"
    aliases: tuple[str, ...] = ("samovar",)
    requires: Requirement | None = None
    supplies = False
    options: type[object] | None = KettleOptions
    usage = "kettle:KITCHEN"
    summary = "a kettle with a network"
    rate = "`rate=100`"
    figures = Figures.MEASURED
    advice = "name its kitchen: `power=kettle:KITCHEN`"

    def discover(self) -> Sequence[Found]:
        return [Found("downstairs", "the kettle downstairs", is_read=False)]

    def open(self, place: MeterPlace) -> PowerMeter:
        options = place.options_as(KettleOptions)
        kitchen = place.required_address("kettle:KITCHEN")
        if kitchen == "nowhere":
            raise MeterNotFound(f"kettle: no kitchen {kitchen}")
        about = MeterDescription(
            name="kettle",
            detail=f"{kitchen}, lid {options.lid}",
            channels=("water",),
            period_s=1 / options.rate_hz,
            counts_energy=False,
            accuracy=Accuracy(0.01, 0.0, "its type plate", (Limit("lid", offset_w=0.5),)),
            serial="K-7",
        )
        about = replace(about, **ODD.get(kitchen, {}))
        return Polled(about, lambda: 2.0 * options.supply_v)


driver: MeterDriver = KettleDriver()


class Half:
    name = "half"
'''


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The environment of an edgebench that has the package: pip put its wheel into a folder."""
    folder = tmp_path_factory.mktemp("kettle")
    source, wheels, site = folder / "source", folder / "wheels", folder / "site"
    package = source / "edgebench_kettle"
    package.mkdir(parents=True)
    (source / "pyproject.toml").write_text(PYPROJECT)
    (package / "__init__.py").write_text(DRIVER)
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    built = [*pip, "wheel", "--no-deps", "--no-index", "--no-build-isolation", str(source)]
    subprocess.run([*built, "-w", str(wheels)], check=True, timeout=120)
    (wheel,) = wheels.glob("*.whl")
    installed = [*pip, "install", "--no-deps", "--no-index", "--target", str(site), str(wheel)]
    subprocess.run(installed, check=True, timeout=120)
    path = os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path}


def edgebench(
    environment: Mapping[str, str], *words: str, code: int = 0, where: Path | None = None
) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "edgebench", *words],
        env=environment,
        cwd=where,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return " ".join((done.stdout + done.stderr).split())


def test_lists_and_help_follow_from_the_driver(environment: Mapping[str, str]) -> None:
    found = edgebench(environment, "meters")
    assert "kettle:downstairs" in found
    assert "the kettle downstairs" in found
    assert "broken: it can't be loaded (AttributeError: module 'edgebench_kettle'" in found
    assert "half: its driver has no `aliases`, `supplies`" in found
    listed = edgebench(environment, "list", "meters")
    assert "kettle a kettle with a network" in listed
    assert "supply= 100 to 250 V [required]" in listed
    assert "lid= one of open, shut [default: shut]" in listed
    assert "joulescope, kettle, lpm01a" in edgebench(environment, "run", "--help")
    doctor = json.loads(edgebench(environment, "doctor", "--json"))
    kettles = [each for each in doctor if each["name"] == "kettle:downstairs"]
    assert [each["detail"] for each in kettles] == [
        "--power kettle:downstairs: the kettle downstairs"
    ]


@pytest.mark.parametrize(
    ("power", "supply", "says"),
    [
        ("kettle:attic", None, "kettle needs --supply: it knows amperes alone"),
        ("kettle:attic", "3.3", "kettle: --supply must be 100 to 250 V, not 3.3"),
        ("kettle:attic,lid=ajar", "230", "lid= must be one of open, shut, not 'ajar'"),
        ("kettle:attic,cup=1", "230", "kettle has no option 'cup'; it has lid, rate, supply"),
        ("kettle:nowhere", "230", "kettle: no kitchen nowhere"),
        ("kettle:cellar", "230", "kettle: .* `serial` must be a string, not null"),
        ("kettle:loft", "230", "kettle: .* `channels` must be a list, not null"),
        ("kettle:shed", "230", "kettle: .* `shunts_ohm.water` must be a number, not '0.1'"),
        ("half:x", None, "the meter half can't be used: its driver has no `aliases`"),
        ("hwmon", "0", "--supply must be more than 0 V, not 0"),
    ],
)
def test_errors_follow_from_the_driver(
    environment: Mapping[str, str], tmp_path: Path, power: str, supply: str | None, says: str
) -> None:
    words = ["power", "record", "--power", power, "--out", str(tmp_path / "t.npz")]
    said = edgebench(environment, *words, *(["--supply", supply] if supply else []), code=2)
    assert re.search(says, said), said


def test_it_is_written_and_type_checked_by_the_public_names(
    installed_python: Path, tmp_path: Path
) -> None:
    """docs/python.md: what a meter implements and is given is in `edgebench.types`."""
    assert set(re.findall(r"from (edgebench\S*)", DRIVER)) == {
        "edgebench.errors",
        "edgebench.types",
    }
    script = tmp_path / "edgebench_kettle.py"
    script.write_text(DRIVER)
    assert type_checked(installed_python, script).stdout == ""
    script.write_text(DRIVER.replace("    usage =", "    use ="))
    done = type_checked(installed_python, script)
    assert '"KettleDriver" is missing following "MeterDriver" protocol member' in done.stdout


def test_a_run_is_measured_with_it(
    environment: Mapping[str, str], dense_tflite: Path, tmp_path: Path
) -> None:
    options = "--scenario singlestream --mode performance --duration 0.5 --warmup 0.05 --idle 0.3"
    edgebench(
        environment,
        *("run", str(dense_tflite), *options.split()),
        *("--power", "samovar:attic,lid=open", "--supply", "230", "--out", str(tmp_path / "runs")),
    )
    (record,) = (tmp_path / "runs").glob("*/run.json")
    energy = json.loads(record.read_text())["energy"]
    assert energy["problem"] == ""
    assert energy["average_w"] == pytest.approx(460)
    assert energy["meter"]["detail"] == "attic, lid open"
    assert energy["meter"]["serial"] == "K-7"
