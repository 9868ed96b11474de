"""system.toml: what a submission says of the machine, which no program can find out."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edgebench.card_file import read_card
from edgebench.errors import CardInvalid, NotSubmittable
from edgebench.files.atomic import write_text
from edgebench.files.disk import disk_errors
from edgebench.host.facts import HostFacts, host_facts
from edgebench.mlperf import inference_tree
from edgebench.mlperf.inference_rounds import INFERENCE_ROUNDS
from edgebench.mlperf.tiny import tree as tiny_tree
from edgebench.text.call_text import call_text
from edgebench.text.json_text import json_text
from edgebench.text.printable import excerpt
from edgebench.text.toml_lines import Keys

NOT_THERE = "N/A"
SET_BY_SUBMIT = ("division", "submitter", "Division", "Submitter")
"""What the command line says."""
FROM_RUNS = ("framework",)
"""What the runs say where the description does not."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

_HINTS = {
    "status": "available, preview or rdi (research, development or internal)",
    "Status": "available, preview or rdi (research, development or internal)",
    "system_type": "edge, or datacenter, or both: edge,datacenter",
    "system_name": "as people call it: Raspberry Pi 5 8GB",
    "host_memory_configuration": "1x 8GB LPDDR4X-4267, say",
    "host_storage_type": "SD card, NVMe SSD, eMMC",
    "host_networking": "N/A where nothing goes over the network",
    "cooling": "passive, fan, air",
    "framework": "what ran the model; empty: what the runs say",
    "other_software_stack": "delegates, drivers, libraries with their versions",
    "accelerators_per_node": "0 and N/A below where there is none",
    "Board Name": "NUCLEO-L4R5ZI, say",
    "Processor(s) Frequencies": "120 MHz",
    "Inference Framework": "what turned the model into firmware, with its version",
    "Hardware Notes": "supply voltage, clocks, what was switched off",
}


@dataclass(frozen=True)
class Description:
    """A read system.toml.

    Attributes
    ----------
    name
        The system's folder: letters, digits, ``.``, ``_``, ``-``.
    fields
        Of systems/NAME.json, without those that the command line says.
    mapping
        Which benchmark each model's folder counts as (inference only).
    measurements
        For models without a card: the fields of measurements.json.
    """

    name: str
    fields: dict[str, str]
    mapping: dict[str, str] = field(default_factory=dict)
    measurements: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _File:
    """The fields of the file: a text each, or a number, which is written as a text."""

    name: str = ""
    system: Mapping[str, str | float] = field(default_factory=dict)
    models: Mapping[str, str | float] = field(default_factory=dict)
    measurements: Mapping[str, str | float] = field(default_factory=dict)


def read_description(
    kind: str, path: Path, known: Mapping[str, bool], optional: Collection[str] = ()
) -> Description:
    """Read system.toml.

    Parameters
    ----------
    kind
        Of the submission: inference or tiny.
    known
        The fields, and whether each must say something.
    optional
        Fields that may be left out.

    Raises
    ------
    NotSubmittable
        With everything that is missing, empty or unknown, and its line; or, before that, with
        all that is of another type.
    """

    def faults(file: _File) -> Iterator[tuple[Keys, str]]:
        if not _NAME.fullmatch(file.name):
            shown = excerpt(repr(file.name), 60)
            yield ("name",), f"name = {shown} is no folder's name (letters, digits, . _ -)"
        yield from _bad_fields(_texts(file.system), known, optional)

    try:
        file = read_card(path, _File, {}, faults)
    except CardInvalid as error:
        text = str(error)
        if isinstance(error.__cause__, FileNotFoundError):
            call = call_text("init_submission", kind, system=str(path))
            text = f"{path} is not there: {call} writes one to fill in"
        raise NotSubmittable(text) from error
    return Description(
        file.name, _texts(file.system), _texts(file.models), _texts(file.measurements)
    )


def _bad_fields(
    system: Mapping[str, str], known: Mapping[str, bool], optional: Collection[str]
) -> Iterator[tuple[Keys, str]]:
    """Say which fields are missing, empty or unknown."""
    for key, needed in known.items():
        if key in (*SET_BY_SUBMIT, *FROM_RUNS):
            continue
        if key not in system:
            yield ("system",), f"no {key!r}"
        elif needed and not system[key]:
            yield ("system", key), f"{key!r} is empty"
    for key in system:
        if key not in known and key not in optional:
            yield ("system", key), f"{excerpt(key, 60)!r} is no field of it"


