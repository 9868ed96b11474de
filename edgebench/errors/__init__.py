"""Every error that edgebench raises on purpose.

EdgebenchError                    exit code 1: it failed
  UsageError                      exit code 2: what was asked for can't be done
    ModelNotFound, DatasetNotFound, BoardNotFound, RuntimeMissing
    CardInvalid, ModelInvalid, ModelNotSupported
    DatasetInvalid, DatasetMismatch
    DelegateFailed, RequestInvalid, ResumeMismatch, StrayAuditConfig
    ToolchainMissing
    NotComparable, NotSubmittable, TunedMissing
    DeviceNotFound, DeviceMismatch, MeterNotFound, TraceInvalid
  RunDirectoryBusy, RunDirectoryGone, RunDirectoryInvalid, RunDirectoryNotFound, DiskFull,
  FolderNotWritable, MemoryShort
  LogInvalid
  SutFailed, RuntimeCrashed
  ProgramFailed, DownloadFailed, BuildFailed, FlashFailed
  MeterLost, TooFewSamples
  DeviceError
    PortUnavailable, DeviceNotResponding, DeviceLost, DeviceRebooted, DeviceFailed
    AnswerDamaged, DeviceClockWrong
Interrupted                       exit code 130: Ctrl-C; a KeyboardInterrupt with what was kept
SignalReceived                    exit codes 143 and 129: SIGTERM and SIGHUP, as the command line
                                  receives them; a KeyboardInterrupt that becomes an Interrupted

A result that LoadGen calls INVALID is no error: it is a result, and the command ends with 3.

A message says what happened, where, and what to try. It names a parameter in backticks, such as
`duration_s`, or with a value, such as `power=rapl`. The command line prints it without a traceback,
with its own options in place of those names, and ends with the class's exit code.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from edgebench.errors.suggestion import nearest_name

MOST_SHOWN = 200
"""So many characters of a value are shown."""


class EdgebenchError(Exception):
    """The root of edgebench's errors.

    Attributes
    ----------
    field
        The parameter that the error is about, such as ``duration_s``; None if it is about none.
    value
        The value that was given for it.
    choices
        The values that it can have, where they can be listed.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        value: object = None,
        choices: Iterable[str] = (),
    ) -> None:
        super().__init__(message)
        self.field = field
        self.value = value
        self.choices = tuple(choices)

    @property
    def suggestion(self) -> str | None:
        """The choice that looks most like the value that was given, if one does."""
        return nearest_name(self.value, self.choices) if isinstance(self.value, str) else None


class UsageError(EdgebenchError):
    """A request that can't be carried out as asked."""

    exit_code = 2

    @classmethod
    def unknown(
        cls,
        field: str,
        value: object,
        choices: Iterable[str],
        *,
        where: str = "",
        otherwise: str = "",
    ) -> Self:
        """Return the error for a value that is not among the known ones.

        Parameters
        ----------
        where
            Of what the value is, or where it was read: ``on nrf52840-dk``.
        otherwise
            What it can be instead of one of the choices: ``the path of a .tflite file``.

        Examples
        --------
        >>> error = UsageError.unknown("scenarios", "oflfine", ["singlestream", "offline"])
        >>> str(error)
        "`scenarios`: unknown value 'oflfine'; choose from singlestream, offline"
        >>> error.suggestion
        'offline'
        """
        known = tuple(choices)
        shown = repr(value)
        shown = shown if len(shown) <= MOST_SHOWN else f"{shown[:MOST_SHOWN]}..."
        named = f"choose from {', '.join(known)}" if known else "there are none to choose from"
        message = f"`{field}`: unknown value {shown}{where and f' {where}'}; {named}"
        return cls(
            message + (otherwise and f", or {otherwise}"), field=field, value=value, choices=known
        )


class ModelNotFound(UsageError):
    """No model card and no file of that name."""


class ModelInvalid(UsageError):
    """The file is not a .tflite model, or is damaged."""


class ModelNotSupported(UsageError):
    """A sound model that the chosen runtime can't run: an op, a type or a shape."""


class DatasetNotFound(UsageError):
    """No dataset card and no file or folder of that name."""


class DatasetInvalid(UsageError):
    """A dataset's files are damaged, empty or say two things."""


class DatasetMismatch(UsageError):
    """A sound dataset that does not fit the model."""


class BoardNotFound(UsageError):
    """No board card of that name."""


@dataclass(frozen=True)
class CardFault:
    """One thing that is wrong in a card: the way to its key, its line if it has one, and what."""

    keys: tuple[str | int, ...]
    line: int | None
    what: str


