"""Fuzz what reads bytes from outside: ``python -m tests.fuzzing [NAME ...] [--executions N]``.

Prints a line per target with its executions; the exit code is 1 if one of them failed. What made it
fail lies in its folder below ``build/fuzz``, where its corpus grows from one time to the next.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT
from tests.firmware.layers.single_layers import OPS
from tests.fuzzing import firmware
from tests.fuzzing.networks import check_network, compile_kernels
from tests.fuzzing.protocol import WORDS
from tests.fuzzing.targets import PROTOCOL, names, target

FOLDER = ROOT / "build" / "fuzz"
NETWORKS = "networks"
EXECUTIONS = 10_000_000
READER_EXECUTIONS = 20_000
MODELS = 300
LONGEST_BYTES = {PROTOCOL: 256}
DEFAULT_LONGEST = 20_000
MOST_MEMORY_MB = 3000


@dataclass(frozen=True)
class Figures:
    """How a target came out; ``failure`` is empty where nothing was found."""

    executions: int
    seconds: float
    failure: str = ""


def main() -> int:
    """Fuzz, and print the figures."""
    known = (*firmware.TARGETS, *names(), NETWORKS)
    parser = argparse.ArgumentParser(description="Fuzz what reads bytes from outside.")
    parser.add_argument("targets", nargs="*", metavar="NAME", help=f"One of: {'; '.join(known)}.")
    parser.add_argument(
        "--executions",
        type=int,
        default=EXECUTIONS,
        help="Of each parser of a device's protocol.  [default: %(default)s]",
    )
    parser.add_argument(
        "--reader-executions",
        type=int,
        default=READER_EXECUTIONS,
        help="Of each reader of files.  [default: %(default)s]",
    )
    parser.add_argument(
        "--models", type=int, default=MODELS, help="Random networks.  [default: %(default)s]"
    )
    asked = parser.parse_args()
    if unknown := sorted({*asked.targets} - {*known}):
        parser.error(f"unknown: {', '.join(unknown)}")
    failed = 0
    for name in asked.targets or known:
        folder = FOLDER / name.replace(" ", "-").replace(",", "")
        folder.mkdir(parents=True, exist_ok=True)
        if name in firmware.TARGETS:
            figures = _compiled(name, folder, asked.executions)
        elif name == NETWORKS:
            figures = _networks(asked.models, folder)
        else:
            count = asked.executions if name == PROTOCOL else asked.reader_executions
            figures = _guided(name, folder, count)
        failed += bool(figures.failure)
        print(f"{name:28} {figures.executions:>12,} {figures.seconds:>8.0f} s", flush=True)
        if figures.failure:
            print(figures.failure, flush=True)
    return int(failed > 0)


def _compiled(name: str, folder: Path, executions: int) -> Figures:
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    return _timed(firmware.command_of(firmware.TARGETS[name], folder, executions, [corpus]))


def _guided(name: str, folder: Path, executions: int) -> Figures:
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        for number, seed in enumerate(target(name, Path(place)).seeds):
            (corpus / f"seed-{number}").write_bytes(seed)
    options = [f"-dict={_words(folder)}"] if name == PROTOCOL else []
    options += [
        f"-runs={executions}",
        f"-max_len={LONGEST_BYTES.get(name, DEFAULT_LONGEST)}",
        f"-rss_limit_mb={MOST_MEMORY_MB}",
        "-timeout=60",
        "-seed=1",
        f"-artifact_prefix={folder}/",
        str(corpus),
    ]
    return _timed([sys.executable, "-m", "tests.fuzzing.guided", name, *options])


def _words(folder: Path) -> Path:
    """Write what mutations may insert into a line of the protocol."""
    path = folder / "words"
    path.write_text("".join(f'"{word.decode()}"\n' for word in WORDS))
    return path


def _timed(command: Sequence[str]) -> Figures:
    """Run a fuzzer; what it says is kept only of one that fails."""
    started = time.monotonic()
    # libFuzzer ends its process at once: whatever the target has made there stays.
    with tempfile.TemporaryDirectory(prefix="edgebench-fuzz-") as place:
        done = subprocess.run(
            command,
            env={**os.environ, "TMPDIR": place},
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    said = done.stdout + done.stderr
    failure = "" if done.returncode == 0 else f"exit code {done.returncode}: {said[-4000:]}"
    return Figures(firmware.executions_of(said), time.monotonic() - started, failure)


def _networks(models: int, folder: Path) -> Figures:
    started = time.monotonic()
    ops, kernels = list(OPS), compile_kernels(folder)
    for number in range(models):
        try:
            check_network(ops[number % len(ops)], number, folder, kernels)
        except AssertionError as error:
            return Figures(number, time.monotonic() - started, str(error))
    return Figures(models, time.monotonic() - started)


if __name__ == "__main__":
    sys.exit(main())
