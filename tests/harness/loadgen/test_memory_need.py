"""LoadGen's queries are to fit into memory before they are made."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from edgebench.datasets.load import load_dataset
from edgebench.errors import MemoryShort
from edgebench.harness.loadgen import loadgen
from edgebench.harness.loadgen.memory_need import check_memory, needed_bytes
from edgebench.mlperf.loadgen.config import Value
from edgebench.mlperf.scenarios import SCENARIOS, ScenarioName
from edgebench.runtime_settings import RuntimeSettings
from tests.conftest import ROOT
from tests.harness.made_suts import MadeSut
from tests.host.trees import v2_tree

TEN_S = 10_000


@pytest.mark.parametrize(
    ("scenario", "conf", "queries_bytes"),
    [
        # A query of 0.1 ms: twice the 100,000 that 10 s have.
        ("singlestream", {"min_duration": TEN_S, "target_latency": 0.1}, 94_000_000),
        ("multistream", {"min_duration": TEN_S, "target_latency": 0.8}, 18_750_000),
        ("server", {"min_duration": TEN_S, "target_qps": 1000.0}, 3_550_000),
        ("server", {"min_duration": 1, "target_qps": 1.0, "min_query_count": 1000}, 355_000),
        ("offline", {"min_duration": TEN_S, "target_qps": 5000.0}, 9_075_000),
    ],
)
def test_a_test_is_refused_from_the_byte_on_that_it_would_not_fit(
    tmp_path: Path, scenario: ScenarioName, conf: dict[str, Value], queries_bytes: int
) -> None:
    needed = needed_bytes(SCENARIOS[scenario], conf, 1_000_000)
    assert needed == round(1.05 * (queries_bytes + 1_000_000))
    meminfo = tmp_path / "proc" / "meminfo"
    meminfo.parent.mkdir()
    meminfo.write_text(f"MemAvailable: {needed // 1024 + 1} kB\n")
    check_memory(SCENARIOS[scenario], conf, 1_000_000, tmp_path)
    meminfo.write_text(f"MemAvailable: {needed // 1024 - 1} kB\n")
    with pytest.raises(MemoryShort, match=f"take {needed / 2**20:,.0f} MiB"):
        check_memory(SCENARIOS[scenario], conf, 1_000_000, tmp_path)
    # A container's limit is named, and what to do about it.
    meminfo.write_text(f"MemAvailable: {needed} kB\n")
    v2_tree(tmp_path, "/docker/ab", {"docker/ab": {"memory.max": f"{needed - 1}"}})
    with pytest.raises(
        MemoryShort, match=r"limit of [0-9,]+ MiB \(control group /docker/ab\)\. Ra"
    ):
        check_memory(SCENARIOS[scenario], conf, 1_000_000, tmp_path)
    v2_tree(tmp_path, "/docker/ab", {"docker/ab": {"memory.max": f"{needed}"}})
    check_memory(SCENARIOS[scenario], conf, 1_000_000, tmp_path)
    # Where nobody says what is available, nothing is refused.
    check_memory(SCENARIOS[scenario], conf, 1_000_000, tmp_path / "none")


GROWTH = """
import re, sys
from pathlib import Path
from edgebench.harness.loadgen.memory_need import needed_bytes
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import run_request
from tests.mlperf.loadgen_config import read_config
from edgebench.mlperf.scenarios import SCENARIOS
from tests.harness.made_suts import MadeSut, factory

scenario = SCENARIOS[sys.argv[1]]

def peak_bytes():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024

def measured(seconds):
    request = RunRequest(scenarios=(scenario.name,), modes=("performance",), model="digits-resnet8",
                         duration_s=seconds, warmup_s=0.05)
    (run,) = run_request(request, Path(sys.argv[2]), factory=factory(MadeSut(lambda *_: 0))).runs
    conf = read_config(run.path / "performance" / "user.conf")
    return {key.split(".")[-1]: float(value) for key, value in conf.items()}

measured(0.1)
before = peak_bytes()
conf = measured(3)
print(peak_bytes() - before, needed_bytes(scenario, conf, 0))
"""


@pytest.mark.parametrize("scenario", ["singlestream", "offline"])
def test_what_is_reckoned_is_what_loadgen_takes(tmp_path: Path, scenario: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", GROWTH, scenario, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    grown, reckoned = (int(word) for word in done.stdout.split()[-2:])
    assert reckoned > 20e6
    assert 0.6 < grown / reckoned < 1.4


def test_every_process_s_samples_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    data = load_dataset("digits")
    sample_bytes = sum(array.nbytes for array in data.sample(0))
    monkeypatch.setattr(loadgen, "LOADED_BYTES", 12 * sample_bytes)
    sut = MadeSut(lambda *_: 0.0)
    for kind, instances, held in (("threads", 3, 12), ("processes", 3, 4), ("processes", 1, 12)):
        settings = RuntimeSettings(instance_kind=kind, instances=instances)  # type: ignore[arg-type]
        sut.description = replace(sut.description, settings=settings)
        copies = instances if kind == "processes" else 1
        assert loadgen.loaded_bytes(sut, data) == held * copies * sample_bytes