class CardInvalid(UsageError):
    """A card can't be read; ``faults`` has everything that is wrong in it, in the file's order."""

    faults: tuple[CardFault, ...] = ()

    @classmethod
    def of_file(cls, path: Path, faults: Sequence[CardFault]) -> Self:
        """Return the error for a card with faults."""
        lines = [
            f"line {fault.line}: {fault.what}" if fault.line else fault.what for fault in faults
        ]
        # One fault reads on behind the file; several stand below it.
        comma = ", " if faults[0].line else ": "
        text = f"{path}{comma}{lines[0]}"
        if len(faults) > 1:
            text = "\n  ".join([f"{path}: {len(faults)} faults", *lines])
        error = cls(text)
        error.faults = tuple(faults)
        return error


class RuntimeMissing(UsageError):
    """A Python package that was asked for is not installed."""


class DelegateFailed(UsageError):
    """A delegate library can't be loaded, or takes no op of the model."""


class NotComparable(UsageError):
    """Runs that can't be pooled, or have nothing in common."""


class NotSubmittable(UsageError):
    """Runs that MLPerf's rules don't take, or a system's description that lacks something."""


class TunedMissing(UsageError):
    """A model that was not tuned on this machine, or not for what was asked."""


class ToolchainMissing(UsageError):
    """A compiler, an emulator or a flasher that is needed is not installed."""


class DeviceNotFound(UsageError):
    """No serial port of that name, or no port with a device that can be recognized."""


class DeviceMismatch(UsageError):
    """A device whose model is unknown here, or is not the one that was asked for."""


class RequestInvalid(UsageError):
    """A request that was written as JSON has something that can't be asked for."""


class ResumeMismatch(UsageError):
    """There is nothing to resume, or what is there was started with other settings."""


class StrayAuditConfig(UsageError):
    """An audit.config lies in the working directory, where LoadGen would obey it."""


class MeterNotFound(UsageError):
    """No such power meter is here, or it can't be read."""


class TraceInvalid(UsageError):
    """A file is no power trace."""


class RunDirectoryBusy(EdgebenchError):
    """Another run is writing there."""


class RunDirectoryGone(EdgebenchError):
    """A run directory was removed, moved or unmounted while it was written."""


class RunDirectoryInvalid(EdgebenchError):
    """Not a run directory, a damaged one, or one of a newer edgebench."""


class RunDirectoryNotFound(RunDirectoryInvalid):
    """No run directory and no folder of that name."""

    exit_code = 2


class DiskFull(EdgebenchError):
    """The file system that holds the run directory is full."""


class FolderNotWritable(EdgebenchError):
    """A folder of the user's, for cards or what is kept for the next time, can't be written."""


class MemoryShort(EdgebenchError):
    """A runtime, or LoadGen's queries and threads, would not fit into memory."""


class LogInvalid(EdgebenchError):
    """An MLPerf log that can't be read; the message has the line."""


class SutFailed(EdgebenchError):
    """The system under test failed while it was measured."""


class ProgramFailed(EdgebenchError):
    """Another program can't be started, or does not end."""


class BuildFailed(EdgebenchError):
    """A compiler refused the firmware."""


class FlashFailed(EdgebenchError):
    """An image could not be written to a board."""


class DeviceError(EdgebenchError):
    """Something went wrong between the host and a serial device."""


class PortUnavailable(DeviceError):
    """The serial port is busy, or this user may not open it."""


class DeviceNotResponding(DeviceError):
    """A device did not answer in time."""


class DeviceLost(DeviceError):
    """The port has gone while it was in use: the cable was unplugged."""


class DeviceRebooted(DeviceError):
    """A device announced that it has booted, in the middle of a run."""


class DeviceFailed(DeviceError):
    """A device answered with an error of its own: e-[...]."""


class AnswerDamaged(DeviceError):
    """An answer that can't be read, or that is not what was sent."""


class DeviceClockWrong(DeviceError):
    """A device's timer runs backwards, or says what can't be."""


class MeterLost(EdgebenchError):
    """A power meter stopped answering."""


class TooFewSamples(EdgebenchError):
    """A power meter gave too few samples to say what energy was used."""


class RuntimeCrashed(EdgebenchError):
    """A runtime ends the process that runs a model; tried in a child process, nothing was lost."""


class DownloadFailed(EdgebenchError):
    """A file can't be had, or is not the one that its SHA-256 says."""


class SignalReceived(KeyboardInterrupt):
    """A signal asked the program to end, as Ctrl-C does; ``number`` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class Interrupted(KeyboardInterrupt):
    """Ctrl-C. ``kept`` lists the run directories that hold what was measured."""

    exit_code = 130

    def __init__(self, message: str, kept: tuple[Path, ...] = ()) -> None:
        super().__init__(message)
        self.kept = kept
