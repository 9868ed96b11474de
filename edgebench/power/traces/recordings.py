"""Recordings of edgebench and of others: which format a file has, and its trace."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from edgebench.errors import TraceInvalid, UsageError
from edgebench.files.refusals import refusal
from edgebench.files.regular_files import require_plain_file
from edgebench.power.traces import formats
from edgebench.power.traces.format import ReadOptions, TraceFormat
from edgebench.power.traces.trace import PowerTrace

HEAD = 4096
_PLAIN = ReadOptions()


def trace_formats() -> list[TraceFormat]:
    """Return the formats that can be read, in the order in which they are tried."""
    found: list[TraceFormat] = []
    for module in pkgutil.iter_modules(formats.__path__, f"{formats.__name__}."):
        each = getattr(importlib.import_module(module.name), "FORMAT", None)
        if each is not None:
            found.append(each)
    return sorted(found, key=lambda each: (each.is_last, each.name))


def read_recording(path: Path, options: ReadOptions = _PLAIN) -> PowerTrace:
    """Read a recording.

    Parameters
    ----------
    options
        What the file does not say of itself.

    Raises
    ------
    TraceInvalid, LogInvalid
        If it is none, with the line.
    UsageError
        If an option is given that its format does not take, or one is missing.
    """
    try:
        require_plain_file(path)
        with path.open("rb") as file:
            head = file.read(HEAD)
        known = trace_formats()
        found = next((each for each in known if each.recognizes(path.name, head)), None)
        if found is None:
            names = "; ".join(f"{each.name} ({each.summary})" for each in known)
            raise TraceInvalid(f"{path}: its format is not known; what can be read: {names}")
        for name in options.given():
            if name not in found.takes:
                raise UsageError(
                    f"{path}: `{name}` is of no use for {found.summary}: leave it out", field=name
                )
        return found.read(path, options)
    except OSError as error:
        raise TraceInvalid(f"{path} can't be read: {refusal(error)}") from error
