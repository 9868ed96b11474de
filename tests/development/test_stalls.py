"""Whether the machine stood still is seen from the machine, not from a result."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import ROOT
from tests.reruns import REPEATED, VARIABLE
from tests.stalls import LONGEST_S, TRIES

CODE = """
import time
from tests.stalls import undisturbed
tries = []
def measure():
    tries.append(0)
    print("begun", flush=True)
    time.sleep(0.5)
    return len(tries)
print("stands", undisturbed(measure), flush=True)
"""


def test_what_a_stall_has_spoilt_is_done_again_and_the_last_try_stands(tmp_path: Path) -> None:
    """A process that is stopped gets no processor, as on a machine that is shared."""
    lines = []
    with subprocess.Popen(
        [sys.executable, "-c", CODE],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, VARIABLE: str(tmp_path / "reruns")},
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.strip())
            if line == "begun\n":
                time.sleep(0.1)
                os.kill(process.pid, signal.SIGSTOP)
                time.sleep(3 * LONGEST_S)
                os.kill(process.pid, signal.SIGCONT)
    assert lines == ["begun"] * TRIES + [f"stands {TRIES}"]
    counted = (tmp_path / "reruns").read_text().splitlines()
    assert len(counted) == TRIES - 1
    assert all(line.startswith(REPEATED) for line in counted)
