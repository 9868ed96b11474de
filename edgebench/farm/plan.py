"""plan.toml: which models run where, how often, in which order."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from edgebench.errors import EdgebenchError, UsageError
from edgebench.harness.request import FLAT_FIELDS
from edgebench.mlperf.scenarios import MODES, SCENARIOS
from edgebench.toml_lines import TomlLines

Order = Literal["interleaved", "by-run"]
KINDS = ("place", "tags", "device", "ssh")
_RESERVED = ("model", "scenarios", "modes", "device", "power", "supply_v")
OPTIONS = tuple(name for name in FLAT_FIELDS if name not in _RESERVED)
"""What a run's ``options`` may be: the fields of `RunRequest` and of `RuntimeSettings`."""


@dataclass(frozen=True)
class Target:
    """Where runs go.

    Attributes
    ----------
    kind, where
        ``place``: a labgrid place; ``device``: a port, a URL or ``emulated:MODEL``; ``ssh``: a
        machine, as ssh names it, that runs edgebench itself.
    meter, supply_v
        A power meter beside it, as `edgebench run --power` takes it.
    host_timed
        Whether a board behind a network may be timed by the host as well: labelled, no result.
    emulator_clock
        Whether an emulator is behind the port, whose clock counts instructions.
    board, deploy
        A board card, and a command whose words may have ``{elf}``, ``{bin}``, ``{hex}`` and
        ``{place}``: each run's model is compiled for the board and put on it by that command.
    command, setup, ssh_config
        Over SSH: edgebench's program there, a wheel to be installed where it is missing, and a
        file for ``ssh -F`` instead of the user's own.
    """

    name: str
    kind: Literal["place", "device", "ssh"]
    where: str
    meter: str | None = None
    supply_v: float | None = None
    host_timed: bool = False
    emulator_clock: bool = False
    board: str | None = None
    deploy: tuple[str, ...] = ()
    command: str = "edgebench"
    setup: str | None = None
    ssh_config: str | None = None


@dataclass(frozen=True)
class TagFilter:
    """Every place with these tags, as the coordinator has them when the plan is begun."""

    tags: Mapping[str, str]
    host_timed: bool = False
    emulator_clock: bool = False


@dataclass(frozen=True)
class PlannedRun:
    """A run that every target (or each of those named) gets ``repeats`` times."""

    model: str | None
    scenarios: tuple[str, ...]
    modes: tuple[str, ...]
    repeats: int
    options: Mapping[str, Any]
    targets: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What tables call it."""
        what = [self.model or "the board's model", *self.scenarios]
        what += [f"{key}={value}" for key, value in self.options.items()]
        return " ".join(what)


@dataclass(frozen=True)
class Plan:
    """A plan that has been checked, but for what the coordinator knows."""

    targets: tuple[Target, ...]
    filters: tuple[TagFilter, ...]
    runs: tuple[PlannedRun, ...]
    order: Order = "interleaved"
    time_limit_s: float = 1800.0
    attempts: int = 2
    wait_s: float = 600.0
    out: str = "farm-runs"
    path: Path = field(default_factory=Path)


def read_plan(path: Path) -> Plan:
    """Read a plan.

    Raises
    ------
    UsageError
        If it can't be read, or something in it is not possible; the message has the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except OSError as error:
        raise UsageError(f"{path}: can't be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: not TOML: {error}") from error
    return _Reader(path, TomlLines(path, text)).plan(values)


