"""system.toml: what a submission says of the machine, which no program can find out."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgebench.call_text import call_text
from edgebench.errors import NotSubmittable
from edgebench.files.disk import disk_errors
from edgebench.host.facts import HostFacts, host_facts
from edgebench.json_text import json_text
from edgebench.mlperf import inference_tree
from edgebench.mlperf.inference_rounds import INFERENCE_ROUNDS
from edgebench.mlperf.tiny import tree as tiny_tree
from edgebench.printable import excerpt
from edgebench.toml_text import TomlDamaged, read_toml_text

NOT_THERE = "N/A"
SET_BY_SUBMIT = ("division", "submitter", "Division", "Submitter")
"""What the command line says."""
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
    "framework": "what ran the model",
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
        With everything that is missing, empty or unknown.
    """
    try:
        values = read_toml_text(path).values
    except FileNotFoundError as error:
        raise NotSubmittable(
            f"{path} is not there: {call_text('init_submission', kind, system=str(path))} writes "
            "one to fill in"
        ) from error
    except OSError as error:
        raise NotSubmittable(f"{path}: can't be read: {error.strerror}") from error
    except TomlDamaged as error:
        raise NotSubmittable(f"{path}: {error}") from error
    name = values.get("name", "")
    system = {key: _text(value) for key, value in _table(path, values, "system").items()}
    problems = [
        *_bad_name(name),
        *_no_texts(path, values),
        *_bad_fields(system, known, optional),
    ]
    if problems:
        raise NotSubmittable(f"{path}: {'; '.join(problems)}")
    mapping = {key: str(value) for key, value in _table(path, values, "models").items()}
    own = {key: str(value) for key, value in _table(path, values, "measurements").items()}
    return Description(name, system, mapping, own)


def _bad_name(name: object) -> list[str]:
    if isinstance(name, str) and _NAME.fullmatch(name):
        return []
    return [f"name = {excerpt(repr(name), 60)} is no folder's name (letters, digits, . _ -)"]


def _no_texts(path: Path, values: Mapping[str, Any]) -> list[str]:
    """Say which values are lists, tables or dates: a field is a text, or a number."""
    return [
        f"{excerpt(key, 60)!r} of [{table}] is no text: {excerpt(repr(value), 60)}"
        for table in ("system", "models", "measurements")
        for key, value in _table(path, values, table).items()
        if isinstance(value, bool) or not isinstance(value, str | int | float)
    ]


def _bad_fields(
    system: Mapping[str, str], known: Mapping[str, bool], optional: Collection[str]
) -> list[str]:
    """Say which fields are missing, empty or unknown."""
    wanted = {key: needed for key, needed in known.items() if key not in SET_BY_SUBMIT}
    missing = [f"no {key!r}" for key in wanted if key not in system]
    empty = [key for key, needed in wanted.items() if needed and not system.get(key, " ")]
    unknown = [key for key in system if key not in {*known, *optional}]
    return [
        *missing,
        *(f"{key!r} is empty" for key in empty),
        *(f"{excerpt(key, 60)!r} is no field of it" for key in unknown),
    ]


def _table(path: Path, values: Mapping[str, Any], name: str) -> dict[str, Any]:
    table = values.get(name, {})
    if not isinstance(table, dict):
        raise NotSubmittable(f"{path}: {name} is no table: [{name}]")
    return table


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else str(value)


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
        f"# {', '.join(models)}. A classifier counts as resnet.",
        "[models]",
        '# "kws-ds-cnn" = "resnet"',
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
        must = "must say something" if needed[name] and not value else ""
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
        "framework": "LiteRT",
        "other_software_stack": f"Python {facts.python}",
    }


def _folder_name(facts: HostFacts) -> str:
    text = re.sub(r"[^A-Za-z0-9]+", "-", (facts.board or facts.cpu_model).lower()).strip("-")
    return text[:40].strip("-") or "my-machine"


def _write(path: Path, lines: list[str]) -> None:
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")
        except FileExistsError as error:
            raise NotSubmittable(f"{path} is there already; it is not written over") from error
