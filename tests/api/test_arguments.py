"""What a public function makes of what it is called with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import edgebench
from edgebench.api.arguments import public
from edgebench.errors import UsageError


@public
def taken(
    model: str | Path,
    *,
    threads: int | None = None,
    seconds: float = 1.0,
    official: bool = False,
    kind: Literal["one", "two"] = "one",
    cpus: Sequence[int] = (),
    names: Iterable[Literal["a", "b"]] = (),
    options: Mapping[str, str] | None = None,
    sweep: str | Iterable[str] | Mapping[str, Sequence[float]] = (),
) -> dict[str, Any]:
    """Return what arrived."""
    return dict(locals())


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"threads": "2"}, "`threads` must be an integer, not '2'"),
        ({"threads": True}, "`threads` must be an integer, not True"),
        ({"threads": 2.0}, "`threads` must be an integer, not 2.0"),
        ({"seconds": "1"}, "`seconds` must be a number, not '1'"),
        ({"seconds": None}, "`seconds` must be a number, not None"),
        ({"official": 1}, "`official` must be True or False, not 1"),
        ({"kind": "tow"}, "`kind`: unknown value 'tow'; choose from one, two"),
        ({"kind": 2}, "`kind` must be one of one, two, not 2"),
        ({"cpus": 3}, "`cpus` must be a list, not 3"),
        ({"cpus": "12"}, "`cpus` must be a list, not '12'"),
        ({"cpus": [0, "1"]}, "each of `cpus` must be an integer, not '1'"),
        ({"names": ["a", "c"]}, "`names`: unknown value 'c'; choose from a, b"),
        ({"options": {"a": 1}}, "each of `options` must be a string, not 1"),
        ({"options": ["a"]}, r"`options` must be a dictionary, not \['a'\]"),
        ({"model": 3}, "`model` must be a string or a path, not 3"),
        ({"sweep": {"threads": ["x"]}}, "each of `sweep` must be a number, not 'x'"),
        ({"thread": 2}, r"taken\(\) has no parameter `thread`; did you mean `threads`\?"),
        ({"zzz": 2}, r"taken\(\) has no parameter `zzz`$"),
    ],
)
def test_what_does_not_fit_is_named(values: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        taken(**{"model": "kws", **values})
    assert caught.value.field in values


def test_a_call_of_another_shape_says_what_is_wanted() -> None:
    with pytest.raises(UsageError, match=r"taken\(\) needs `model`"):
        taken()
    with pytest.raises(UsageError, match=r"takes `model` by position, and the rest by name"):
        taken("kws", 2)
    with pytest.raises(UsageError, match="`model` twice"):
        taken("kws", model="ad")
    with pytest.raises(UsageError, match=r"doctor\(\) takes nothing by position"):
        edgebench.doctor(1)


def test_numbers_of_numpy_and_lists_become_pythons_own() -> None:
    arrived = taken(
        Path("kws"),
        threads=np.int64(2),
        seconds=np.float32(0.5),
        official=np.bool_(True),
        cpus=np.arange(2),
        names={"a": 1}.keys(),
    )
    assert {name: type(value) for name, value in arrived.items()} | {"model": Path} == {
        "model": Path,
        "threads": int,
        "seconds": float,
        "official": bool,
        "kind": str,
        "cpus": tuple,
        "names": tuple,
        "options": type(None),
        "sweep": tuple,
    }
    assert arrived["cpus"] == (0, 1)
    assert [type(each) for each in arrived["cpus"]] == [int, int]
    assert type(taken("kws", seconds=3)["seconds"]) is float


def test_an_iterator_is_read_when_the_function_reads_it() -> None:
    def endless() -> Iterator[Literal["a", "b"]]:
        yield "a"
        yield "b"
        yield "c"

    names = taken("kws", names=endless())["names"]
    assert [next(names), next(names)] == ["a", "b"]
    with pytest.raises(UsageError, match="`names`: unknown value 'c'"):
        next(names)


def test_run_refuses_before_anything_is_opened(tmp_path: Path) -> None:
    for values, says in (
        ({"threads": "2"}, "`threads` must be an integer"),
        ({"scenarios": ["oflfine"]}, "`scenarios`: unknown value 'oflfine'; choose from"),
        ({"scenarios": "offline"}, "`scenarios` must be a list, not 'offline'"),
        ({"duration": 2}, "did you mean `duration_s`"),
        ({"verify": "auto"}, "`verify` is for a device: name it with `device`"),
        ({"device": "/dev/ttyACM0", "board": "pico"}, "use one of them"),
        ({"progress": print}, "`progress` must be a Progress"),
    ):
        with pytest.raises(UsageError, match=says):
            edgebench.run(out=tmp_path / "runs", **values)
    assert not (tmp_path / "runs").exists()
