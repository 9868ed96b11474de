"""What the system refuses ends in one sentence that names the limit, and exit code 1."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgebench.firmware.building.host import build_host
from edgebench.models.packages.catalog import catalog
from edgebench.models.resolve import resolve_model
from tests.cli.call import command
from tests.files.quota import quota
from tests.host.real_cgroup import real_group

RUN = (
    *("run", "digits-resnet8", "--mode", "performance", "--scenario", "offline"),
    *("--duration", "0.3", "--warmup", "0.1", "--out"),
)
MIB = 2**20


def called(*arguments: str, limit: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command line, in a shell that has set a limit, if one is given."""
    if not limit:
        return command(*arguments, environment=env)
    return subprocess.run(
        ["sh", "-c", f'{limit}\nexec "$@"', "sh", sys.executable, "-m", "edgebench", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **env},
        check=False,
    )


def refused(done: subprocess.CompletedProcess[str], says: str, code: int = 1) -> None:
    """Check that a command ended as it should."""
    assert "Traceback" not in done.stderr
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert done.stderr.count("edgebench: ") == 1


@pytest.fixture
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """Mount a small file system; it is given as ``size=...`` and the like."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", request.param, "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Use up all space."""
    with (folder / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


@pytest.mark.parametrize("disk", ["size=1m"], indirect=True)
def test_a_disk_that_is_full_before_the_lock_is_said_once(disk: Path) -> None:
    there = disk / "there"
    there.mkdir()
    fill(disk)
    for out in (disk / "new", there):
        refused(called(*RUN, str(out)), f"{out}: no space left; free some or choose another --out")


@pytest.mark.parametrize(
    "disk", [f"size=80m,nr_inodes={each}" for each in (3, 5, 7, 9, 11)], indirect=True
)
def test_a_disk_without_inodes_is_a_full_one(disk: Path) -> None:
    # LoadGen ends the process by SIGSEGV where it can't open one of its logs.
    refused(called(*RUN, str(disk / "o")), "no space left")


@pytest.mark.parametrize("disk", ["size=1m,ro"], indirect=True)
def test_a_disk_that_can_t_be_written_is_said(disk: Path) -> None:
    refused(called(*RUN, str(disk / "o")), "can't be written: Read-only file system")


@pytest.mark.parametrize("disk", ["size=1m"], indirect=True)
def test_what_took_long_is_not_lost_with_a_full_disk(disk: Path, tmp_path: Path) -> None:
    fill(disk)
    tuned = called("tune", "digits-resnet8", "--budget", "5", XDG_DATA_HOME=str(disk))
    refused(tuned, "found: litert")
    assert f"no space left in {disk}/edgebench/tuned" in tuned.stderr
    assert "XDG_DATA_HOME" in tuned.stderr
    meter = ("--power", "virtual:lpm01a", "--duration", "0.3")
    recorded = called("power", "record", *meter, "--out", str(disk / "p.npz"), TMPDIR=str(tmp_path))
    refused(recorded, "no space left")
    (kept,) = tmp_path.glob("edgebench-recording-*.npz")
    assert f"The recording is in {kept}" in recorded.stderr
    assert called("power", "integrate", str(kept)).returncode == 0


@pytest.mark.parametrize("size_bytes", [0, 4096, 10_000, 20_000, 30_000])
def test_a_quota_that_is_used_up_is_a_full_disk(tmp_path: Path, size_bytes: int) -> None:
    # From the lock file to the last of LoadGen's logs.
    out = tmp_path / "out"
    env = quota(tmp_path, out, size_bytes)
    refused(called(*RUN, str(out), **env), "no space left")
    if size_bytes:
        assert [path for path in out.iterdir() if path.is_dir()] == list(out.glob("*.partial"))


def test_what_took_long_is_not_lost_with_a_quota(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    (kept / "edgebench" / "tuned").mkdir(parents=True)
    env = quota(tmp_path, kept, 0)
    tuned = called("tune", "digits-resnet8", "--budget", "5", XDG_DATA_HOME=str(kept), **env)
    refused(tuned, f"no space left in {kept}/edgebench/tuned")
    recorded = called(
        *("power", "record", "--power", "virtual:lpm01a", "--duration", "0.3"),
        *("--out", str(kept / "p.npz")),
        TMPDIR=str(tmp_path),
        **env,
    )
    refused(recorded, "no space left in this user's quota")


@pytest.mark.parametrize("disk", ["size=64k"], indirect=True)
def test_a_full_disk_is_no_fault_of_a_download_s_source(disk: Path, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    package = catalog()["mlperf-tiny/ic"]
    for file in package.files:
        (mirror / file.path).parent.mkdir(parents=True, exist_ok=True)
        (mirror / file.path).write_bytes(bytes(file.size_bytes))
    for _ in range(2):
        done = called("pull", package.name, "--mirror", str(mirror), XDG_CACHE_HOME=str(disk))
        refused(done, f"{disk}/edgebench/pull: no space left; free some, or set the environment")
        assert "XDG_CACHE_HOME" in done.stderr
        assert "fetched:" not in done.stderr
        assert "--out" not in done.stderr


@pytest.mark.parametrize("disk", ["size=1m"], indirect=True)
def test_a_log_that_can_t_be_written_any_more_ends_no_run(disk: Path, tmp_path: Path) -> None:
    fill(disk)
    done = called("--log-file", str(disk / "log"), *RUN, str(tmp_path / "o"))
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("nothing more is logged there") == 1


@pytest.mark.parametrize(
    "words", [("list", "models"), ("doctor", "--json"), ("show", "kws-ds-cnn")]
)
def test_a_full_disk_behind_standard_output_is_said(words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "edgebench", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    refused(done, "No space left on device")


def test_a_limit_on_the_size_of_files_is_named_before_a_test(tmp_path: Path) -> None:
    says = "files may have 32,768 bytes at most (`ulimit -f`)"
    # In blocks of 512 bytes in a POSIX shell.
    refused(called(*RUN, str(tmp_path), limit="ulimit -f 64"), says)


def ends_named(done: subprocess.CompletedProcess[str], names: str) -> bool:
    """Check that a command was done, or refused by the limit; return whether it was refused."""
    if done.returncode == 0:
        assert "Traceback" not in done.stderr
        return False
    refused(done, names)
    return True


REFUSALS_TRIED = 3
"""The first limits that a run does not fit under refuse it at several places of it."""
FALLING = 0.93


@pytest.mark.parametrize(("letter", "start_kib"), [("v", 300_000), ("d", 130_000)])
def test_a_limit_on_memory_is_named_wherever_it_is_reached(
    tmp_path: Path, letter: str, start_kib: int
) -> None:
    # How much a run takes depends on the machine.
    def is_refused(size_kib: float) -> bool:
        done = called(*RUN, str(tmp_path), limit=f"ulimit -{letter} {size_kib:.0f}")
        return ends_named(done, f"(`ulimit -{letter}`)")

    size_kib: float = start_kib
    while is_refused(size_kib):
        size_kib /= FALLING**2
    refusals = 0
    while refusals < REFUSALS_TRIED:
        size_kib *= FALLING
        refusals += is_refused(size_kib)


def test_a_limit_that_linear_algebra_can_t_be_loaded_under_is_named() -> None:
    done = [called("list", "models", limit=f"ulimit -d {each}") for each in (44_000, 30_000)]
    for each in done:
        assert ends_named(each, "out of memory: the limit is") is (each.returncode != 0)
        assert "OpenBLAS" not in each.stderr
    refused(done[-1], "of data (`ulimit -d`)")


def test_a_limit_on_open_files_is_named_wherever_it_is_reached(tmp_path: Path) -> None:
    several = ("--instances", "4", "--instance-kind", "processes")
    ends = []
    for files in (64, 32, 28, 26, 24, 22, 20, 14, 8):
        done = called(*RUN, str(tmp_path), *several, limit=f"ulimit -n {files}")
        names = f"Too many open files: the limit is {files} open files (`ulimit -n`)"
        ends.append(ends_named(done, names))
    assert not ends[0]
    assert ends == sorted(ends) and ends.count(True) >= REFUSALS_TRIED


def test_a_container_s_limit_on_threads_is_named_wherever_it_is_reached(tmp_path: Path) -> None:
    ends = []
    for threads in (16, 4, 3, 2, 1):
        with real_group("threads", {"pids": {"pids.max": f"{threads}"}}) as group:
            done = group.run(*RUN, str(tmp_path))
        ends.append(ends_named(done, f"may have {threads} threads (pids.max)"))
    assert not ends[0] and ends[-1]
    assert ends == sorted(ends)


@pytest.mark.parametrize("processes", [1, 2])
def test_an_emulated_device_without_a_process_is_not_called_unplugged(
    tmp_path: Path, processes: int
) -> None:
    build_host(resolve_model("kws-ds-cnn"))  # a compiler is a process too
    with real_group("emulated", {"pids": {"pids.max": f"{processes}"}}) as group:
        done = group.run("run", "--device", "emulated:kws", "--out", str(tmp_path))
    refused(done, "edgebench: the emulated device could not be started: Resource temporarily")
    assert "pids.max" in done.stderr
    assert "cable" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("show", "/tmp/{}.tflite"),
        ("summary", "/tmp/{}"),
        ("report", "/tmp/{}"),
        ("run", "digits-resnet8", "--dataset", "/tmp/{}"),
        ("quantize", "/tmp/{}.tflite"),
    ],
)
def test_a_name_that_is_too_long_is_a_usage_error(words: tuple[str, ...]) -> None:
    done = called(*(word.format("x" * 300) for word in words))
    assert done.returncode in (1, 2), done.stderr
    assert "Traceback" not in done.stderr
    said = ("ile name too long", "no such file", "no such folder", "can't be read", "no dataset")
    assert any(each in done.stderr for each in said), done.stderr
