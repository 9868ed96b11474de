"""Errors of the library as the command line shows them."""

from __future__ import annotations

import pickle

import click
import pytest

from edgebench.cli import group
from edgebench.cli.commands.runs.run import command as run
from edgebench.cli.error_text import CommandFailed, with_options
from edgebench.device.answer_text import answer_quoted
from edgebench.device.client import Device
from edgebench.device.port.link import Link
from edgebench.errors import CardInvalid, DeviceFailed, EdgebenchError, Interrupted, UsageError
from tests.api.surface import functions
from tests.cli.call import call
from tests.device.scripted import READY, ScriptedDevice


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "`duration_s` can't be combined with `official`",
            "--duration can't be combined with --official",
        ),
        ("`scenarios`, `modes`, `supply_v`", "--scenario, --mode, --supply"),
        ("`power=rapl`, `supply_v=3.3`", "--power rapl, --supply 3.3"),
        ("`official=True`, `extensions=False`", "--official, --no-extensions"),
        ("`port` is busy", "--device is busy"),
        ("`model` is no file", "MODEL is no file"),
        (
            "`edgebench.run('a b', scenarios=['offline', 'server'], official=True)`",
            "`edgebench run 'a b' --scenario offline --scenario server --official`",
        ),
        (
            "`edgebench.run(affinity=(0, 2), delegate_options={'a': 'b'}, extensions=False)`",
            "`edgebench run --affinity 0,2 --delegate-option a=b --no-extensions`",
        ),
        ("go on: `edgebench.resume('my runs')`", "go on: `edgebench run --resume --out 'my runs'`"),
        (
            "`edgebench.init_submission('tiny', system='s.toml')`",
            "`edgebench submit tiny --init --system-file s.toml`",
        ),
        (
            "`edgebench.tune('kws', objective='latency')`",
            "`edgebench tune kws --objective latency`",
        ),
        ("`edgebench.list_boards()`", "`edgebench list boards`"),
        ("`edgebench devices`, `depth`, `a.b`", "`edgebench devices`, `depth`, `a.b`"),
    ],
)
def test_parameters_are_shown_as_options_and_other_names_stay(text: str, shown: str) -> None:
    with click.Context(group):
        assert with_options(text, run) == shown


@pytest.mark.parametrize(
    "call",
    [
        "x(1)",
        "errors(1)",
        "RunResult(1)",
        "run(x)",
        "run(*a)",
        "run(1)(2)",
        "run(a=open('x'))",
        "run(')",
        "run(\0)",
        f"run({'(' * 9000})",
        "init_submission()",
        "__version__(1)",
    ],
)
def test_what_is_no_call_of_ours_stays_as_it_is(call: str) -> None:
    text = f"the board says `edgebench.{call}` again"
    with click.Context(group):
        assert with_options(text, run) == text


def test_a_device_names_no_options() -> None:
    """What it says is quoted as it is, but for backticks, which mark our own names."""
    said = b"`model` is no `edgebench.run('x')`\r\n"
    answer = b"e-[" + said.strip() + b"]\r\n" + READY
    with ScriptedDevice(infer=answer) as device, Link(device.port) as link:
        client = Device(link, retries=0)
        client.wake()
        with pytest.raises(DeviceFailed) as failed:
            client.infer()
    with click.Context(group):
        assert "'model' is no 'edgebench.run('x')'" in with_options(str(failed.value), run)
    with click.Context(group):
        shown = with_options(answer_quoted(said), run)
    assert shown == "''model' is no 'edgebench.run('x')''"


def test_every_function_of_the_package_has_its_command() -> None:
    """What `call_text` writes can be shown, whichever function it names."""
    for name in functions():
        kind = "'tiny'" if name == "init_submission" else ""
        with click.Context(group):
            shown = with_options(f"`edgebench.{name}({kind})`", run)
        assert shown.startswith("`edgebench "), shown
        assert group.main([*shortened(shown), "--help"], standalone_mode=False) == 0, shown


def shortened(shown: str) -> list[str]:
    """Return the words of a command before its options, without `edgebench`."""
    words = shown.strip("`").split()[1:]
    return [word for word in words if not word.startswith("-")]


def test_a_sub_command_is_named_with_its_group() -> None:
    done = call("submit", "inference", "x")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "See `edgebench submit inference --help`."


def raised(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> BaseException:
    """Return what comes of an error in `run`."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("edgebench.api.run", fail)
    with pytest.raises((CommandFailed, KeyboardInterrupt, click.Abort)) as caught:
        group.main(["run"], prog_name="edgebench", standalone_mode=False)
    return caught.value


def test_a_usage_error_ends_with_the_command_that_has_the_help(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    error = UsageError.unknown("scenarios", "ofline", ["singlestream", "offline"])
    failed = raised(monkeypatch, error)
    assert isinstance(failed, CommandFailed)
    assert failed.exit_code == 2
    assert str(failed).splitlines() == [
        "--scenario: unknown value 'ofline'; choose from singlestream, offline",
        "Did you mean 'offline'?",
        "See `edgebench run --help`.",
    ]


def test_the_keys_of_a_file_stay_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = raised(monkeypatch, CardInvalid("card.toml: `dataset` must be a str"))
    assert str(failed) == "card.toml: `dataset` must be a str"


def test_an_interruption_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = raised(monkeypatch, Interrupted("kept; `resume` goes on with it"))
    said = stopped if isinstance(stopped, Interrupted) else stopped.__cause__
    assert isinstance(said, Interrupted)
    assert str(said) == "kept; --resume goes on with it"


def test_a_mistyped_command_gets_a_suggestion() -> None:
    done = call("sumary")
    assert done.returncode == 2
    assert done.stderr.count("Did you mean 'summary'?") == 1


def test_an_error_keeps_its_facts_between_processes() -> None:
    error = UsageError.unknown("objective", "speed", ["latency", "throughput"])
    there: EdgebenchError = pickle.loads(pickle.dumps(error))
    assert type(there) is UsageError
    assert (str(there), there.field, there.value) == (str(error), "objective", "speed")
    assert there.choices == ("latency", "throughput")
    assert UsageError("x", field="threads", value=0).suggestion is None
