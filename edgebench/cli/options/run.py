"""The options of ``edgebench run``, by what they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from edgebench.cli.json_output import json_option
from edgebench.cli.options.device import run_options
from edgebench.cli.options.groups import (
    DATA,
    DEVICE,
    OUTPUT,
    POWER,
    SCENARIO,
    WHAT,
    Decorator,
)
from edgebench.cli.options.meter import accuracy_option, power_option, supply_option
from edgebench.cli.options.model import latency_bound_option, measured_options, until_option
from edgebench.cli.options.runtime import settings_options
from edgebench.harness.request_defaults import DEFAULT_MODES, DEFAULT_SCENARIOS, IDLE_S, WARMUP_S
from edgebench.mlperf.scenarios import MODES, PACES, SCENARIOS

RUN_GROUPS: Mapping[str, Sequence[Decorator]] = {
    WHAT: (
        measured_options,
        until_option,
        settings_options(),
        click.option(
            "--tuned",
            is_flag=True,
            help="With the settings that `edgebench tune` found for each scenario.",
        ),
        click.option(
            "--frequency",
            "frequency_mhz",
            type=float,
            metavar="MHZ",
            help="Hold the processors' clock there; takes root.",
        ),
        click.option(
            "--sweep",
            "sweep",
            multiple=True,
            metavar="NAME=V,V",
            help="The same run at several threads, batch, instances or frequency; of two, every "
            "pair.",
        ),
        click.option(
            "--request",
            type=click.File("rb"),
            metavar="FILE",
            help="Everything that is asked for, as JSON; - reads it from standard input.",
        ),
    ),
    DATA: (
        click.option(
            "--dataset",
            metavar="D",
            help="A card, a path, or CARD@PATH.  [default: the model's own]",
        ),
        click.option(
            "--stream",
            metavar="FILE",
            help="Audio (16 kHz WAV), or the JSON definition of its test, for a wake word model.",
        ),
        click.option(
            "--pace",
            type=click.Choice(PACES),
            help="How the frames of --stream come: as recorded, or as fast as they are answered.  "
            "[default: real-time; accelerated for a device]",
        ),
        click.option(
            "--query-size",
            metavar="SIZE",
            help="Queries of several samples: 16 or lognormal:MEDIAN,SIGMA.",
        ),
    ),
    SCENARIO: (
        click.option(
            "--scenario",
            "scenarios",
            multiple=True,
            type=click.Choice(list(SCENARIOS)),
            help=f"May be given several times.  [default: {', '.join(DEFAULT_SCENARIOS)}]",
        ),
        click.option(
            "--mode",
            "modes",
            multiple=True,
            type=click.Choice(MODES),
            help=f"May be given several times.  [default: {', '.join(DEFAULT_MODES)}]",
        ),
        click.option(
            "--duration",
            "duration_s",
            type=float,
            metavar="S",
            help="One performance test of at least so many seconds.  [default: several, about 10 "
            "in all]",
        ),
        click.option(
            "--official",
            is_flag=True,
            help="MLPerf's own settings: 600 s per test, its query counts.",
        ),
        click.option(
            "--round",
            metavar="ROUND",
            help="Official: the round whose seeds to use, such as v6.0.  [default: LoadGen's own]",
        ),
        click.option(
            "--warmup",
            "warmup_s",
            type=float,
            default=WARMUP_S,
            show_default=True,
            metavar="S",
            help="How long the model is run before it is measured.",
        ),
        click.option("--target-qps", type=float, metavar="QPS", help="Server: queries per second."),
        latency_bound_option("Server: what 99 % of latencies must hold."),
        click.option(
            "--find-peak",
            is_flag=True,
            help="Server: search the largest rate that holds the bound.",
        ),
    ),
    DEVICE: (run_options,),
    POWER: (
        power_option(),
        supply_option,
        accuracy_option,
        click.option(
            "--idle",
            "idle_s",
            type=float,
            default=IDLE_S,
            show_default=True,
            metavar="S",
            help="For how long idle power is measured, before and after.",
        ),
    ),
    OUTPUT: (
        click.option(
            "--out",
            type=click.Path(path_type=Path, file_okay=False),
            metavar="DIR",
            help="Where run directories are made.  [default: edgebench-runs]",
        ),
        click.option("--resume", is_flag=True, help="Go on with the interrupted run in --out."),
        json_option,
    ),
}
