"""Options of a meter, ``key=value`` behind its address, as its driver declares them.

They are the fields of a frozen dataclass:

    >>> from edgebench.power.option_kinds import Choice, Number
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Options:
    ...     supply_v: float = option("supply", Number(1.8, 3.3, "V"), 3.3)
    ...     mode: str = option("mode", Choice("source", "ampere"), "source")
    >>> read_options("kit", Options, ["mode=ampere"], supply_v=3.0)
    Options(supply_v=3.0, mode='ampere')
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar, overload

from edgebench.errors import UsageError
from edgebench.power.option_kinds import OptionKind

T = TypeVar("T")
D = TypeVar("D")
_DECLARED, _OTHERS = "edgebench meter option", "edgebench other words"


@dataclass(frozen=True)
class NoOptions:
    """The options of a meter that has none."""


@dataclass(frozen=True)
class Option:
    """An option as its driver declares it.

    Attributes
    ----------
    key
        As it is written: ``rate`` for a field ``rate_hz``.
    kind
        The type of its value.
    about
        What it is for; shown where it is missing.
    is_required
        Whether it must be given.
    """

    key: str
    kind: OptionKind[Any]
    about: str = ""
    is_required: bool = False


@overload
def option(key: str, kind: OptionKind[T], *, about: str = ...) -> T: ...
@overload
def option(key: str, kind: OptionKind[T], default: D, *, about: str = ...) -> T | D: ...
def option(key: str, kind: OptionKind[Any], default: Any = MISSING, *, about: str = "") -> Any:
    """Return a dataclass's field for an option; one without a default must be given."""
    declared = Option(key, kind, about, default is MISSING)
    return field(default=default, metadata={_DECLARED: declared})


def other_words() -> Any:
    """Return a field for the words that belong to no option: a tuple of texts."""
    return field(default=(), metadata={_OTHERS: True})


def declared_options(kind: Any) -> dict[str, Option]:
    """Return the options that a driver's dataclass declares, by field; none for None."""
    if kind is None:
        return {}
    return {
        each.name: each.metadata[_DECLARED] for each in fields(kind) if _DECLARED in each.metadata
    }


def read_options(meter: str, kind: type[T], words: Iterable[str], **given: object) -> T:
    """Return a driver's options.

    Parameters
    ----------
    meter
        The driver's name, for errors.
    kind
        Its dataclass.
    words
        ``key=value``, as they were typed.
    given
        Values of fields that were given by themselves, such as ``supply_v``.

    Raises
    ------
    UsageError
        For an option that the meter does not have, one that is given twice or is missing, or a
        value of another type.
    """
    known = declared_options(kind)
    by_key = {each.key: name for name, each in known.items()}
    rest = _field_of_others(kind)
    values: dict[str, Any] = {}
    others = []
    for word in words:
        key, _, text = word.partition("=")
        if key in by_key:
            name = by_key[key]
            if name in values:
                raise UsageError(f"{meter}: {key}= is given twice", field="power", value=word)
            values[name] = _read(meter, known[name], text)
        elif rest is None:
            raise _unknown(meter, key, sorted(by_key))
        else:
            others.append(word)
    for name, value in given.items():
        if not known[name].kind.holds(value):
            raise UsageError(
                f"{meter}: `{name}` must be {known[name].kind.expected}, not {value!r}",
                field=name,
                value=value,
            )
        if values.setdefault(name, value) != value:
            raise UsageError(
                f"{meter}: `{name}` is {value!r}, and {known[name].key}= is {values[name]!r}",
                field=name,
                value=value,
            )
    for name, each in known.items():
        if each.is_required and name not in values:
            raise UsageError(f"{meter} needs `{name}`: {each.about}", field=name)
    return kind(**values, **({} if rest is None else {rest: tuple(others)}))


def _field_of_others(kind: Any) -> str | None:
    return next((each.name for each in fields(kind) if _OTHERS in each.metadata), None)


def _read(meter: str, declared: Option, text: str) -> Any:
    value = declared.kind.read(text)
    if value is None or not declared.kind.holds(value):
        raise UsageError(
            f"{meter}: {declared.key}= must be {declared.kind.expected}, not {text!r}",
            field="power",
            value=text,
        )
    return value


def _unknown(meter: str, key: str, known: list[str]) -> UsageError:
    return UsageError(
        f"{meter} has no option {key!r}; it has {', '.join(known) or 'none'}",
        field="power",
        value=key,
        choices=known,
    )
