"""Whether numpy fits under a limit, by a numpy that ends as the real one can."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

TRIED = """
from edgebench.cli.memory_limits import require_memory_for_numpy
import pathlib, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (8 << 30, resource.getrlimit(resource.RLIMIT_AS)[1]))
for line in sys.stdin.read().splitlines():
    pathlib.Path(sys.argv[1], "numpy.py").write_text(line)
    try:
        require_memory_for_numpy()
    except MemoryError:
        print("no memory")
    else:
        print("goes on")
"""


def test_only_a_want_of_memory_is_called_so(tmp_path: Path) -> None:
    ends = {
        "": "goes on",
        "import no_such_module": "goes on",
        "raise ImportError('undefined symbol: cblas_sgemm')": "goes on",
        "raise ImportError('numpy.so: failed to map segment from shared object')": "no memory",
        "raise MemoryError": "no memory",
        "import os; os._exit(1)": "no memory",
    }
    done = subprocess.run(
        [sys.executable, "-B", "-c", TRIED, tmp_path],
        input="\n".join(ends),
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == list(ends.values()), done.stderr
    assert resource.getrlimit(resource.RLIMIT_AS)[0] != 8 << 30
