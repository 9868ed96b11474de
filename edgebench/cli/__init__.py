"""The command line: parse, call one function of the library, print.

Modules of the library are imported when a command needs them, so that ``--help`` stays quick.
"""

from __future__ import annotations

import os

# numpy's linear algebra must not start threads next to what is measured, nor take their memory.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
import threading
from contextlib import suppress
from errno import ENAMETOOLONG
from importlib import import_module
from io import StringIO
from typing import Any, NoReturn

import click

from edgebench import __version__
from edgebench.cli.command_group import Group
from edgebench.cli.error_text import CommandFailed
from edgebench.cli.json_output import FLAG, write_error
from edgebench.cli.memory_limits import require_memory_for_numpy
from edgebench.cli.options.logs import log_options
from edgebench.cli.output import echo
from edgebench.cli.refusals import refusal_of, write_nowhere
from edgebench.cli.signals import EndingSignals
from edgebench.errors import Interrupted, SignalReceived, UsageError
from edgebench.files.refusals import refusal
from edgebench.host.malloc_arenas import spare_address_space
from edgebench.processes.interruptions import ending_signal, interruption

# A command, the module below `commands` that has it, and its line in `edgebench --help`.
COMMANDS = {
    "run": ("runs.run", "Measure a model: latency, throughput, accuracy, with MLPerf logs."),
    "farm": ("farm", "Many boards as one: labgrid's places, ports, machines over SSH."),
    "tune": ("runs.tune", "Find the best settings of this machine for a model."),
    "devices": (
        "hardware.devices",
        "List the serial ports, the devices that answer, and advice for the others.",
    ),
    "console": ("hardware.console", "Talk to a serial device by hand, with a transcript."),
    "deploy": ("hardware.deploy", "Compile a model into firmware for a board, and start it."),
    "emulate": ("hardware.emulate", "Leave an emulated device's port open for any other program."),
    "size": ("hardware.size", "Flash and RAM of a model on a board, before anything is built."),
    "profile": (
        "hardware.profile",
        "Measure the cost of each layer of a model, here or on a board.",
    ),
    "meters": (
        "hardware.meters",
        "List the power meters that can be read here, with advice for the others.",
    ),
    "power": ("hardware.power", "Record a power meter; integrate a recording."),
    "rehearse": (
        "hardware.rehearse",
        "Emulate the hardware that MLCommons' runner for MLPerf Tiny drives.",
    ),
    "summary": ("runs.summary", "Show finished runs in a table."),
    "report": ("runs.report", "Write one page about runs, to read and to send."),
    "submit": ("runs.submit", "Make a submission tree for MLPerf Inference or MLPerf Tiny."),
    "check": ("runs.check", "Check a submission tree against the rules."),
    "compare": (
        "runs.compare",
        "Did it get faster? Runs next to each other and published results.",
    ),
    "history": ("runs.history", "How results of the same settings changed over time."),
    "dataset": ("models.dataset", "Make a dataset of a folder of images or sounds."),
    "show": ("models.show", "Show a model's ops, tensors, MACs and bytes."),
    "quantize": (
        "models.quantize",
        "Make smaller versions of a float model, and prove what they cost.",
    ),
    "reduce": ("models.reduce", "Train a smaller sibling of a model of the zoo."),
    "train": ("models.train", "Time to quality: train to a target, several times; or fine-tune."),
    "make": ("models.make", "A recommendation model with larger tables, beyond a cache."),
    "shard": (
        "models.shard",
        "A recommendation model over several processes or hosts.",
    ),
    "pull": ("models.pull", "Fetch reference models and data, checked by their hash."),
    "compare-models": ("models.compare_models", "Two models on the same inputs, layer by layer."),
    "list": ("list_", "List models, datasets, runtimes, boards or meters."),
    "doctor": ("doctor", "Check what works on this machine, with advice for the rest."),
}


FIRST_STEPS = """\
edgebench measures a neural network on this machine, or on a board. To begin:

  edgebench run                       the packaged keyword spotter
  edgebench run M.tflite --dataset D  your model; D is an .npz, .csv or folder
  edgebench doctor                    what works here, and what to install

edgebench --help lists all commands."""