def _texts(table: Mapping[str, str | float]) -> dict[str, str]:
    return {key: str(value).strip() for key, value in table.items()}


def write_inference_template(path: Path) -> None:
    """Write a system.toml for MLPerf Inference, filled with what this machine tells.

    Raises
    ------
    NotSubmittable
        If there is one already.
    EdgebenchError
        If it can't be written.
    """
    facts = host_facts()
    fields = dict.fromkeys(inference_tree.SYSTEM_FIELDS, "")
    fields |= _of_this_machine(facts)
    lines = [*_head(_folder_name(facts)), "[system]", *_lines(fields, inference_tree.SYSTEM_FIELDS)]
    models = sorted(
        {name for each in INFERENCE_ROUNDS.values() for name in each.suites["edge"].required}
    )
    lines += [
        "",
        "# Which benchmark a model's folder counts as, in the open division. There are:",
        f"# {', '.join(models)}.",
        "# Its task and data must be the benchmark's: a classifier of ImageNet counts as resnet.",
        "[models]",
        '# "my-classifier" = "resnet"',
        "",
        "# Only for a model without a card: the fields of its measurements.json.",
        "[measurements]",
        *(f'# {name} = ""' for name in inference_tree.MEASUREMENT_FIELDS),
    ]
    _write(path, lines)


def write_tiny_template(path: Path) -> None:
    """Write a system.toml for MLPerf Tiny, to be filled in; raises as the other."""
    fields = dict.fromkeys(tiny_tree.SYSTEM_FIELDS, "")
    fields["Status"] = "available"
    _write(path, [*_head("my-board"), "[system]", *_lines(fields, tiny_tree.SYSTEM_FIELDS)])


def _head(name: str) -> list[str]:
    return [
        "# What a submission says of the system. `edgebench submit` makes systems/NAME.json of it.",
        "# A field that must say something is marked; N/A says that there is no such thing.",
        f"name = {json_text(name)}  # the folder of its results",
        "",
    ]


def _lines(fields: Mapping[str, str], needed: Mapping[str, bool]) -> list[str]:
    lines = []
    for name, value in fields.items():
        if name in SET_BY_SUBMIT:
            continue
        hint = _HINTS.get(name, "")
        must = "must say something" if needed[name] and not value and name not in FROM_RUNS else ""
        comment = "; ".join(filter(None, (must, hint)))
        key = name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json_text(name)
        lines.append(f"{key} = {json_text(value, None)}" + (f"  # {comment}" if comment else ""))
    return lines


def _of_this_machine(facts: HostFacts) -> dict[str, str]:
    accelerator = {
        name: NOT_THERE for name in inference_tree.SYSTEM_FIELDS if name.startswith("accelerator")
    }
    return {
        "status": "available",
        "system_type": "edge",
        "system_name": facts.board or facts.cpu_model,
        "number_of_nodes": "1",
        "host_processor_model_name": facts.cpu_model,
        "host_processors_per_node": "1",
        "host_processor_core_count": str(facts.cores or ""),
        "host_memory_capacity": f"{facts.memory_bytes / 2**30:.0f} GiB",
        "host_storage_capacity": f"{shutil.disk_usage('/').total / 1e9:.0f} GB",
        "host_networking": NOT_THERE,
        "host_network_card_count": NOT_THERE,
        "host_networking_topology": NOT_THERE,
        **accelerator,
        "accelerators_per_node": "0",
        "operating_system": f"{facts.operating_system}, Linux {facts.kernel}",
        "other_software_stack": f"Python {facts.python}",
    }


def _folder_name(facts: HostFacts) -> str:
    text = re.sub(r"[^A-Za-z0-9]+", "-", (facts.board or facts.cpu_model).lower()).strip("-")
    return text[:40].strip("-") or "my-machine"


def _write(path: Path, lines: list[str]) -> None:
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            raise NotSubmittable(f"{path} is there already; it is not written over")
        write_text(path, "\n".join(lines) + "\n")
