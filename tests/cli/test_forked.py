"""Commands in forks end as commands in processes of their own do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.call import call
from tests.conftest import ROOT

PROGRAM = """
import sys
from pathlib import Path
from tests.cli import forked
{change}
ended = forked.run_forked(sys.argv[2:], Path(sys.argv[1]), {seconds})
print(ended.code)
print(ended.said, end="")
"""


def ended(folder: Path, *words: str, change: str = "", seconds: float = 300) -> tuple[str, str]:
    """Run a command in a fork of a process with one thread; return its exit code and its text."""
    program = PROGRAM.format(change=change, seconds=seconds)
    done = subprocess.run(
        [sys.executable, "-c", program, folder, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "80"},
        check=True,
    )
    code, _, said = done.stdout.partition("\n")
    return code, said


@pytest.mark.parametrize(
    "words", [("list", "boards"), ("show", "nothing"), ("nothing",), ("--version",)]
)
def test_a_command_in_a_fork_ends_as_in_a_process(words: tuple[str, ...], tmp_path: Path) -> None:
    alone = call(*words)
    assert ended(tmp_path, *words) == (f"{alone.returncode}", alone.stdout + alone.stderr)


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        ("import signal; signal.raise_signal(signal.SIGSEGV)", "-11", ""),
        ("import time; time.sleep(60)", "None", ""),
        ("import subprocess; subprocess.run(['sleep', '60'])", "None", ""),
        ("raise KeyError('x')", "1", "KeyError: 'x'"),
        ("import os; os.write(2, b'\\xff'); os._exit(7)", "7", "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_a_bad_end_is_seen(body: str, code: str, says: str, tmp_path: Path) -> None:
    change = f"def main(words):\n    {body}\nforked.main = main"
    seconds = 2 if "sleep" in body else 300
    found, said = ended(tmp_path, "list", change=change, seconds=seconds)
    assert found == code
    assert says in said


def test_damaged_models_end_well_in_every_command() -> None:
    models = ("kws-ds-cnn:int8", "digits-resnet8:float32", "rm1-edge:int4-tables")
    done = subprocess.run(
        [sys.executable, "benchmarks/mutated_models.py", "--mutations", "3", "--models", *models],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^9 damaged models, 54 commands .*: 0 faults$", done.stdout, re.MULTILINE)
