from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebench.errors import UsageError
from edgebench.text.typed_json import Problem, TypedJsonError, structure, unstructure


@dataclass(frozen=True)
class Port:
    name: str
    baud: int = 115200
    timeout_s: float | None = None


@dataclass(frozen=True)
class Plan:
    title: str
    share: float = 0.5
    mode: Literal["fast", "slow"] = "fast"
    is_dry: bool = False
    ports: tuple[Port, ...] = ()
    names: list[str] = field(default_factory=list)
    counts: Mapping[str, int] = field(default_factory=dict)
    limits: dict[str, Port] = field(default_factory=dict)
    port: Port | None = None
    folder: Path | None = None
    key: int | str | None = None
    anything: Any = None


@dataclass(frozen=True)
class Checked:
    count: int

    def __post_init__(self) -> None:
        if self.count < 0:
            raise UsageError("`count` must be 0 or more")


@dataclass(frozen=True)
class Tree:
    name: str
    children: tuple[Tree, ...] = ()


def wrong(values: Any) -> TypedJsonError:
    with pytest.raises(TypedJsonError) as raised:
        structure(Plan, values)
    return raised.value


WHOLE = Plan(
    title="t",
    share=0.25,
    mode="slow",
    is_dry=True,
    ports=(Port("a"), Port("b", 9600, 1.5)),
    names=["x", "y"],
    counts={"n": 1},
    limits={"one": Port("c")},
    port=Port("d"),
    folder=Path("/tmp/x"),
    key="k",
    anything={"a": [1, "2", None]},
)


def test_what_is_written_reads_back_equal_through_json() -> None:
    for plan in (WHOLE, Plan("t"), Plan("t", key=3)):
        assert structure(Plan, json.loads(json.dumps(unstructure(plan)))) == plan


def test_it_writes_only_what_json_has() -> None:
    values = unstructure(WHOLE)
    assert values == json.loads(json.dumps(values))


def test_keys_with_a_default_may_be_left_out() -> None:
    assert structure(Plan, {"title": "t", "ports": [{"name": "a"}]}) == Plan(
        "t", ports=(Port("a"),)
    )


def test_an_integer_will_do_for_a_float_and_becomes_one() -> None:
    read = structure(Plan, {"title": "t", "share": 1})
    assert isinstance(read.share, float)


@pytest.mark.parametrize(
    ("values", "path", "message"),
    [
        ({"title": 3}, "title", "`title` must be a string, not 3"),
        ({"title": None}, "title", "`title` must be a string, not null"),
        ({"title": "t", "share": "3"}, "share", "`share` must be a number, not '3'"),
        ({"title": "t", "share": True}, "share", "`share` must be a number, not True"),
        ({"title": "t", "is_dry": 1}, "is_dry", "`is_dry` must be true or false, not 1"),
        ({"title": "t", "mode": "odd"}, "mode", "`mode` must be one of fast, slow, not 'odd'"),
        ({"title": "t", "mode": []}, "mode", "`mode` must be one of fast, slow, not []"),
        ({"title": "t", "names": "xy"}, "names", "`names` must be a list, not 'xy'"),
        ({"title": "t", "names": ["x", 2]}, "names[1]", "`names[1]` must be a string, not 2"),
        ({"title": "t", "ports": {}}, "ports", "`ports` must be a list, not {}"),
        ({"title": "t", "ports": "ab"}, "ports", "`ports` must be a list, not 'ab'"),
        ({"title": "t", "port": []}, "port", "`port` must be an object, not []"),
        ({"title": "t", "counts": [1]}, "counts", "`counts` must be an object, not [1]"),
        ({"title": "t", "counts": {"n": 1.5}}, "counts.n", "must be an integer, not 1.5"),
        ({"title": "t", "limits": {"n": 1}}, "limits.n", "must be an object, not 1"),
        ({"title": "t", "folder": 1}, "folder", "`folder` must be a path, not 1"),
        ({"title": "t", "key": 1.5}, "key", "must be an integer or a string or null, not 1.5"),
        ({"title": "t", "key": True}, "key", "must be an integer or a string or null, not True"),
        (
            {"title": "t", "ports": [{"name": "a"}, {"name": "b", "baud": "9600"}]},
            "ports[1].baud",
            "`ports[1].baud` must be an integer, not '9600'",
        ),
        ({"title": "t", "ports": [{"baud": 1}]}, "ports[0].name", "is missing"),
        ({}, "title", "`title` is missing"),
        ({"title": "t", "shares": 1}, "shares", "`shares` is unknown; did you mean `share`?"),
        ({"title": "t", "port": {"name": "a", "xyz": 1}}, "port.xyz", "known: name, baud"),
        ([], "", "the whole must be an object, not []"),
        (None, "", "the whole must be an object, not null"),
    ],
)
def test_an_error_names_the_key_what_it_must_be_and_what_it_is(
    values: Any, path: str, message: str
) -> None:
    error = wrong(values)
    assert error.path == path
    assert message in str(error)


def test_an_error_has_its_facts_and_those_of_the_others() -> None:
    error = wrong({"title": 1, "ports": [{"name": "a", "baud": None}], "odd": 2})
    assert (error.keys, error.expected, error.found) == (("title",), "a string", 1)
    assert error.problems == (
        Problem(("title",), "type", "a string", 1),
        Problem(("ports", 0, "baud"), "type", "an integer", None),
        Problem(("odd",), "unknown", error.problems[2].expected, None),
    )
    assert str(error).endswith("(and 2 more)")


def test_long_values_are_shortened_in_messages() -> None:
    assert len(str(wrong({"title": ["x"] * 1000}))) < 200


def test_a_number_that_python_does_not_write_is_said() -> None:
    assert str(wrong({"title": 16**5000})) == (
        "`title` must be a string, not a number with too many digits"
    )


def test_what_a_dataclass_itself_refuses_comes_out_as_it_is() -> None:
    with pytest.raises(UsageError, match="0 or more"):
        structure(Checked, {"count": -1})


def test_types_may_contain_themselves() -> None:
    tree = Tree("a", (Tree("b", (Tree("c"),)),))
    assert structure(Tree, unstructure(tree)) == tree
    with pytest.raises(TypedJsonError) as raised:
        structure(Tree, {"name": "a", "children": [{"name": "b", "children": [{"name": 1}]}]})
    assert raised.value.path == "children[0].children[0].name"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*Plan.__dataclass_fields__, "odd"]), JSON) | JSON)
def test_any_json_is_read_or_refused_with_the_way_to_the_value(values: Any) -> None:
    try:
        structure(Plan, values)
    except TypedJsonError as error:
        for problem in error.problems:
            if problem.kind == "type":
                assert reduce(getitem, problem.keys, values) is problem.found


def test_cattrs_is_imported_only_when_something_is_converted() -> None:
    code = (
        "import sys, edgebench.cli, edgebench.text.typed_json, edgebench.api; "
        "sys.exit('cattrs' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
