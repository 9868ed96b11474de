"""Options that commands which talk to a serial device share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import click

from edgebench.cli.options.firmware import benchmark_option, engine_option, optimize_option
from edgebench.device.options import InputFormat, Reset, Verify
from edgebench.harness.device_request import DeviceRequest

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def device_option(*, required: bool = False) -> Decorator:
    """Return ``--device``."""
    return click.option(
        "--device",
        metavar="PORT",
        required=required,
        help="A serial device: /dev/ttyACM0, socket://host:port, or emulated:MODEL.",
    )


baud_option: Decorator = click.option(
    "--baud", type=int, default=DeviceRequest.baud, show_default=True, help="The device's rate."
)
reset_option: Decorator = click.option(
    "--reset",
    type=click.Choice(get_args(Reset)),
    default=DeviceRequest.reset,
    show_default=True,
    help="DTR and RTS at opening: raised, left alone, or pulsed.",
)
EXTRA: tuple[Decorator, ...] = (
    click.option("--fast-baud", type=int, help="A rate to change to, where the device can."),
    click.option(
        "--verify",
        type=click.Choice(get_args(Verify)),
        default=DeviceRequest.verify,
        show_default=True,
        help="Compare what a device got, and what it answers.",
    ),
    click.option(
        "--retries",
        type=int,
        default=DeviceRequest.retries,
        show_default=True,
        help="How often in a row the same exchange with the device may fail.",
    ),
    click.option(
        "--input",
        "input_format",
        type=click.Choice(get_args(InputFormat)),
        default=DeviceRequest.input_format,
        show_default=True,
        help="What a device's inputs are sent as; auto tries the first one.",
    ),
    click.option(
        "--timeout",
        "timeout_s",
        type=float,
        metavar="S",
        help="How long an answer may take that computes nothing.  [default: 5, or what it needs]",
    ),
    click.option(
        "--inject",
        multiple=True,
        metavar="FAULT=VALUE",
        help="A fault on an emulated device's line: drop=0.001, reboot=5000, ...",
    ),
    click.option(
        "--extensions/--no-extensions",
        default=DeviceRequest.extensions,
        show_default=True,
        help="Whether an emulated device has edgebench's own commands.",
    ),
    benchmark_option,
    engine_option,
    click.option(
        "--interface",
        metavar="PORT",
        help="MLPerf Tiny's interface board, which plays --stream to the device; the device's own "
        "port if it is behind it; or emulated.",
    ),
    click.option(
        "--emulator-clock",
        is_flag=True,
        help="The device is an emulator behind a port: its clock counts instructions.",
    ),
    click.option(
        "--host-timed",
        is_flag=True,
        help="Time a device behind a network here all the same; labelled.",
    ),
)


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add all of them to a command."""
    board: Decorator = click.option(
        "--board", metavar="B", help="A board to build firmware for and to boot: `list boards`."
    )
    for option in reversed(
        (device_option(), board, optimize_option, baud_option, reset_option, *EXTRA)
    ):
        command = option(command)
    return command
