"""Energy on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.call import call


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "m.csv"
    path.write_text("seconds,watts\n" + "".join(f"{i / 10},2.0\n" for i in range(50)))
    return path


def test_an_accuracy_that_is_not_stated_is_said(recording: Path) -> None:
    done = call("power", "integrate", str(recording), "--inferences", "10")
    assert done.returncode == 0
    assert "9.8 J (accuracy not stated: --meter-accuracy) in 4.9 s" in done.stdout
    assert "+-" not in done.stdout
    done = call("power", "integrate", str(recording), "--meter-accuracy", "0.5%")
    assert "9.8 J +- 46.55 mJ (0.47%, k = 1.65) in 4.9 s" in done.stdout


@pytest.mark.parametrize("text", ["0.5", "much", "-1%", "0.5 percent"])
def test_an_accuracy_needs_its_sign(recording: Path, text: str) -> None:
    done = call("power", "integrate", str(recording), "--meter-accuracy", text)
    assert done.returncode == 2
    assert f"{text!r} is no percentage such as 0.5%" in done.stderr


def test_a_meter_s_problem_is_said_by_every_command_that_has_its_energy(tmp_path: Path) -> None:
    path = tmp_path / "r.npz"
    meter = "virtual:ppk2,overflow=0.2"
    for words in (
        ("power", "record", "--power", meter, "--duration", "0.8", "--out", path),
        ("power", "integrate", path),
    ):
        done = call(*words)
        assert "its range was left: more than 1 A" in done.stderr
        # A progress line is written over, not one with the character's name.
        assert "\\r" not in done.stderr
        assert done.returncode == 1


def test_the_energy_s_lines_wrap_between_words(tmp_path: Path) -> None:
    path = tmp_path / "power.csv"
    rows = [f"{number * 0.01:.2f},{1.2345 + number % 7 / 1000}" for number in range(500)]
    path.write_text("\n".join(["t_s,power_W", *rows]))
    asked = ("power", "integrate", str(path), "--from", "0.123", "--to", "4.321")
    asked += ("--meter-accuracy", "0.5%", "--inferences", "123")
    whole = call(*asked).stdout
    wrapped = call(*asked, FORCE_COLOR="1", NO_COLOR="1").stdout
    assert max(map(len, whole.splitlines())) > 80
    assert max(map(len, wrapped.splitlines())) <= 80
    assert wrapped.split() == whole.split()
