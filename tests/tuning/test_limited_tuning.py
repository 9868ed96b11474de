"""A search under a CPU quota: no more is tried than it pays for, and the quota is said."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.host.real_cgroup import QUOTA, real_group


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one CPU: nothing to leave out")
def test_no_more_is_tried_than_the_quota_pays_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with real_group("tune", {"cpu": QUOTA}) as group:
        done = group.run(
            "tune", "digits-resnet8", "--objective", "throughput", "--budget", "5", "--json"
        )
    assert done.returncode == 0, done.stderr
    tuned = json.loads(done.stdout)
    settings = [trial["settings"] for trial in tuned["trials"]]
    assert {(each["threads"], each["instances"]) for each in settings} == {(1, 1)}
    assert len(tuned["machine"]["cpus"]) == 1
    assert any(re.search(r"held up \d+ of \d+ trials", note) for note in tuned["notes"])
