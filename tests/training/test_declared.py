"""Settings of training are declared once: the command line and the scripts follow from that."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields

import click
import pytest

from edgebench.cli.commands.models import reduce, train
from edgebench.errors import UsageError
from edgebench.training.declared import declared_in
from edgebench.training.reduction import Reduction
from edgebench.training.to_quality.goal import goal_of
from edgebench.training.to_quality.timed_runs import TimedRuns
from tests.cli.call import call


@pytest.mark.parametrize(
    ("command", "kind"), [(reduce.command, Reduction), (train.command, TimedRuns)]
)
def test_every_field_is_an_option_with_its_type_default_and_help(
    command: click.Command, kind: type[Reduction] | type[TimedRuns]
) -> None:
    declared = declared_in(kind)
    assert [each.name for each in declared] == [each.name for each in fields(kind)]
    options = {each.name: each for each in command.params if isinstance(each, click.Option)}
    for each in declared:
        option = options[each.name]
        assert option.default == each.default or (each.default is None and not option.required)
        assert option.help == each.about
        assert option.is_flag is each.is_flag
    assert kind() == kind(**{each.name: each.default for each in declared})


def test_help_names_them_without_loading_anything_heavy() -> None:
    shown = call("reduce", "--help").stdout
    assert "--width FLOAT" in shown
    assert "[default: 1.0]" in shown
    assert "--org TEXT" in call("train", "--help").stdout
    code = (
        "import sys\n"
        "from edgebench.cli.commands.models import reduce, train\n"
        "print(*sorted({'numpy', 'tensorflow', 'keras'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_what_does_not_go_together_is_refused() -> None:
    refused = call("reduce", "kws-ds-cnn", "--all", "--width", "0.5")
    assert refused.returncode == 2
    assert "--all has widths and prunings of its own" in refused.stderr
    few = call("train", "dlrm-edge", "--seeds", "0")
    assert few.returncode == 2
    assert "--seeds must be at least 1" in few.stderr


def test_a_target_that_the_metric_can_not_reach_is_refused() -> None:
    for model, target, most in (
        ("dlrm-edge", 1.1, "AUC: it must be above 0 and at most 1, not 1.1"),
        ("dlrm-edge", float("nan"), "at most 1, not nan"),
        ("digits-resnet8", 0, "at most 100%, not 0"),
        ("digits-resnet8", 200, "at most 100%, not 200"),
    ):
        with pytest.raises(UsageError, match=most):
            TimedRuns(target=target).goal(goal_of(model))
    assert TimedRuns(target=100).goal(goal_of("digits-resnet8")).target == 100