class _Reader:
    def __init__(self, path: Path, lines: TomlLines) -> None:
        self._path, self._lines = path, lines

    def plan(self, values: dict[str, Any]) -> Plan:
        self._known(
            values,
            "",
            0,
            {"targets", "runs", "repeats", "order", "time_limit_s", "attempts", "wait_s", "out"},
        )
        order = self._typed(values, "", 0, "order", str, "interleaved")
        if order not in get_args(Order):
            self._refuse("", 0, "order", f"order is {' or '.join(get_args(Order))}, not {order!r}")
        targets, filters = self._targets(values)
        repeats = self._number(values, "", 0, "repeats", 1)
        runs = tuple(
            self._run(each, index, repeats, {target.name for target in targets}, bool(filters))
            for index, each in enumerate(self._tables(values, "runs"))
        )
        for what, found in (("target", (*targets, *filters)), ("run", runs)):
            if not found:
                raise UsageError(f"{self._path}: no [[{what}s]]: nothing to do")
        for index, each in enumerate(runs):
            mine = [target for target in targets if not each.targets or target.name in each.targets]
            if filters or any(target.kind != "ssh" for target in mine):
                self._check_found_here(each, index)
        return Plan(
            targets=targets,
            filters=filters,
            runs=runs,
            order=order,
            time_limit_s=self._positive(values, "time_limit_s", 1800.0),
            attempts=self._number(values, "", 0, "attempts", 2),
            wait_s=self._positive(values, "wait_s", 600.0),
            out=self._typed(values, "", 0, "out", str, "farm-runs"),
            path=self._path,
        )

    def _targets(self, values: dict[str, Any]) -> tuple[tuple[Target, ...], tuple[TagFilter, ...]]:
        targets: list[Target] = []
        filters: list[TagFilter] = []
        for index, each in enumerate(self._tables(values, "targets")):
            kinds = [kind for kind in KINDS if kind in each]
            if len(kinds) != 1:
                self._refuse(
                    "targets",
                    index,
                    "",
                    f"a target has one of {', '.join(KINDS)}; this has "
                    f"{', '.join(kinds) or 'none'}",
                )
            kind = kinds[0]
            flags = {"host_timed", "emulator_clock"}
            allowed = {kind, "name", "meter", "supply_v", *flags}
            allowed |= {"command", "setup", "ssh_config"} if kind == "ssh" else {"board", "deploy"}
            self._known(each, "targets", index, {"tags", *flags} if kind == "tags" else allowed)
            host_timed = self._typed(each, "targets", index, "host_timed", bool, False)
            emulator = self._typed(each, "targets", index, "emulator_clock", bool, False)
            if kind == "tags":
                tags = self._typed(each, "targets", index, "tags", dict, {})
                if not tags or not all(isinstance(value, str) for value in tags.values()):
                    self._refuse("targets", index, "tags", 'tags are such as { board = "nrf52" }')
                filters.append(TagFilter(tags, host_timed, emulator))
                continue
            where = self._typed(each, "targets", index, kind, str, "")
            if not where or where.startswith("-"):
                self._refuse("targets", index, kind, f"{kind} must name one, not {where!r}")
            name = self._typed(each, "targets", index, "name", str, where)
            if any(name == other.name for other in targets):
                self._refuse(
                    "targets", index, "name", f"there are two targets {name!r}: give them names"
                )
            board = self._typed(each, "targets", index, "board", str, None)
            deploy = self._strings(each, "targets", index, "deploy", ())
            if (board is None) != (not deploy):
                self._refuse("targets", index, "board", "board and deploy go together")
            targets.append(
                Target(
                    name=name,
                    kind=kind,  # type: ignore[arg-type]
                    where=where,
                    meter=self._typed(each, "targets", index, "meter", str, None),
                    supply_v=self._typed(each, "targets", index, "supply_v", float, None),
                    host_timed=host_timed,
                    emulator_clock=emulator,
                    board=board,
                    deploy=deploy,
                    command=self._typed(each, "targets", index, "command", str, "edgebench"),
                    setup=self._typed(each, "targets", index, "setup", str, None),
                    ssh_config=self._typed(each, "targets", index, "ssh_config", str, None),
                )
            )
        return tuple(targets), tuple(filters)

    def _run(
        self, each: dict[str, Any], index: int, repeats: int, names: set[str], any_place: bool
    ) -> PlannedRun:
        self._known(
            each, "runs", index, {"model", "scenarios", "modes", "repeats", "options", "targets"}
        )
        options = self._typed(each, "runs", index, "options", dict, {})
        for key in options:
            if key not in OPTIONS:
                self._refuse(
                    "runs",
                    index,
                    "options",
                    f"no option {key!r} of a run; there are {', '.join(OPTIONS)}",
                )
        wanted = self._strings(each, "runs", index, "targets", ())
        unknown = [name for name in wanted if name not in names]
        if unknown and not any_place:
            self._refuse(
                "runs",
                index,
                "targets",
                f"no target {unknown[0]!r}; there are {', '.join(sorted(names))}",
            )
        return PlannedRun(
            model=self._typed(each, "runs", index, "model", str, None),
            scenarios=self._strings(each, "runs", index, "scenarios", tuple(SCENARIOS)),
            modes=self._strings(each, "runs", index, "modes", MODES),
            repeats=self._number(each, "runs", index, "repeats", repeats),
            options=options,
            targets=wanted,
        )

    def _check_found_here(self, run: PlannedRun, index: int) -> None:
        """Refuse a model or data that aren't there now, not on every board in turn."""
        from edgebench.datasets.load import load_dataset
        from edgebench.models.resolve import resolve_model

        for key, find, spec in (
            ("model", resolve_model, run.model),
            ("options", load_dataset, run.options.get("dataset")),
        ):
            try:
                if isinstance(spec, str):
                    find(spec)
            except EdgebenchError as error:
                self._refuse("runs", index, key, str(error))

    def _tables(self, values: dict[str, Any], name: str) -> Sequence[dict[str, Any]]:
        found = values.get(name, [])
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            self._refuse(name, 0, "", f"{name} are tables: [[{name}]]")
        return found  # type: ignore[no-any-return]

    def _known(self, values: dict[str, Any], table: str, index: int, known: set[str]) -> None:
        for key in values:
            if key not in known:
                self._refuse(
                    table, index, key, f"no key {key!r} here; there are {', '.join(sorted(known))}"
                )

    def _typed(
        self, values: dict[str, Any], table: str, index: int, key: str, kind: type, default: Any
    ) -> Any:
        value = values.get(key, default)
        if kind is float and type(value) is int:
            value = float(value)
        if value is not default and type(value) is not kind:
            self._refuse(table, index, key, f"{key} must be a {kind.__name__}, not {value!r}")
        return value

    def _number(
        self, values: dict[str, Any], table: str, index: int, key: str, default: int
    ) -> int:
        value: int = self._typed(values, table, index, key, int, default)
        if value < 1:
            self._refuse(table, index, key, f"{key} must be at least 1, not {value}")
        return value

    def _positive(self, values: dict[str, Any], key: str, default: float) -> float:
        value: float = self._typed(values, "", 0, key, float, default)
        if not 0 < value < 1e9:
            self._refuse("", 0, key, f"{key} must be above 0, not {value}")
        return value

    def _strings(
        self, values: dict[str, Any], table: str, index: int, key: str, known: tuple[str, ...]
    ) -> tuple[str, ...]:
        value = self._typed(values, table, index, key, list, [])
        for each in value:
            if not isinstance(each, str) or (known and each not in known):
                among = f"; there are {', '.join(known)}" if known else ""
                self._refuse(table, index, key, f"no {key.removesuffix('s')} {each!r}{among}")
        return tuple(value)

    def _refuse(self, table: str, index: int, key: str, why: str) -> None:
        keys = (*((table, index) if table else ()), *((key,) if key else ()))
        raise UsageError(f"{self._lines.at(*keys)}: {why}")
