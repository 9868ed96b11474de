"""A real sshd on loopback, with keys of its own: this machine as the machine over SSH."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
needs_sshd = pytest.mark.skipif(
    SSHD is None or shutil.which("ssh-keygen") is None, reason="there is no sshd here"
)
HOSTS = ("board", "other")
"""Names that ssh knows it by."""


class Sshd:
    """A context manager: an sshd on a free port, with keys of its own; its home is a folder.

    ``environment`` is what its shells get besides.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder, self.home = folder, folder / "home"
        self.home.mkdir()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        for name in ("host", "user"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)],
                check=True,
            )
        shutil.copy(folder / "user.pub", folder / "authorized_keys")
        (folder / "authorized_keys").chmod(0o600)
        host_key = (folder / "host.pub").read_text().split()[:2]
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {' '.join(host_key)}\n")
        variables = {"HOME": str(self.home), **environment}
        (folder / "sshd_config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\n"
            f"AuthorizedKeysFile {folder / 'authorized_keys'}\nPidFile {folder / 'pid'}\n"
            "StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\n"
            f"SetEnv {' '.join(f'{key}={value}' for key, value in variables.items())}\n"
        )
        self.config = folder / "ssh_config"
        self.config.write_text(
            f"Host {' '.join(HOSTS)}\n  HostName 127.0.0.1\n  Port {self.port}\n"
            f"  User {getpass.getuser()}\n"
            f"  IdentityFile {folder / 'user'}\n  IdentitiesOnly yes\n"
            f"  UserKnownHostsFile {folder / 'known_hosts'}\n"
        )

    def start(self) -> None:
        Path("/run/sshd").mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [str(SSHD), "-D", "-e", "-f", str(self.folder / "sshd_config")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "log").open("a"),
            start_new_session=True,
        )
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise TimeoutError((self.folder / "log").read_text())

    def stop(self) -> None:
        """Take the way there away."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def running(folder: Path, **environment: str) -> Iterator[Sshd]:
    """Yield a running sshd; for fixtures."""
    server = Sshd(folder, **environment)
    try:
        server.start()
    except (TimeoutError, PermissionError) as error:
        pytest.skip(f"sshd does not run here: {error}")
    yield server
    server.stop()
