"""Check the description of a system: its fields, and what must be a number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgebench.mlperf.inference_tree import (
    COUNT_FIELDS,
    NAMEPLATE,
    POWER_FIELDS,
    STATUSES,
    SYSTEM_FIELDS,
    SYSTEM_TYPES,
    USUAL_COUNT_FIELDS,
)
from edgebench.mlperf.log_text import log_lines
from edgebench.results.check.files import check_fields, check_said, read_object
from edgebench.results.check.finding import Findings

_COUNT = re.compile(r"[0-9]{1,9}")


def check_system(
    findings: Findings, path: Path, division: str, submitter: str, *, has_power: bool
) -> str:
    """Check a systems/SYS.json; return its system_type, empty where it says none."""
    values = read_object(findings, path)
    if values is None:
        return ""
    check_fields(findings, path, values, SYSTEM_FIELDS)
    if has_power:
        check_fields(findings, path, values, dict.fromkeys(POWER_FIELDS, False), "warning")
    check_said(findings, path, values, "division", [division])
    check_said(findings, path, values, "submitter", [submitter])
    check_said(findings, path, values, "status", STATUSES)
    check_said(findings, path, values, "system_type", SYSTEM_TYPES)
    _check_counts(findings, path, values)
    _check_network(findings, path, division, values.get("is_network"))
    if has_power and "system_power_capacity" not in values:
        _check_nameplate(findings, path.with_name(f"{path.stem}{NAMEPLATE}"))
    return str(values.get("system_type") or "")


def _check_network(findings: Findings, path: Path, division: str, said: object) -> None:
    if said is not None and not isinstance(said, str):
        findings.error(path, f"is_network is {said!r}, not a text as the rules want it")
    if division == "closed" and str(said).lower() == "true":
        findings.error(path, "is_network is true: such systems have a division of their own")


def _check_nameplate(findings: Findings, path: Path) -> None:
    """Check that a file of the power supplies says something: the rules don't ask for one."""
    with findings.noting(path):
        if path.is_file() and not any(_says(line) for _, line in log_lines(path)):
            findings.error(path, "is empty")


def _says(line: str) -> bool:
    return bool(line.partition("#")[0].strip(" \t-."))


def _check_counts(findings: Findings, path: Path, values: Mapping[str, Any]) -> None:
    for name in (*COUNT_FIELDS, *USUAL_COUNT_FIELDS):
        value = values.get(name)
        if value in (None, "") or _COUNT.fullmatch(str(value).strip()):
            continue
        severity = findings.error if name in COUNT_FIELDS else findings.warning
        severity(path, f"the field {name!r} is {str(value)[:40]!r}, not a count")
