"""The official checkers, run from a checkout that the user has, for their verdict next to ours."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from edgebench.errors import ProgramFailed, UsageError
from edgebench.files.refusals import program_refusal
from edgebench.processes.programs import captured

TIMEOUT_S = 1800.0
OK_LINE, BAD_LINE = "SUMMARY: submission looks OK", "SUMMARY: submission has errors"
PLACES = (".", "tools/submission")
PACKAGE, SCRIPT = "submission_checker/main.py", "submission_checker.py"


@dataclass(frozen=True)
class OfficialVerdict:
    """An official checker's verdict; ``passed`` is by its SUMMARY line: MLPerf Tiny's always exits
    with 0.
    """

    passed: bool
    summary: str
    errors: tuple[str, ...]
    command: tuple[str, ...]


def run_official(
    checkout: Path,
    tree: Path,
    version: str,
    python: Path | None = None,
    options: tuple[str, ...] = (),
) -> OfficialVerdict:
    """Run the checker of a checkout of mlcommons/inference or mlcommons/tiny on a tree.

    Parameters
    ----------
    checkout
        The repository, its tools/submission, or the checker itself.
    python
        An interpreter that has what the checker imports; ours by default.
    options
        More options, such as ``--skip-dataset-size-check``.

    Raises
    ------
    UsageError
        If there is no checker, or it does not end.
    """
    where, words = _checker(checkout)
    with TemporaryDirectory(prefix="edgebench-check-") as folder:
        command = [
            str(python or sys.executable),
            *words,
            "--input",
            str(tree.resolve()),
            "--version",
            version,
            "--csv",
            str(Path(folder) / "summary.csv"),
            *options,
        ]
        try:
            done = captured(
                command,
                TIMEOUT_S,
                cwd=where,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            )
        except (ProgramFailed, OSError) as error:
            raise UsageError(f"the official checker: {program_refusal(error)}") from error
    lines = (done.stdout + done.stderr).splitlines()
    summaries = [line for line in lines if OK_LINE in line or BAD_LINE in line]
    errors = tuple(line for line in lines if "ERROR" in line or "Traceback" in line)
    if not summaries:
        last = next((line for line in reversed(lines) if line.strip()), "nothing")
        return OfficialVerdict(False, f"it gave no verdict: {last}", errors, tuple(command))
    return OfficialVerdict(OK_LINE in summaries[-1], summaries[-1], errors, tuple(command))


def _checker(checkout: Path) -> tuple[Path, list[str]]:
    """Return where to stand and what to run: the newer package, or the one script of before."""
    if checkout.is_file():
        return checkout.resolve().parent, [str(checkout.resolve())]
    for place in PLACES:
        folder = (checkout / place).resolve()
        if (folder / PACKAGE).is_file():
            return folder, ["-m", "submission_checker.main"]
        if (folder / SCRIPT).is_file():
            return folder, [str(folder / SCRIPT)]
    raise UsageError(
        f"{checkout}: no submission checker in it; give a checkout of mlcommons/inference or "
        "mlcommons/tiny"
    )
