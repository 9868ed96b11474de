"""Carry jobs out on a machine that runs edgebench itself.

What it is given to run is quoted word by word, and the run's request goes there as JSON. A run goes
on while the network is away: it writes its exit code into a file there, which is asked for.
"""

from __future__ import annotations

import logging
import re
import secrets
import shlex
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from edgebench import __version__
from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import DeviceLost, EdgebenchError, RuntimeMissing, SutFailed
from edgebench.farm.planning.jobs import Job
from edgebench.farm.planning.targets import SshTarget
from edgebench.farm.ssh.archive import ARCHIVE_BYTES, parse_sums, unpack
from edgebench.farm.ssh.connection import POLL_S, Connection, patiently
from edgebench.files.disk import disk_errors
from edgebench.rundir.layout import PARTIAL_SUFFIX, RUN_JSON
from edgebench.text.json_text import json_text
from edgebench.text.typed_json import unstructure

logger = logging.getLogger(__name__)

FETCH_S = 600.0
END_S = 10.0
HOME = ".edgebench-farm"
EXIT_CODE, PID, LOG, REQUEST = "exit-code", "pid", "log.txt", "request.json"
LOG_BYTES = 20_000
_EXIT_CODE = re.compile(rb"[0-9]{1,3}")
RESULT_CODES = (0, 3)
"""3: LoadGen calls a result INVALID, which is a result."""