class LazyGroup(Group):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        if cmd_name not in COMMANDS:
            return None
        require_memory_for_numpy()
        module = import_module(f"edgebench.cli.commands.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(
    cls=LazyGroup,
    params=log_options(),
    invoke_without_command=True,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="edgebench COMMAND --help says more. Docs: docs/ in the source tree.",
)
@click.version_option(__version__, prog_name="edgebench")
@click.pass_context
def group(ctx: click.Context) -> None:
    """How fast and how accurate a neural network is on a small machine, with MLPerf logs."""
    if ctx.invoked_subcommand is None:
        echo(FIRST_STEPS)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    0 success, 1 failure, 2 usage error, 3 INVALID; 130 Ctrl-C, 143 SIGTERM, 129 SIGHUP.
    """
    spare_address_space()
    with EndingSignals() as signals:
        try:
            code = _code_of(arguments)
            signals.finish()
        except SignalReceived as late:
            # While an error was printed, or in the moment between the command's end and `finish`.
            code = _interrupted(late)
            signals.finish()
        _exit(code if signals.exit_code is None else signals.exit_code)


def _code_of(arguments: list[str] | None) -> int:
    """Run the command line; print its error, if it ends with one, and return the exit code."""
    is_json = FLAG in (sys.argv[1:] if arguments is None else arguments)
    try:
        result: Any = group.main(arguments, prog_name="edgebench", standalone_mode=False)
    except click.exceptions.Exit as request:
        return request.exit_code
    except (click.ClickException, CommandFailed) as error:
        if is_json:
            write_error(*_described(error), error.exit_code)
        if isinstance(error, CommandFailed):
            echo(f"edgebench: {error}", err=True)
        else:
            # It may quote what was typed, and shells complete names of files.
            shown = StringIO()
            error.show(shown)
            echo(shown.getvalue(), err=True, nl=False)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt) as stop:
        # click turns every KeyboardInterrupt into an Abort of its own.
        return _interrupted(
            stop.__cause__ if isinstance(stop, click.Abort) and stop.__cause__ else stop,
            is_json=is_json,
        )
    except BrokenPipeError:
        # Whoever read our output has gone, `head` for one: no reason for a traceback.
        write_nowhere(1)
        return 1
    except (OSError, MemoryError, RuntimeError) as refused:
        sentence = refusal_of(refused)
        if sentence is None:
            raise
        echo(f"edgebench: {sentence}", err=True)
        is_usage = isinstance(refused, OSError) and refused.errno == ENAMETOOLONG
        code = UsageError.exit_code if is_usage else 1
        if is_json:
            # Standard output itself may be what was refused.
            with suppress(OSError, MemoryError):
                write_error(type(refused).__name__, sentence, code)
        return code
    return result if isinstance(result, int) else 0


def _described(error: click.ClickException | CommandFailed) -> tuple[str, str]:
    """Return an error's kind and its message, as ``--json`` shows them."""
    if isinstance(error, CommandFailed):
        return type(error.__cause__ or error).__name__, str(error)
    return type(error).__name__, error.format_message()


def _interrupted(stop: BaseException, *, is_json: bool = False) -> int:
    """Print what ended the command; return the exit code that a shell has for the signal."""
    is_said = isinstance(stop, Interrupted)
    text = str(stop) if is_said else f"{interruption(stop)} before it was finished"
    echo(f"\nedgebench: {text}", err=True)
    code = 128 + ending_signal(stop)
    if is_json:
        with suppress(OSError):
            write_error(Interrupted.__name__, text, code)
    return code


def _exit(code: int) -> NoReturn:
    """Exit; at once if an abandoned test of LoadGen is still coming to its end."""
    try:
        sys.stdout.flush()
    except OSError as error:
        write_nowhere(1)
        # Python 3.11.2 keeps what it could not write, and fails again: that has been said.
        if not isinstance(error, BrokenPipeError) and code == 0:
            echo(f"edgebench: standard output: {refusal(error)}", err=True)
        code = code or 1
    with suppress(OSError):
        sys.stderr.flush()
    if any(thread.name == "loadgen" for thread in threading.enumerate()):
        # LoadGen can't be asked to stop: a Server test would keep its schedule to the end.
        os._exit(code)
    sys.exit(code)
