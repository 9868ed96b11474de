"""Run jobs on a port of this machine, or on an emulated device."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import UsageError
from edgebench.farm.access.deploy import Deployer
from edgebench.farm.planning.jobs import Job
from edgebench.farm.planning.targets import DeviceTarget
from edgebench.harness.run.session import run_request


class LocalDevice(CloseOnExit):
    """See `edgebench.farm.access.contract.Access`."""

    def __init__(self, target: DeviceTarget) -> None:
        self._target = target
        self._deployer = Deployer(target)

    def run(self, job: Job, out: Path) -> list[Path]:
        """Carry a job out."""
        self._deployer.deploy(job)
        return run_on_port(self._target.device, job, out)


def run_on_port(port: str, job: Job, out: Path) -> list[Path]:
    """Run a job's model on the serial device that is behind a port now."""
    if job.request.device is None:
        raise UsageError(f"job {job.id} is not for a device")
    device = replace(job.request.device, port=port)
    result = run_request(replace(job.request, device=device), out)
    return [run.path for run in result.runs]
