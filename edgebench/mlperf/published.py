"""Read published results of MLPerf's rounds: summary_results.json, summary.csv.

The JSON is what MLCommons' results pages show; the CSV is what the submission checkers of MLPerf
Inference and of MLPerf Tiny write, and lies in the results' repositories. Names of columns have
changed over the rounds; each field has its aliases.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from edgebench.errors import LogInvalid
from edgebench.mlperf.log_text import log_json, log_text, real, shown

_ALIASES: dict[str, tuple[str, ...]] = {
    "submitter": ("Submitter", "Organization"),
    "availability": ("Availability",),
    "division": ("Category", "Division"),
    "suite": ("Suite", "SystemType"),
    "system": ("System", "SystemName", "BoardName"),
    "platform": ("Platform", "SystemDesc"),
    "model": ("UsedModel", "Model"),
    "mlperf_model": ("Model", "MlperfModel"),
    "scenario": ("Scenario",),
    "result": ("Performance_Result", "Result"),
    "unit": ("Performance_Units", "Units", "ResultUnit"),
    "accuracy": ("Accuracy",),
    "power": ("Power_Result", "Power"),
    "power_unit": ("Power_Units", "PowerUnit"),
    "nodes": ("Nodes", "number_of_nodes"),
    "processor": ("Processor", "host_processor_model_name", "HostProcessorModelName"),
    "processors_per_node": ("host_processors_per_node", "p#"),
    "cores_per_processor": ("host_processor_core_count",),
    "accelerator": ("Accelerator", "accelerator_model_name", "AcceleratorModelName"),
    "accelerators_per_node": ("a#", "accelerators_per_node"),
    "location": ("Location",),
    "software": ("Software", "framework", "InferenceFramework"),
    "round": ("version",),
    "inferred": ("inferred",),
    "weights": ("weight_data_types",),
}
_CSV_ALIASES: dict[str, tuple[str, ...]] = {
    # In the CSV "Model" is the submitter's own name, and "MlperfModel" the benchmark's.
    "model": ("Model",),
    "mlperf_model": ("MlperfModel", "Model"),
}
TINY_UNIT = "inf./sec."
"""The unit by which a row is MLPerf Tiny's: its table has no scenario."""
STREAMED = "sww"
MOST_PUBLISHED = 20
"""How many published results of a scenario a comparison shows, unless it is asked for others."""
_NEEDED = ("submitter", "model", "scenario", "result")


@dataclass(frozen=True)
class PublishedResult:
    """A published result; empty or None where the round's table does not have it.

    Attributes
    ----------
    result, unit
        As published: ``Latency (ms)``, ``Samples/s``, ``Queries/s``, ``Tokens/s``.
    power, power_unit
        ``Watts``, or ``millijoules`` a query or stream; MLPerf Tiny's ``uJ/inf.`` and ``mW``.
    cores
        Of all processors of all nodes of the host; accelerators have none.
    inferred
        Reckoned from another scenario's result, as the rules allow, not measured.
    """

    round: str
    submitter: str
    division: str
    suite: str
    system: str
    platform: str
    model: str
    mlperf_model: str
    scenario: str
    result: float
    unit: str
    accuracy: str
    power: float | None
    power_unit: str
    processor: str
    cores: int | None
    accelerator: str
    accelerators: int | None
    software: str
    weights: str
    availability: str
    inferred: bool
    location: str


def read_published(path: Path) -> list[PublishedResult]:
    """Read summary_results.json or summary.csv; rows without a result are left out.

    Raises
    ------
    LogInvalid
        If it can't be read; the message has the row and the reason.
    """
    text = log_text(path)
    is_json = text.lstrip()[:1] in ("[", "{")
    rows = _json_rows(path, text) if is_json else _csv_rows(path, text)
    aliases = _ALIASES if is_json else _ALIASES | _CSV_ALIASES
    return [found for where, row in rows if (found := _result(where, row, aliases)) is not None]


def _json_rows(path: Path, text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    rows = log_json(text, str(path))
    if not isinstance(rows, list):
        raise LogInvalid(f"{path}: not a list of results")
    for number, row in enumerate(rows):
        if not isinstance(row, dict):
            raise LogInvalid(f"{path}, result {number}: not an object")
        yield f"{path}, result {number}", row


def _csv_rows(path: Path, text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    reader = csv.DictReader(text.splitlines())
    try:
        names = set(reader.fieldnames or ())
    except csv.Error as error:
        raise LogInvalid(f"{path}, line 1: {error}") from error
    if not names & {"Result", "Performance_Result"} or not names & {"Organization", "Submitter"}:
        raise LogInvalid(
            f"{path}, line 1: no published results: it has no columns Organization and Result"
        )
    try:
        for row in reader:
            yield f"{path}, line {reader.line_num}", row
    except csv.Error as error:
        raise LogInvalid(f"{path}, line {reader.line_num}: {error}") from error


def _result(
    where: str, row: Mapping[str, Any], aliases: dict[str, tuple[str, ...]]
) -> PublishedResult | None:
    found = {field: _first(row, names) for field, names in aliases.items()}
    if found["result"] in ("", "None"):
        return None
    found["scenario"] = found["scenario"] or _tiny_scenario(found)
    missing = [field for field in _NEEDED if not found[field]]
    if missing:
        raise LogInvalid(f"{where}: no {missing[0]} in it")
    result = real(found["result"], f"{where}, result")
    # MLPerf Tiny's table has a 0 where no power was measured.
    watts = real(found["power"], f"{where}, power") or None if found["power"] else None
    nodes = _whole(found["nodes"]) or 1
    return PublishedResult(
        round=found["round"],
        submitter=found["submitter"],
        division=found["division"].lower(),
        suite=found["suite"].lower(),
        system=found["system"],
        platform=found["platform"],
        model=found["model"],
        mlperf_model=found["mlperf_model"] or found["model"],
        scenario=found["scenario"],
        result=result,
        unit=found["unit"],
        accuracy=found["accuracy"],
        power=watts,
        power_unit=found["power_unit"],
        processor=found["processor"],
        cores=_product(found["cores_per_processor"], found["processors_per_node"], nodes=nodes),
        accelerator=found["accelerator"],
        accelerators=_product(found["accelerators_per_node"], nodes=nodes),
        software=found["software"],
        weights=found["weights"],
        availability=found["availability"],
        inferred=found["inferred"].lower() in ("1", "true", "yes"),
        location=found["location"],
    )


def _tiny_scenario(found: Mapping[str, str]) -> str:
    """Return the scenario of a row of MLPerf Tiny's, whose table has none; else nothing."""
    if found["unit"] != TINY_UNIT:
        return ""
    is_streamed = STREAMED in (found["model"], found["mlperf_model"])
    return "Streaming" if is_streamed else "SingleStream"


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = row.get(name)
        # A number of thousands of digits has no text in Python.
        text = shown(value) if isinstance(value, int) else str("" if value is None else value)
        if text.strip():
            return text.strip()
    return ""


def _whole(text: str) -> int | None:
    return int(text) if _COUNT.fullmatch(text) else None


def _product(*texts: str, nodes: int) -> int | None:
    """Return a count of all nodes; None if a factor of it is not known, or 0."""
    return nodes * prod(_whole(text) or 0 for text in texts) or None


_COUNT = re.compile("[0-9]{1,9}")
