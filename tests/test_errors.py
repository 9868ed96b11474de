"""A name that is not known: every lookup says the same, and what was probably meant."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import edgebench
from edgebench.boards.card import board_card
from edgebench.datasets.load import load_dataset
from edgebench.errors import MOST_SHOWN, UsageError
from edgebench.firmware.running.flash import _chosen as chosen_flasher
from edgebench.models.packages.pull import pull
from edgebench.models.quantize.recipes import recipe_called
from edgebench.models.resolve import resolve_model
from edgebench.power.drivers import meter_driver
from edgebench.runtimes.drivers import runtime_driver
from edgebench.tuning.objective import objective_called
from tests.cli.call import call

LOOKUPS: list[tuple[Callable[[], object], str, str]] = [
    (lambda: resolve_model("kws-ds-cn"), "model", "kws-ds-cnn"),
    (lambda: resolve_model("kws-ds-cnn:itn8"), "model", "kws-ds-cnn:int8"),
    (lambda: load_dataset("kwss"), "dataset", "kws"),
    (lambda: load_dataset("clicks-rm1:trase"), "dataset", "clicks-rm1:trace"),
    (lambda: board_card("nucleo-l4r5z"), "board", "nucleo-l4r5zi"),
    (lambda: meter_driver("ppk"), "power", "ppk2"),
    (lambda: runtime_driver("lite-rt"), "runtime", "litert"),
    (lambda: objective_called("thruput"), "objective", "throughput"),
    (lambda: recipe_called("int-8"), "recipes", "int8"),
    (lambda: pull("mlperf-tiny/kw"), "name", "mlperf-tiny/kws"),
    (lambda: chosen_flasher(board_card("nrf52840-dk"), "nrfutl"), "flasher", "nrfutil"),
    (lambda: edgebench.run(scenarios=["oflfine"]), "scenarios", "offline"),  # type: ignore[list-item]
    (lambda: edgebench.run(sweep={"treads": [1]}), "sweep", "threads"),
]


@pytest.mark.parametrize(("lookup", "field", "meant"), LOOKUPS)
def test_every_lookup_names_the_field_the_choices_and_the_nearest(
    lookup: Callable[[], object], field: str, meant: str
) -> None:
    with pytest.raises(UsageError, match="unknown value '") as caught:
        lookup()
    error = caught.value
    assert str(error).startswith(f"`{field}`: unknown value ")
    assert error.field == field
    assert meant in error.choices
    assert error.suggestion == meant
    assert all(choice in str(error) for choice in error.choices)


def test_the_command_line_asks_what_was_meant() -> None:
    done = call("deploy", "kws-ds-cnn", "--board", "nucleo-l4r5z")
    assert done.returncode == 2
    assert "--board: unknown value 'nucleo-l4r5z'; choose from " in " ".join(done.stderr.split())
    assert done.stderr.splitlines()[-1] == "Did you mean 'nucleo-l4r5zi'?"


def test_a_long_name_is_cut_and_no_choices_are_said() -> None:
    error = UsageError.unknown("name", "x" * 5000, [], where="in here", otherwise="give a file")
    assert len(str(error)) < MOST_SHOWN + 120
    assert str(error).endswith("... in here; there are none to choose from, or give a file")
    assert error.suggestion is None
