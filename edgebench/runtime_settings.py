"""How a runtime is set: the one list of its settings.

Requests, open systems, run.json, tuning, comparisons, sweeps and farm plans contain a
`RuntimeSettings` and go through its fields; nothing lists them a second time. A new setting is a
new field here and an option in `edgebench.cli.options.runtime`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from edgebench.errors import UsageError

Resolver = Literal["default", "reference", "no-delegate"]
"""Which kernels a runtime uses."""
InstanceKind = Literal["auto", "threads", "processes"]
"""What several instances live in."""
MOST_CPUS = 8192
"""As many as Linux can be built for."""
MOST_DIGITS = 20


@dataclass(frozen=True)
class RuntimeSettings:
    """How a runtime is set: what changes its speed, or who computes, but not what is measured.

    Attributes
    ----------
    runtime
        The name of an entry point in ``edgebench.suts``, such as ``litert``; None: the first of
        the built-in ones that is installed.
    threads
        Those of one instance.
    instances
        How many copies of the model serve queries side by side.
    instance_kind
        What they live in: ``threads`` of this process, ``processes`` of their own, or ``auto``,
        which is decided for each scenario: `edgebench.harness.request.KIND_OF_INSTANCES`.
    batch
        How many samples one invocation takes.
    resolver
        The runtime's kernels: its ``default`` ones (XNNPACK's where it has them), the
        ``reference`` ones, or its own without XNNPACK (``no-delegate``).
    delegate, delegate_options
        A shared library that takes ops, and what it is given.
    affinity
        The CPUs that may be used; empty: all.
    provider
        The processor, or the library for it, that computes the ops: one of those that the runtime
        states, such as ``cuda``; None: its default.
    inter_threads
        Threads that run ops side by side; 1: one op after the other.
    allow_fallback
        Whether ops that the provider or the delegate does not take may run on the CPU instead.
    """

    runtime: str | None = None
    threads: int = 1
    instances: int = 1
    instance_kind: InstanceKind = "auto"
    batch: int = 1
    resolver: Resolver = "default"
    delegate: str | None = None
    delegate_options: Mapping[str, str] = field(default_factory=dict, hash=False)
    affinity: tuple[int, ...] = ()
    provider: str | None = None
    inter_threads: int = 1
    allow_fallback: bool = False

    def __post_init__(self) -> None:
        for name, kind in setting_types().items():
            value = getattr(self, name)
            # The runtimes misread others: LiteRT takes 0 threads for 1, and -1 for an error.
            if kind is bool and not isinstance(value, bool):
                raise UsageError(
                    f"`{name}` must be True or False, not {value!r}", field=name, value=value
                )
            if kind is int and not (isinstance(value, int) and value >= 1):
                raise UsageError(
                    f"`{name}` must be an integer of at least 1, not {value!r}",
                    field=name,
                    value=value,
                )
            if name in COUNTED and value > MOST_COUNTED:
                raise UsageError(
                    f"`{name}` must be at most {MOST_COUNTED}, not {value}", field=name, value=value
                )
            if get_origin(kind) is Literal and value not in get_args(kind):
                raise UsageError.unknown(name, value, get_args(kind))
        if self.delegate_options and self.delegate is None:
            raise UsageError(
                "`delegate_options` needs a delegate: name it with `delegate`",
                field="delegate_options",
            )

    def changed(self) -> dict[str, Any]:
        """Return the settings that are not the default ones, by name."""
        usual = RuntimeSettings()
        return {name: value for name, value in self.items() if value != getattr(usual, name)}

    def items(self) -> Iterator[tuple[str, Any]]:
        """Yield every setting's name and value."""
        for name in setting_types():
            yield name, getattr(self, name)

    def __str__(self) -> str:
        """Return them as people read them; what is at its default is left out."""
        return " ".join(filter(None, (self.runtime, *self.parts())))

    def parts(self) -> tuple[str, ...]:
        """Return them as people read them, but for the runtime; the threads are the first part."""
        threads = f"{self.threads} thread{'s' * (self.threads != 1)}"
        if self.instances > 1 or self.instance_kind == "processes":
            count = f"{self.instances} instance{'s' * (self.instances != 1)}"
            threads += f" x {count} in {self.instance_kind}"
        given = ", ".join(f"{name}={each}" for name, each in self.delegate_options.items())
        parts = {
            threads: True,
            f"batch {self.batch}": self.batch > 1,
            f"{self.resolver} kernels": self.resolver != "default",
            f"delegate {self.delegate}{given and f' ({given})'}": self.delegate,
            f"on {self.provider}": self.provider,
            f"{self.inter_threads} ops side by side": self.inter_threads > 1,
            "fallback allowed": self.allow_fallback,
            f"on CPUs {','.join(map(str, self.affinity))}": self.affinity,
        }
        return tuple(part for part, is_said in parts.items() if is_said)


COUNTED, MOST_COUNTED = ("threads", "inter_threads", "instances"), 1024
"""More take all threads that the system has, from every other program too."""
_TYPES: dict[str, Any] = {}


def setting_types() -> Mapping[str, Any]:
    """Return each setting's type, by name, in the order of the fields."""
    if not _TYPES:
        hints = get_type_hints(RuntimeSettings)
        _TYPES.update({each.name: hints[each.name] for each in fields(RuntimeSettings)})
    return _TYPES


def can_be_text(name: str) -> bool:
    """Say whether a setting's value can be written in one word: any but a table."""
    return get_origin(setting_types()[name]) is not Mapping


def setting_from_text(name: str, text: str) -> Any:
    """Read a setting's value as a person writes it: ``2``, ``processes``, ``0-3``.

    Raises
    ------
    ValueError
        If it is not such a value.
    """
    kind = setting_types()[name]
    if kind is int:
        return _whole(text)
    if kind is bool:
        return _yes_or_no(text)
    if get_origin(kind) is tuple:
        return parse_cpus(text)
    if get_origin(kind) is Literal and text not in get_args(kind):
        raise ValueError(f"{text!r} is not one of {', '.join(get_args(kind))}")
    if not text or not can_be_text(name):
        raise ValueError("it is not one word")
    return text


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:  # Python's own limit on digits as well
        raise ValueError(f"{text[:40]!r} is not a whole number") from error


def _yes_or_no(text: str) -> bool:
    known = {"true": True, "yes": True, "false": False, "no": False}
    if text.lower() not in known:
        raise ValueError(f"{text[:40]!r} is not true or false")
    return known[text.lower()]


def _is_cpu(text: str) -> bool:
    """Whether a text is a number; Python reads none of thousands of digits."""
    return text.isdecimal() and len(text) <= MOST_DIGITS


def parse_cpus(text: str) -> tuple[int, ...]:
    """Read CPUs as the kernel writes them, such as ``0,2-3``.

    Raises
    ------
    ValueError
        If the text is no such list.
    """
    cpus: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not _is_cpu(first) or (dash and not _is_cpu(last)):
            raise ValueError(f"{text[:40]!r} is not a list of CPUs such as 0,2-3")
        if not int(first) <= int(last or first) <= MOST_CPUS:
            raise ValueError(f"{part.strip()!r} is not a range of CPUs")
        cpus += range(int(first), int(last or first) + 1)
    return tuple(dict.fromkeys(cpus))
