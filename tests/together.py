"""Which tests stay on one process of `make test`: those that share what takes seconds to make.

pytest-xdist's own mark for that, `xdist_group`, is handed on in a test's name, which pytest 9.2
does not let it change: it is ignored without a word. Groups by file work with every pytest.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

SSHD = "sshd"
TOGETHER = {
    **{
        path: path
        for path in (
            "tests/api/test_docs.py",
            "tests/api/test_third_party.py",
            "tests/farm/labgrid/test_farm.py",
            "tests/farm/labgrid/test_faults.py",
            "tests/harness/devices/test_cycles.py",
            "tests/harness/devices/test_device_run.py",
            "tests/kills/test_kills.py",
            "tests/power/test_third_party.py",
            "tests/results/report/test_heat_map.py",
            "tests/results/report/test_report.py",
            "tests/results/submit/test_submit.py",
            "tests/results/submit/test_submit_tiny.py",
            "tests/training/test_to_quality.py",
            "tests/tuning/test_tuned.py",
        )
    },
    "tests/farm/ssh/test_ssh.py": SSHD,
    "tests/sharding/test_sharding.py::test_mpirun_takes_it_to_other_hosts": SSHD,
}
"""Files and tests, and what the group is called that each is of."""


class Together(LoadScopeScheduling):
    """Gives a group to one process, the largest first; any other test to whichever is free."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def group_of(nodeid: str) -> str:
    """Return the group that a test is of; one that is of none is a group by itself."""
    return TOGETHER.get(nodeid) or TOGETHER.get(nodeid.partition("::")[0]) or nodeid


class Groups:
    """A pytest plugin that keeps groups together with ``--dist=loadgroup``."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Producer) -> Together | None:
        """Return what shares the tests out; without groups that is pytest-xdist's own."""
        return Together(config, log) if config.getvalue("dist") == "loadgroup" else None