class SshMachine(CloseOnExit):
    """A machine that runs edgebench; see `edgebench.farm.access.contract.Access`."""

    def __init__(self, target: SshTarget) -> None:
        self._target = target
        self.connection = Connection(target)
        self._program = shlex.split(target.command)

    @property
    def program(self) -> str:
        """Edgebench's program there, as a shell's words."""
        return shlex.join(self._program)

    def __enter__(self) -> Self:
        where, version = self._target.ssh, self._version()
        if version is None and self._target.setup:
            self._install(Path(self._target.setup))
            version = self._version()
        if version is None:
            raise RuntimeMissing(
                f"{where} has no {self.program}: `pip install edgebench` there, or "
                'give the target `setup = "edgebench.whl"`, a wheel to be installed'
            )
        if version != __version__:
            raise RuntimeMissing(
                f"{where} has edgebench {version}, here it is {__version__}: results "
                "of the two must not be mixed"
            )
        return self

    def run(self, job: Job, out: Path) -> list[Path]:
        """Carry a job out there and bring its run directories here, checked by their SHA-256."""
        # Not the job's name alone: another plan may have the same job here at the same time.
        folder = f"{HOME}/{job.id}-{secrets.token_hex(4)}"
        try:
            self._start(job, folder)
            self._check(self._wait(folder), folder)
        except BaseException:  # Ctrl-C as well: nothing must go on out there
            self._abandon(folder)
            raise
        runs = self._fetch(folder, out)
        # They are here: what is left over there is no reason to measure them once more.
        with suppress(EdgebenchError):
            self.connection.call(f"rm -rf {folder}", timeout_s=END_S)
        return runs

    def _start(self, job: Job, folder: str) -> None:
        """Start a run that outlives the connection that began it, in a session of its own."""
        words = [*self._program, "run", "--request", REQUEST, "--out", "runs"]
        inner = f"{shlex.join(words)}; echo $? > {EXIT_CODE}"
        self.connection.call(
            f"mkdir -p {folder} && cd {folder} && cat > {REQUEST} && "
            f"(setsid sh -c {shlex.quote(inner)} > {LOG} 2>&1 < /dev/null & echo $! > {PID})",
            data=json_text(unstructure(job.request), None).encode(),
        )

    def _wait(self, folder: str) -> int:
        """Wait for the run's exit code; the run goes on whatever becomes of the network."""
        code, pid = f"{folder}/{EXIT_CODE}", f"{folder}/{PID}"
        # Gone without a code: it was killed, or the board went down and came back.
        ask = (
            f"cat {code} 2>/dev/null || "
            f'kill -0 "$(cat {pid})" 2>/dev/null || cat {code} 2>/dev/null || echo gone'
        )
        while True:
            text = self.connection.patient(ask).strip()
            if _EXIT_CODE.fullmatch(text):
                return int(text)
            if text:
                raise DeviceLost(
                    f"{self._target.ssh}: the run there ended without an exit code; last line: "
                    f"{self._last_line(folder)}"
                )
            time.sleep(POLL_S)

    def _check(self, code: int, folder: str) -> None:
        if code not in RESULT_CODES:
            raise SutFailed(
                f"{self._target.ssh}: edgebench ended with {code}: {self._last_line(folder)}"
            )

    def _last_line(self, folder: str) -> str:
        """Return the last line of the run's output there; more of it goes to our own log."""
        said = self.connection.patient(f"tail -c {LOG_BYTES} {folder}/{LOG}")
        text = said.decode("utf-8", "replace").strip()
        logger.warning("%s: output of %s:\n%s", self._target.ssh, folder, text)
        return (text.splitlines() or ["no output"])[-1][:200]

    def _abandon(self, folder: str) -> None:
        """End a run that is not waited for any more, so that it does not disturb the next one."""
        with suppress(EdgebenchError):
            self.connection.call(
                # Its process group; not every shell takes `kill -9 -- -PID`.
                f'kill -9 "-$(cat {folder}/{PID})" 2>/dev/null; rm -rf {folder}',
                timeout_s=END_S,
            )

    def _fetch(self, folder: str, out: Path) -> list[Path]:
        """Bring a finished run's directories here, and only then give them their place."""
        with disk_errors(out):
            out.mkdir(parents=True, exist_ok=True)
            incoming = tempfile.TemporaryDirectory(prefix=".incoming-", dir=out)
        with incoming as name:
            # From the start again if the network goes away meanwhile.
            came = patiently(lambda: self._copied(f"{folder}/runs", Path(name)))
            runs = [
                path
                for path in sorted(came.iterdir())
                if (path / RUN_JSON).is_file() and not path.name.endswith(PARTIAL_SUFFIX)
            ]
            if not runs:
                raise SutFailed(f"{self._target.ssh}: edgebench left no run directory there")
            return [path.rename(out / path.name) for path in runs]

    def _copied(self, runs: str, incoming: Path) -> Path:
        """Copy a folder from there into a new one below ``incoming``, and return that."""
        sums = self.connection.call(
            f"cd {runs} && find . -type f -exec sha256sum {{}} +", timeout_s=FETCH_S
        )
        wanted = parse_sums(sums, self._target.ssh)
        with disk_errors(incoming):
            folder = Path(tempfile.mkdtemp(dir=incoming))
        tar = f"tar -C {runs} -cf - ."
        with self.connection.running(tar, b"", FETCH_S, ARCHIVE_BYTES) as archive:
            unpack(archive, wanted, folder, self._target.ssh)
        return folder

    def _version(self) -> str | None:
        said = self.connection.call(f"{self.program} --version 2>/dev/null || :")
        words = said.decode("utf-8", "replace").split()
        return words[-1] if words else None

    def _install(self, wheel: Path) -> None:
        """Make an environment there and install a wheel, which is sent over the connection."""
        if not wheel.is_file():
            raise RuntimeMissing(f"{wheel}: there is no such wheel to set {self._target.ssh} up")
        name = shlex.quote(wheel.name)
        self.connection.call(
            f"mkdir -p {HOME} && cat > {HOME}/{name}", data=wheel.read_bytes(), timeout_s=FETCH_S
        )
        self.connection.call(
            f"python3 -m venv {HOME}/venv && {HOME}/venv/bin/pip install --quiet {HOME}/{name}",
            timeout_s=FETCH_S,
        )
        home = self.connection.call("pwd").decode("utf-8", "replace").strip()
        self._program = [f"{home}/{HOME}/venv/bin/edgebench"]
