"""A Linux board over SSH: edgebench runs there, timed by its own clock, and its runs come back.

The system's ssh is used, with the user's keys and known_hosts. What it is told to run is quoted
word by word; nothing is put together as a shell's text. A run goes on while the network is away:
it writes its exit code into a file there, which is asked for.
"""

from __future__ import annotations

import hashlib
import io
import logging
import secrets
import shlex
import subprocess
import tarfile
import time
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from edgebench import __version__
from edgebench.errors import DeviceLost, RuntimeMissing, SutFailed
from edgebench.farm.jobs import Job
from edgebench.farm.plan import Target

logger = logging.getLogger(__name__)

CONNECT_S = 10
CALL_S = 60.0
FETCH_S = 600.0
POLL_S = 1.0
AWAY_S = 600.0
"""A network that is away for longer ends the job."""
HOME = ".edgebench-farm"
EXIT_CODE, PID, LOG = "exit-code", "pid", "log.txt"
NO_CONNECTION = 255
RUNS_BYTES = 2**31
"""A job's runs are no larger than this: what comes over a network is not trusted to end."""


class SshMachine:
    """A machine that runs edgebench; see `edgebench.farm.access.Access`."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._program = shlex.split(target.command)

    def __enter__(self) -> Self:
        version = self._version()
        if version is None and self._target.setup:
            self._install(Path(self._target.setup))
            version = self._version()
        if version is None:
            program = shlex.join(self._program)
            raise RuntimeMissing(
                f"{self._target.where} has no {program}: `pip install edgebench` there, or "
                'give the target `setup = "edgebench.whl"`, a wheel to be installed'
            )
        if version != __version__:
            raise RuntimeMissing(
                f"{self._target.where} has edgebench {version}, here it is {__version__}: results "
                "of the two must not be mixed"
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def run(self, job: Job, out: Path) -> list[Path]:
        """Carry a job out there and bring its run directories here, checked by their SHA-256."""
        # Not the job's name alone: another plan may have the same job here at the same time.
        folder = f"{HOME}/{job.id}-{secrets.token_hex(4)}"
        arguments = [*self._program, "run", *_words(job), "--out", "runs"]
        # In a session of its own: the run outlives the connection that began it.
        inner = f"echo $$ > {PID}; {shlex.join(arguments)}; echo $? > {EXIT_CODE}"
        script = (
            f"rm -rf {shlex.quote(folder)} && mkdir -p {shlex.quote(folder)} && "
            f"cd {shlex.quote(folder)} && "
            f"(setsid sh -c {shlex.quote(inner)} > {LOG} 2>&1 < /dev/null &)"
        )
        self._call(script)
        code = self._wait(folder)
        if code not in (0, 3):  # 3: LoadGen calls a result INVALID, which is a result
            said = self._patient(f"tail -n 3 {shlex.quote(f'{folder}/{LOG}')}").decode(
                "utf-8", "replace"
            )
            last = (said.strip().splitlines() or ["it said nothing"])[-1]
            raise SutFailed(f"{self._target.where}: edgebench ended with {code}: {last[:200]}")
        runs = self._fetch(f"{folder}/runs", out)
        self._patient(f"rm -rf {shlex.quote(folder)}")
        return runs

    def _wait(self, folder: str) -> int:
        """Wait for the run's exit code; the run goes on whatever becomes of the network."""
        code, pid = (shlex.quote(f"{folder}/{name}") for name in (EXIT_CODE, PID))
        # Gone without a code: it was killed, or the board went down and came back.
        ask = (
            f"cat {code} 2>/dev/null || "
            f'kill -0 "$(cat {pid})" 2>/dev/null || cat {code} 2>/dev/null || echo gone'
        )
        while True:
            text = self._patient(ask).strip()
            if text.isdigit():
                return int(text)
            if text == b"gone":
                raise DeviceLost(f"{self._target.where}: the run there has ended without a word")
            time.sleep(POLL_S)

    def _patient(self, script: str, timeout_s: float = CALL_S) -> bytes:
        """Call what may be called twice, again and again while the network is away."""
        end = time.monotonic() + AWAY_S
        while True:
            try:
                return self._call(script, timeout_s=timeout_s)
            except DeviceLost as error:
                logger.warning("%s; tried again", error)
                if time.monotonic() > end:
                    raise
            time.sleep(POLL_S)

    def _fetch(self, folder: str, out: Path) -> list[Path]:
        sums = self._patient(
            f"cd {shlex.quote(folder)} && find . -type f -print0 | xargs -0 sha256sum --zero",
            timeout_s=FETCH_S,
        )
        wanted = _hashes(sums)
        archive = self._patient(f"tar -C {shlex.quote(folder)} -cf - .", timeout_s=FETCH_S)
        files = _unpacked(archive, wanted, self._target.where)
        for name, content in files.items():
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return sorted(
            out / name.split("/")[0]
            for name in files
            if name.count("/") == 1
            and name.endswith("/run.json")
            and not name.split("/")[0].endswith(".partial")
        )

    def _version(self) -> str | None:
        command = shlex.join([*self._program, "--version"])
        said = self._call(f"{command} 2>/dev/null || :").decode("utf-8", "replace").split()
        return said[-1] if said else None

    def _install(self, wheel: Path) -> None:
        """Make an environment there and install a wheel, which is sent over the connection."""
        if not wheel.is_file():
            raise RuntimeMissing(f"{wheel}: there is no such wheel to set {self._target.where} up")
        name = shlex.quote(wheel.name)
        self._call(
            f"mkdir -p {HOME} && cat > {HOME}/{name}", data=wheel.read_bytes(), timeout_s=FETCH_S
        )
        self._call(
            f"python3 -m venv {HOME}/venv && {HOME}/venv/bin/pip install --quiet {HOME}/{name}",
            timeout_s=FETCH_S,
        )
        home = self._call("pwd").decode("utf-8", "replace").strip()
        self._program = [f"{home}/{HOME}/venv/bin/edgebench"]

    def _call(self, script: str, data: bytes = b"", timeout_s: float = CALL_S) -> bytes:
        config = self._target.ssh_config
        command = [
            "ssh",
            *(["-F", config] if config else []),
            "-o",
            "BatchMode=yes",
            "-o",
            f"ConnectTimeout={CONNECT_S}",
            "--",
            self._target.where,
            script,
        ]
        logger.debug("%s: %s", self._target.where, script)
        try:
            done = subprocess.run(
                command, input=data, capture_output=True, timeout=timeout_s, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise DeviceLost(f"{self._target.where} does not answer over ssh") from error
        except OSError as error:
            raise RuntimeMissing(f"ssh can't be run: {error.strerror}") from error
        logger.debug(
            "%s: exit code %d, %d bytes, %r",
            self._target.where,
            done.returncode,
            len(done.stdout),
            done.stderr,
        )
        if done.returncode == NO_CONNECTION:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise DeviceLost(f"{self._target.where}: {said[-1] if said else 'no connection'}")
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise SutFailed(f"{self._target.where}: {said[-1] if said else done.returncode}")
        return done.stdout


def _words(job: Job) -> list[str]:
    """Return a job as the words of `edgebench run`."""
    words = [job.run.model] if job.run.model else []
    for scenario in job.run.scenarios:
        words += ["--scenario", scenario]
    for mode in job.run.modes:
        words += ["--mode", mode]
    for key, value in job.run.options.items():
        option = f"--{_OPTION.get(key, key.replace('_', '-'))}"
        if value is True:
            words.append(option)
        elif value is not False:
            text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
            words += [option, text]
    return words


_OPTION = {
    "duration_s": "duration",
    "warmup_s": "warmup",
    "latency_bound_ms": "latency-bound",
    "idle_s": "idle",
    "frequency_mhz": "frequency",
}
"""Where the command line calls a field of `RunRequest` otherwise."""


def _hashes(text: bytes) -> dict[str, str]:
    found = {}
    for entry in text.decode("utf-8", "replace").split("\0"):
        digest, _, name = entry.partition("  ")
        if name:
            found[name.removeprefix("./")] = digest
    return found


def _unpacked(archive: bytes, wanted: Mapping[str, str], where: str) -> dict[str, bytes]:
    """Return an archive's files by name; only plain files inside it, each with its hash."""
    if len(archive) > RUNS_BYTES:
        raise SutFailed(f"{where}: its runs have {len(archive)} bytes")
    files = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            name = str(PurePosixPath(member.name))
            inside = not name.startswith("/") and ".." not in PurePosixPath(name).parts
            if not member.isfile() or not inside:
                continue
            file = tar.extractfile(member)
            files[name] = file.read() if file is not None else b""
    damaged = [
        name
        for name, digest in wanted.items()
        if hashlib.sha256(files.get(name, b"")).hexdigest() != digest
    ]
    if damaged or set(files) != set(wanted):
        name = (damaged or sorted(set(files) ^ set(wanted)))[0]
        raise DeviceLost(f"{where}: {name} did not come as it was sent")
    return files
